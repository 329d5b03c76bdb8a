"""What a fetched file is, by its own bytes and never by its name or the page's word."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from emotion_clf.audio.containers import find_container
from emotion_clf.audio.ffmpeg import ChildLimits, descriptor_path, find_ffmpeg, run_confined
from emotion_clf.errors import UnsupportedAudioError, UnsupportedMediaError
from emotion_clf.fetch.problems import problem

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_clf.settings import Settings

_DURATION: Final = re.compile(r"Duration: (\d+):(\d\d):(\d\d\.\d+)")
_OUTPUT_BYTES: Final = 1 << 16


def probe_duration(path: Path, settings: Settings) -> float | None:
    """The length that the file's header tells, in seconds, or None.

    Args:
        path: a fetched file.
        settings: the decoder and its limits.

    Raises:
        UnsupportedMediaError: the bytes are of no format that can be decoded here.
        UndecodableAudioError: the look took too long.
        DecoderMissingError: there is no ffmpeg.
    """
    with path.open("rb") as source:
        try:
            found = find_container(source)
        except UnsupportedAudioError:
            raise problem(UnsupportedMediaError.code, settings) from None
        command = [find_ffmpeg(settings.ffmpeg_path), "-nostdin", "-hide_banner", "-protocol_whitelist", "file,pipe"]
        command += ["-skip_initial_bytes", str(found.offset), "-f", found.container.demuxer]
        limits = ChildLimits(settings.decode_timeout_s, settings.decode_memory_bytes, _OUTPUT_BYTES)
        told = run_confined([*command, "-i", descriptor_path(source)], source, limits)
    duration = _DURATION.search(told.messages)
    if duration is None:
        return None
    hours, minutes, seconds = duration.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
