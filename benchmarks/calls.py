"""A call from file to timeline, beside the naive way, in one run: `make bench-calls`.

The calls are put together from real clips where `SPEECH_DATA` names their folder, else from the product's samples: two
speakers take turns, each in a channel, as 16-bit stereo WAV at 8 kHz. The naive way is to load all of it with
librosa, and to hear each window of each channel with the same model, whether anybody speaks in it or not; it knows
neither who speaks when nor anything of the voice. Every measurement is a process of its own, the two ways take turns,
and what is reported are medians.
"""

from __future__ import annotations

import csv
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import soundfile

from emotion_clf.audio import SAMPLE_RATE_HZ, Waveform, decode_path
from emotion_clf.pipeline.call_requests import CallOptions
from emotion_clf.pipeline.calls import CallSteps
from emotion_clf.settings import PROJECT_DIR, get_settings
from emotion_clf.speech import ModelRegistry

if TYPE_CHECKING:
    import numpy.typing as npt

RECORDINGS = Path(os.environ.get("SPEECH_DATA", PROJECT_DIR.parent / "shared" / "data" / "speech"))
RESULT = PROJECT_DIR / "benchmarks" / "results" / "calls.json"
SPEAKERS: Final = ("ravdess:Actor_01", "ravdess:Actor_02")
CLIPS_EACH: Final = 40
MINUTES: Final = (10, 60)
ROUNDS: Final = int(os.environ.get("ROUNDS", "3"))
TELEPHONE_HZ: Final = 8000
PAUSE_S: Final = 0.4
WINDOW_S: Final = 3.0
_KIB: Final = 1024


def clips() -> list[list[Path]]:
    """The clips of two speakers."""
    listing = RECORDINGS / "manifest.csv"
    if not listing.is_file():
        samples = PROJECT_DIR / "static" / "samples"
        return [[samples / "low.flac"], [samples / "raised.flac"]]
    with listing.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return [[RECORDINGS / row["path"] for row in rows if row["speaker"] == name][:CLIPS_EACH] for name in SPEAKERS]


def conversation() -> npt.NDArray[np.float32]:
    """Both speakers in turn, of shape (samples, 2), at 8 kHz."""
    said: list[npt.NDArray[np.float32]] = []
    pause = np.zeros((round(PAUSE_S * SAMPLE_RATE_HZ), 2), dtype=np.float32)
    for pair in zip(*clips(), strict=False):
        for channel, path in enumerate(pair):
            samples = decode_path(path).waveform.samples
            both = np.zeros((len(samples), 2), dtype=np.float32)
            both[:, channel] = samples
            said += [both, pause]
    import librosa

    slower: npt.NDArray[np.float32] = librosa.resample(
        np.concatenate(said), orig_sr=SAMPLE_RATE_HZ, target_sr=TELEPHONE_HZ, axis=0
    )
    return slower


def ours(path: Path) -> int:
    """The product's way; how many windows it heard a voice in."""
    settings = get_settings()
    with tempfile.TemporaryDirectory() as folder:
        analysis = CallSteps(settings, ModelRegistry(settings)).analyse(path, CallOptions(), Path(folder))
    return sum(window.speaker is not None for window in analysis.timeline)


def naive(path: Path) -> int:
    """The naive way; how many windows there were."""
    import librosa

    model = ModelRegistry(get_settings()).get()
    samples, _ = librosa.load(path, sr=SAMPLE_RATE_HZ, mono=False)
    length = round(WINDOW_S * SAMPLE_RATE_HZ)
    count = 0
    for channel in samples:
        for start in range(0, len(channel) - length + 1, length):
            model.predict(Waveform(np.ascontiguousarray(channel[start : start + length])))
            count += 1
    return count


WAYS: Final = {"ours": ours, "naive": naive}


def measure(way: str, path: Path) -> dict[str, float]:
    """One call in a process of its own: seconds, the most memory it took, and its windows."""
    command = [sys.executable, "-m", "benchmarks.calls", way, str(path)]
    told = subprocess.run(command, cwd=PROJECT_DIR, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(told.splitlines()[-1])
    return found


def child(way: str, path: Path) -> None:
    """Do one call and tell how it was; loading the model counts, and so does the decoder's time."""
    started = time.perf_counter()
    windows = WAYS[way](path)
    seconds = time.perf_counter() - started
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    processor_s = sum(each.ru_utime + each.ru_stime for each in used)
    print(json.dumps({"seconds": seconds, "processor_s": processor_s, "peak_mib": peak_mib(), "windows": windows}))


def peak_mib() -> float:
    """The most memory this program has taken; unlike the figure of getrusage it knows nothing of who started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / _KIB


def summary(rounds: list[dict[str, float]], minutes: int) -> dict[str, float]:
    """Medians of some rounds."""
    middle = {name: statistics.median(found[name] for found in rounds) for name in rounds[0]}
    return {
        "seconds": round(middle["seconds"], 1),
        "times_real_time": round(60 * minutes / middle["seconds"], 1),
        "processor_s": round(middle["processor_s"], 1),
        "peak_mib": round(middle["peak_mib"]),
        "windows": int(middle["windows"]),
    }


def main() -> None:
    """Measure both ways on calls of both lengths, and write the result."""
    settings = get_settings()
    load = os.getloadavg()[0]
    measured: dict[str, dict[str, dict[str, float]]] = {way: {} for way in WAYS}
    said = conversation()
    with tempfile.TemporaryDirectory() as folder:
        for minutes in MINUTES:
            path = Path(folder) / f"{minutes}.wav"
            soundfile.write(path, np.resize(said, (60 * minutes * TELEPHONE_HZ, 2)), TELEPHONE_HZ, subtype="PCM_16")
            rounds = [{way: measure(way, path) for way in WAYS} for _ in range(ROUNDS)]
            for way, kept in measured.items():
                kept[f"{minutes} min"] = summary([each[way] for each in rounds], minutes)
    short, long = (f"{minutes} min" for minutes in MINUTES)
    result = {
        "machine": {"processor": platform.machine(), "cores": os.cpu_count(), "threads": settings.model_threads},
        "call": f"two speakers in turn, a channel each, WAV at {TELEPHONE_HZ} Hz",
        "rounds": ROUNDS,
        "load of the machine before": round(load, 1),
        **measured,
        "memory growth in MiB": {
            way: round(kept[long]["peak_mib"] - kept[short]["peak_mib"]) for way, kept in measured.items()
        },
        "naive over ours": {
            name: round(measured["naive"][long][name] / measured["ours"][long][name], 2)
            for name in ("seconds", "processor_s")
        },
    }
    text = json.dumps(result, indent=2)
    RESULT.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        child(sys.argv[1], Path(sys.argv[2]))
    else:
        main()
