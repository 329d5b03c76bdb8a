"""The parsers that read what others made, each as a function of bytes that may refuse but never break."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emotion_clf.audio.complete import is_cut_off
from emotion_clf.audio.containers import HEAD_BYTES, recognise
from emotion_clf.audio.decode import found_in
from emotion_clf.errors import EmotionError
from emotion_clf.fetch import parse_source
from emotion_clf.settings import Settings
from emotion_clf.text.split import split_sentences
from emotion_clf.transcription.captions import parse_captions
from emotion_clf.transcription.redaction import redact
from emotion_clf.web.json_reader import read_json, whole_characters
from emotion_clf.web.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Callable

MODELS: Final = Path(__file__).resolve().parents[2] / "ml_models" / "models"
_ADDRESSES: Final = Settings(fetch_hosts=("media.example.org", "youtu.be", "www.youtube.com"))


@dataclass(frozen=True)
class Parser:
    """One parser under attack.

    Attributes:
        run: reads bytes; anything but a refusal that users are told of is a finding.
        seeds: inputs to begin with.
    """

    run: Callable[[bytes], object]
    seeds: tuple[bytes, ...]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _container(data: bytes) -> None:
    recognise(data[:HEAD_BYTES])


def _header(data: bytes) -> None:
    """The sizes that a recording's head promises, beside those it has."""
    with tempfile.TemporaryFile() as source:
        os.write(source.fileno(), data)
        is_cut_off(source, found_in(source))


def _manifest(data: bytes) -> None:
    """A bundle's manifest, of speech and of text, beside no other file."""
    from emotion_clf.speech.manifest import Manifest
    from emotion_clf.text.manifest import TextManifest

    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "manifest.json").write_bytes(data)
        for kind in (Manifest, TextManifest):
            try:
                kind.read(Path(folder))
            except EmotionError:
                continue


def _json(data: bytes) -> None:
    try:
        json.dumps(whole_characters(read_json(data)), ensure_ascii=False).encode()
    except ValueError as error:
        assert not isinstance(error, UnicodeEncodeError), error


def _sentences(data: bytes) -> None:
    text = _text(data)
    assert sum(map(len, split_sentences(text))) <= len(text)


PARSERS: Final[dict[str, Parser]] = {
    "containers": Parser(
        _container, (b"RIFF\0\0\0\0WAVE", b"OggS", b"fLaC", b"\xff\xfb", b"ID3", b"\0\0\0\x20ftypM4A ")
    ),
    "headers": Parser(_header, ()),
    "captions": Parser(lambda data: parse_captions(_text(data)), ()),
    "sentences": Parser(_sentences, (b"Dr. Smith came. He left!\nAnn: Hi...", "Ja. „Nein!“ 好。".encode())),
    "redaction": Parser(lambda data: redact(_text(data)), (b"a.b@c.example, +49 30 1234567, DE89370400440532013000",)),
    "addresses": Parser(
        lambda data: parse_source(_text(data), _ADDRESSES),
        (b"https://youtu.be/dQw4w9WgXcQ?si=x", b"https://media.example.org:443/a%20b?c#d", b"http://[::1]/"),
    ),
    "manifests": Parser(_manifest, ()),
    "json": Parser(_json, (b'{"text": "a"}', b"[[[[]]]]", b'"\\ud800"')),
    "numbers": Parser(lambda data: whole_number(_text(data)), (b"12", b"-3", b" 4 ")),
}


def seeds(name: str) -> tuple[bytes, ...]:
    """What to begin a parser's attack with: its own seeds, and files that were made for it."""
    from tests.fuzz.media import SRT, VTT, files

    further: dict[str, Callable[[], tuple[bytes, ...]]] = {
        "headers": lambda: tuple(data[:4096] for data in files().values()),
        "captions": lambda: (SRT, VTT),
        "manifests": lambda: tuple(path.read_bytes()[:4096] for path in sorted(MODELS.glob("**/manifest.json"))),
    }
    return PARSERS[name].seeds + further.get(name, tuple)()


def survives(name: str, data: bytes) -> None:
    """Run a parser; a refusal that users are told of is an answer.

    Raises:
        Exception: it broke.
    """
    try:
        PARSERS[name].run(data)
    except EmotionError as error:
        assert error.status < 500, error
        assert error.message.strip()
