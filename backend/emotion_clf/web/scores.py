"""A bundle's scores → the tables of its page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from emotion_clf.speech import Manifest

_CORPORA: Final = {
    "ravdess": "RAVDESS",
    "emodb": "EmoDB",
    "nemo": "nEMO",
    "ased": "ASED",
    "cremad": "CREMA-D",
    "tess": "TESS",
    "savee": "SAVEE",
}
_LANGUAGES: Final = {"am": "Amharic", "de": "German", "en": "English", "pl": "Polish"}


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """How well one corpus is recognised; mean recall over the emotions, in per cent.

    Attributes:
        corpus: its proper name.
        clips: how many were tested.
        speakers: how many were tested.
        cold: of speakers nobody knows.
        interval: 95 % of it, low and high.
        adapted: of speakers known by other clips, None where that was not measured.
    """

    corpus: str
    clips: int
    speakers: int
    cold: float
    interval: tuple[float, float]
    adapted: float | None


def corpus_name(key: str) -> str:
    """A corpus's proper name; one of somebody's own stays as it is written."""
    return _CORPORA.get(key, key)


def language_name(code: str) -> str:
    """A language in English; one we have no word for stays as it is written."""
    return _LANGUAGES.get(code, code)


def score_rows(manifest: Manifest) -> list[ScoreRow]:
    """The scores of the emotions this bundle answers with; none where its manifest has none of that shape."""
    for scores in manifest.scores.values():
        if _is_about(scores, manifest):
            return [_row(corpus, score) for corpus, score in scores.items()]
    return []


def _is_about(scores: Any, manifest: Manifest) -> bool:
    """Whether these are one label set's scores by corpus, and that set is the bundle's."""
    if not isinstance(scores, dict) or not scores or not all(_is_score(score) for score in scores.values()):
        return False
    recalled = {label for score in scores.values() for label in score["recall"]}
    return recalled <= set(manifest.labels)


def _is_score(score: Any) -> bool:
    return isinstance(score, dict) and {"clips", "speakers", "ua", "ua_interval", "recall"} <= score.keys()


def _row(corpus: str, score: dict[str, Any]) -> ScoreRow:
    low, high = score["ua_interval"]
    adapted = score.get("adapted_ua")
    return ScoreRow(
        corpus=corpus_name(corpus),
        clips=score["clips"],
        speakers=score["speakers"],
        cold=100 * score["ua"],
        interval=(100 * low, 100 * high),
        adapted=None if adapted is None else 100 * adapted,
    )
