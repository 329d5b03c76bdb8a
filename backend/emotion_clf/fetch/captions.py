"""Which of a video's captions to take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ORIGINAL: Final = "-orig"
_PROTOCOLS: Final = ("http://", "https://")

Tracks = dict[str, str]


@dataclass(frozen=True, slots=True)
class CaptionTrack:
    """Captions that can be fetched.

    Attributes:
        url: where they are.
        language: as the page names it.
        automatic: whether a machine made them.
    """

    url: str
    language: str
    automatic: bool


def choose_captions(info: Mapping[str, Any], languages: Sequence[str]) -> CaptionTrack | None:
    """The best WebVTT captions that yt-dlp found: by people before by machine, then by language.

    A machine's captions are taken in the language spoken where the page tells it: the others are its translations.

    Args:
        info: yt-dlp's facts of one video.
        languages: preferred languages, best first.
    """
    spoken = [info["language"]] if info.get("language") else []
    by_people = _readable(info.get("subtitles"))
    if by_people:
        language = _first([*languages, *spoken], by_people) or next(iter(by_people))
        return CaptionTrack(by_people[language], language, automatic=False)
    by_machine = _readable(info.get("automatic_captions"))
    if by_machine:
        original = next((name for name in by_machine if name.endswith(_ORIGINAL)), None)
        language = original or _first([*spoken, *languages], by_machine) or next(iter(by_machine))
        return CaptionTrack(by_machine[language], language.removesuffix(_ORIGINAL), automatic=True)
    return None


def _readable(found: Mapping[str, Sequence[Mapping[str, Any]]] | None) -> Tracks:
    """The address of each language's WebVTT, where it has one to be fetched in one piece."""
    tracks: Tracks = {}
    for language, forms in (found or {}).items():
        for form in forms:
            url = str(form.get("url", ""))
            in_one_piece = form.get("protocol", "http") in {"http", "https"}
            if form.get("ext") == "vtt" and in_one_piece and url.startswith(_PROTOCOLS):
                tracks.setdefault(language, url)
    return tracks


def _first(languages: Sequence[str], tracks: Tracks) -> str | None:
    """The first language that is there, in any of its regions."""
    for language in languages:
        for name in tracks:
            if name == language or name.partition("-")[0] == language.partition("-")[0]:
                return name
    return None
