"""What the score says of calls whose course is known: `make bench-scores` (SPEECH_DATA).

Each call is put together from one actor's clips, so that how it goes is known: angry at first and neutral at last, the
other way round, and so on. The model has learnt from these actors and hears them better than strangers; that the order
of the courses comes out is the least that can be asked. Nothing here compares the score with what a customer would say.
"""

from __future__ import annotations

import csv
import json
import os
import statistics
import sys
import tempfile
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import soundfile

from emotion_clf import EmotionPredictor
from emotion_clf.audio import SAMPLE_RATE_HZ, decode_path
from emotion_clf.settings import PROJECT_DIR

if TYPE_CHECKING:
    import numpy.typing as npt

RECORDINGS = Path(os.environ.get("SPEECH_DATA", PROJECT_DIR.parent / "shared" / "data" / "speech"))
RESULT = PROJECT_DIR / "benchmarks" / "results" / "scores.json"
CORPUS: Final = "ravdess"
HALF: Final = 8
PAUSE_S: Final = 0.5
COURSES: Final[dict[str, tuple[str, ...]]] = {
    "angry, then happy": ("angry",) * HALF + ("happy",) * HALF,
    "angry, then neutral": ("angry",) * HALF + ("neutral",) * HALF,
    "happy throughout": ("happy",) * 2 * HALF,
    "neutral throughout": ("neutral",) * 2 * HALF,
    "angry throughout": ("angry",) * 2 * HALF,
    "neutral, then angry": ("neutral",) * HALF + ("angry",) * HALF,
    "happy, then angry": ("happy",) * HALF + ("angry",) * HALF,
}


def clips() -> dict[str, dict[str, list[Path]]]:
    """The corpus's clips: actor → emotion → files."""
    found: dict[str, dict[str, list[Path]]] = {}
    with (RECORDINGS / "manifest.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if row["corpus"] == CORPUS:
                path = RECORDINGS / row["path"]
                found.setdefault(row["speaker"], {}).setdefault(row["emotion"], []).append(path)
    return found


def call(spoken: dict[str, list[Path]], course: tuple[str, ...]) -> npt.NDArray[np.float32]:
    """One actor's clips in the order of a course, with pauses between; few clips come again."""
    turns = {emotion: cycle(paths) for emotion, paths in spoken.items()}
    pause = np.zeros(round(PAUSE_S * SAMPLE_RATE_HZ), dtype=np.float32)
    said: list[npt.NDArray[np.float32]] = []
    for emotion in course:
        said += [decode_path(next(turns[emotion])).waveform.samples, pause]
    return np.concatenate(said)


def scored(predictor: EmotionPredictor, samples: npt.NDArray[np.float32]) -> tuple[float, tuple[float, float]] | None:
    """The score of a call of one voice, and its interval; None where it has none."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "call.wav"
        soundfile.write(path, samples, SAMPLE_RATE_HZ)
        found = predictor.analyze_call(path, speakers="one").score
    return None if found.value is None or found.interval is None else (found.value, found.interval)


def summary(found: list[tuple[float, tuple[float, float]] | None]) -> dict[str, Any]:
    """The scores of one course."""
    values = sorted(score[0] for score in found if score is not None)
    widths = [score[1][1] - score[1][0] for score in found if score is not None]
    return {
        "calls": len(found),
        "without_score": sum(score is None for score in found),
        "mean": round(statistics.mean(values), 2),
        "lowest": round(values[0], 1),
        "highest": round(values[-1], 1),
        "mean_interval_width": round(statistics.mean(widths), 1),
    }


def main() -> None:
    """Score every course of every actor."""
    if not (RECORDINGS / "manifest.csv").is_file():
        sys.exit("Set SPEECH_DATA to a folder of recordings with a manifest.csv.")
    predictor = EmotionPredictor()
    actors = clips()
    report = {
        "corpus": CORPUS,
        "actors": len(actors),
        "heard_in_training": True,
        "courses": {
            name: summary([scored(predictor, call(spoken, course)) for spoken in actors.values()])
            for name, course in COURSES.items()
        },
    }
    RESULT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
