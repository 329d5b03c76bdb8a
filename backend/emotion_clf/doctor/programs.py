"""The programs others made: ffmpeg, yt-dlp, and what writes down speech."""

from __future__ import annotations

import subprocess
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

from emotion_clf.audio.ffmpeg import find_ffmpeg
from emotion_clf.doctor.finding import Finding, finding
from emotion_clf.errors import EmotionError
from emotion_clf.transcription import METHODS, choose_engine
from emotion_clf.transcription.whisper_engine import NAME as WHISPER
from emotion_clf.transcription.whisper_weights import check_weights, weights_on_this_machine

if TYPE_CHECKING:
    from emotion_clf.settings import Settings

_VERSION_TIMEOUT_S: Final = 10
_NO_ENGINE: Final = ("auto", "captions")


def decoder(settings: Settings) -> Finding:
    """Whether ffmpeg is there and runs."""

    def look() -> str:
        ffmpeg = find_ffmpeg(settings.ffmpeg_path)
        try:
            shown = subprocess.run(
                [ffmpeg, "-version"], capture_output=True, text=True, timeout=_VERSION_TIMEOUT_S, check=True
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise EmotionError(f"{ffmpeg} does not run") from error
        return f"{shown.stdout.splitlines()[0]} at {ffmpeg}"

    return finding(
        "ffmpeg", look, "Install ffmpeg, or reinstall imageio-ffmpeg with `make install`, or set FFMPEG_PATH."
    )


def fetcher() -> Finding:
    """Whether yt-dlp is there."""

    def look() -> str:
        try:
            return f"version {version('yt-dlp')}; sites change, so keep it as new as can be"
        except PackageNotFoundError as error:
            raise EmotionError("not installed") from error

    return finding("yt-dlp", look, "Install it with `make install`; until then nothing is fetched from addresses.")


def engines(settings: Settings) -> list[Finding]:
    """What writes down speech: what is chosen has to work, the others are only named."""
    return [_chosen_engine(settings), *(_engine(name, settings) for name in METHODS if name not in _NO_ENGINE)]


def _chosen_engine(settings: Settings) -> Finding:
    method = settings.transcription_method

    def look() -> str:
        if method == "captions":
            return "captions only; recordings without them are not transcribed"
        engine = choose_engine(settings)
        if engine.name == WHISPER:
            check_weights(settings)
        return f"{method} uses {engine.name} {engine.version}" if method == "auto" else engine.version

    return finding("speech to text", look, "Set TRANSCRIPTION_METHOD=auto, or give the engine it names what it lacks.")


def _engine(name: str, settings: Settings) -> Finding:
    try:
        engine = choose_engine(settings, name)
        fetched = name == WHISPER and not weights_on_this_machine(settings)
        note = "; its weights are fetched when it is first used" if fetched else ""
        return Finding(f"engine {name}", ok=True, detail=f"usable, {engine.version}{note}")
    except EmotionError as error:
        return Finding(f"engine {name}", ok=True, detail=f"not set up. {error.message}")
