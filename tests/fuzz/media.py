"""Small files of every format we take, and what becomes of them on the way."""

from __future__ import annotations

import struct
from functools import cache
from typing import Final

from hypothesis import strategies as st

from tests.fuzz.sent import CORPUS, Sent
from tests.fuzz.strange import multipart
from tests.support.sound import encode, voice, wav

# Output arguments of ffmpeg; what this machine's ffmpeg cannot write is left out of the figures by name.
FORMATS: Final[dict[str, tuple[str, ...]]] = {
    "wav": ("-f", "wav"),
    "w64": ("-f", "w64"),
    "rf64": ("-f", "wav", "-rf64", "always"),
    "flac": ("-f", "flac"),
    "mp3": ("-c:a", "libmp3lame", "-f", "mp3"),
    "ogg_opus": ("-c:a", "libopus", "-f", "ogg"),
    "ogg_vorbis": ("-c:a", "libvorbis", "-f", "ogg"),
    "webm": ("-c:a", "libopus", "-f", "webm"),
    "m4a": ("-c:a", "aac", "-f", "ipod"),
    "mp4_fragments": ("-c:a", "aac", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4"),
    "mov": ("-c:a", "pcm_s16le", "-f", "mov"),
    "aac": ("-c:a", "aac", "-f", "adts"),
    "amr": ("-ar", "8000", "-c:a", "libopencore_amrnb", "-f", "amr"),
    "caf_alac": ("-c:a", "alac", "-f", "caf"),
    "aiff": ("-f", "aiff"),
    "wma": ("-c:a", "wmav2", "-f", "asf"),
    "au_mulaw": ("-c:a", "pcm_mulaw", "-f", "au"),
    "ac3": ("-c:a", "ac3", "-f", "ac3"),
    "mpegts": ("-c:a", "aac", "-f", "mpegts"),
    "flv": ("-c:a", "aac", "-f", "flv"),
    "avi": ("-c:a", "pcm_s16le", "-f", "avi"),
}
SRT: Final = b"1\n00:00:00,000 --> 00:00:02,000\nI am happy.\n\n2\n00:00:02,000 --> 00:00:04,000\nGo away!\n"
VTT: Final = b"""WEBVTT

00:00.000 --> 00:02.000
<v Ann>I am <00:01.000>so happy.

NOTE x

00:02.000 --> 00:04.000
[Music] >> Go
"""
TEXTS: Final = {
    "srt": SRT,
    "vtt": VTT,
    "txt": "I am so glad!\nAnn: Go away.\n".encode("utf-16"),
    "csv": b"text\n=1+1\n",
}
_PLACES: Final = (
    ("/emotion_predict", "audio", "clips.predict"),
    ("/api/v1/clips", "file", "api_clips.create"),
    ("/api/v1/clips/batch", "files", "api_clips.batch"),
    ("/predict", "file", "predict.predict"),
    ("/calls", "recording", "calls.create"),
    ("/api/v1/calls", "file", "api_calls.create"),
)
_ACCEPT: Final = (("Accept", "application/json"), ("Content-Type", "multipart/form-data; boundary=b"))


@cache
def files() -> dict[str, bytes]:
    """A short recording in every format that can be written here, captions and texts, and the corpus of files."""
    found = {name: data for name in FORMATS if (data := _recorded(name))}
    kept = {path.name: path.read_bytes() for path in sorted((CORPUS / "media").iterdir())}
    return {**found, **TEXTS, **kept}


def _recorded(name: str) -> bytes:
    from subprocess import CalledProcessError

    try:
        return encode(voice(0.8), *FORMATS[name])
    except (CalledProcessError, AssertionError, OSError):
        return b""


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    """The name of a format, and a file of it to which up to three things happened."""
    name = draw(st.sampled_from(sorted(files())))
    data = files()[name]
    for _ in range(draw(st.integers(0, 3))):
        data = draw(_changed(data))
    return name, data[: 256 * 1024]


@st.composite
def _changed(draw: st.DrawFn, data: bytes) -> bytes:
    place = draw(st.integers(0, max(0, len(data) - 1)))
    early = draw(st.integers(0, min(96, max(0, len(data) - 1))))
    return {
        "cut": lambda: data[:place],
        "headless": lambda: data[place:],
        "noise": lambda: data[:place] + draw(st.binary(max_size=16)) + data[place + 4 :],
        "head": lambda: data[:early] + draw(st.binary(min_size=1, max_size=4)) + data[early + 4 :],
        "huge": lambda: data[:early] + struct.pack("<I", 0xFFFFFFFF) + data[early + 4 :],
        "none": lambda: data[:early] + bytes(4) + data[early + 4 :],
        "zeros": lambda: bytes(draw(st.sampled_from([1, 4, 512, 2048]))) + data,
        "tag": lambda: b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10) + data,
        "twice": lambda: data + data[place:],
        "mixed": lambda: data[:place] + files()[draw(st.sampled_from(sorted(files())))],
        "empty": lambda: b"",
    }[
        draw(
            st.sampled_from(
                ["cut", "headless", "noise", "head", "huge", "none", "zeros", "tag", "twice", "mixed", "empty"]
            )
        )
    ]()


@st.composite
def uploads(draw: st.DrawFn) -> Sent:
    """A mutated file, sent to one of the addresses that take files."""
    name, data = draw(mutated())
    target, field, endpoint = draw(st.sampled_from(_PLACES))
    filename = draw(st.sampled_from([f"a.{name}", "a.wav", "x"]))
    if name in TEXTS:
        parts = [("kind", None, b"file"), ("file", filename, data), ("redact", None, b"y")]
        return Sent("POST", "/admin/jobs", _ACCEPT, multipart(parts), "jobs.create")
    return Sent("POST", target, _ACCEPT, multipart([(field, filename, data)]), endpoint)


@st.composite
def windows(draw: st.DrawFn) -> Sent:
    """Bytes for the page that listens."""
    length = draw(st.sampled_from([0, 1, 2, 31_999, 96_000, 96_001, 400_000]))
    data = draw(st.sampled_from([bytes(length), wav(voice(3.0))[44 : 44 + length], b"\xff\x7f" * (length // 2)]))
    return Sent("POST", "/live/window", (("Content-Type", "application/octet-stream"),), data, "live.window")
