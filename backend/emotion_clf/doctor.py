"""Is everything there that an answer needs, and if not, what mends it."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ, Waveform
from emotion_clf.audio.ffmpeg import find_ffmpeg
from emotion_clf.errors import EmotionError
from emotion_clf.speech import ModelRegistry, SpeechModel
from emotion_clf.storage import Database

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from emotion_clf.settings import Settings

_VERSION_TIMEOUT_S: Final = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        subject: what was looked at.
        ok: whether it will do.
        detail: what was seen.
        mend: what to do, where it will not do.
    """

    subject: str
    ok: bool
    detail: str
    mend: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Look at the decoder, the fetcher, every installed model, the database and the folders."""
    return [
        _decoder(settings),
        _fetcher(),
        *_models(settings),
        _database(settings),
        _writable("instance folder", settings.instance_dir),
    ]


def _decoder(settings: Settings) -> Finding:
    def look() -> str:
        ffmpeg = find_ffmpeg(settings.ffmpeg_path)
        try:
            shown = subprocess.run(
                [ffmpeg, "-version"], capture_output=True, text=True, timeout=_VERSION_TIMEOUT_S, check=True
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise EmotionError(f"{ffmpeg} does not run") from error
        return f"{shown.stdout.splitlines()[0]} at {ffmpeg}"

    return _finding(
        "ffmpeg", look, "Install ffmpeg, or reinstall imageio-ffmpeg with `make install`, or set FFMPEG_PATH."
    )


def _fetcher() -> Finding:
    def look() -> str:
        try:
            return f"version {version('yt-dlp')}; sites change, so keep it as new as can be"
        except PackageNotFoundError as error:
            raise EmotionError("not installed") from error

    return _finding("yt-dlp", look, "Install it with `make install`; until then nothing is fetched from addresses.")


def _models(settings: Settings) -> list[Finding]:
    folders = ModelRegistry(settings).folders()
    findings = [_model(name, folder, settings) for name, folder in folders.items()]
    if settings.model not in folders:
        findings.append(
            Finding(
                f"model {settings.model}",
                ok=False,
                detail=f"not among the bundles in {settings.models_dir}",
                mend="Set MODEL to an installed bundle, or MODELS_DIR to the folder that holds it.",
            )
        )
    return findings


def _model(name: str, folder: Path, settings: Settings) -> Finding:
    def look() -> str:
        model = SpeechModel(folder, settings)
        noise = np.random.default_rng(0).normal(0, 0.01, SAMPLE_RATE_HZ).astype(np.float32)
        took_ms = model.predict(Waveform(noise)).embed_ms
        return f"version {model.manifest.version}, all files as published, answers in {took_ms:.0f} ms"

    return _finding(f"model {name}", look, "Restore the folder from git, or publish the model again.")


def _database(settings: Settings) -> Finding:
    def look() -> str:
        database = Database(settings.database)
        try:
            current, newest = database.revisions()
        finally:
            database.dispose()
        if current != newest:
            raise EmotionError(f"at revision {current or 'none'}, the newest is {newest}")
        return f"{database.engine.url.render_as_string(hide_password=True)} at revision {current}"

    return _finding(
        "database",
        look,
        "Run `emotion-clf db upgrade`; if that fails, check DATABASE_URL and the server behind it.",
    )


def _writable(subject: str, folder: Path) -> Finding:
    def look() -> str:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.TemporaryFile(dir=folder):
                return f"{folder} can be written"
        except OSError as error:
            raise EmotionError(f"{folder} cannot be written: {error.strerror}") from error

    return _finding(subject, look, "Give this user the folder, or set INSTANCE_DIR to one of its own.")


def _finding(subject: str, look: Callable[[], str], mend: str) -> Finding:
    try:
        return Finding(subject, ok=True, detail=look())
    except EmotionError as error:
        return Finding(subject, ok=False, detail=error.message, mend=mend)
