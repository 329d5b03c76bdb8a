"""Sound for tests: synthesised, encoded by real ffmpeg, or real speech where it is at hand."""

from __future__ import annotations

import io
import os
import subprocess
from pathlib import Path

import numpy as np
import soundfile

from emotion_clf.audio import SAMPLE_RATE_HZ, Waveform, decode_path, hear
from emotion_clf.audio.ffmpeg import find_ffmpeg

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLES = REPOSITORY / "static" / "samples"
SPEECH_DATA = Path(os.environ.get("SPEECH_DATA", REPOSITORY.parent / "shared" / "data" / "speech"))


def voice(duration_s: float = 3.0) -> np.ndarray:
    """A synthetic voice of the samples, 16 kHz mono, repeated or cut to length."""
    samples, rate_hz = soundfile.read(SAMPLES / "even.flac", dtype="float32")
    positions = np.arange(0, len(samples), rate_hz / SAMPLE_RATE_HZ)
    resampled = np.interp(positions, np.arange(len(samples)), samples).astype(np.float32)
    return np.resize(resampled, round(duration_s * SAMPLE_RATE_HZ))


def real_clips(limit: int) -> list[Path]:
    """Real recordings spread over the corpora at hand, else the synthetic samples."""
    found = sorted(SPEECH_DATA.glob("*/*.*")) if SPEECH_DATA.is_dir() else []
    found = [path for path in found if path.suffix in {".flac", ".opus"}]
    if not found:
        return sorted(SAMPLES.glob("*.flac"))[:limit]
    return found[:: max(1, len(found) // limit)][:limit]


def heard_path(path: Path) -> Waveform:
    """What a model hears of a file."""
    return hear(decode_path(path).waveform).waveform


def wav(samples: np.ndarray, rate_hz: int = SAMPLE_RATE_HZ, subtype: str = "PCM_16") -> bytes:
    """WAV bytes of (n,) or (n, channels) samples."""
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate_hz, format="WAV", subtype=subtype)
    return buffer.getvalue()


def encode(samples: np.ndarray, *arguments: str, rate_hz: int = SAMPLE_RATE_HZ) -> bytes:
    """The bytes ffmpeg makes of the samples under output arguments such as `-c:a libopus -f webm`."""
    return run_ffmpeg(["-f", "wav", "-i", "pipe:0", *arguments], wav(samples, rate_hz))


def run_ffmpeg(arguments: list[str], stdin: bytes = b"") -> bytes:
    """What ffmpeg writes to a seekable file under these arguments."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "out"
        command = [find_ffmpeg(), "-v", "error", "-y", *arguments, str(target)]
        subprocess.run(command, input=stdin, check=True)
        return target.read_bytes()
