"""How far the score of a call is from that of its true emotions: `python -m benchmarks.scoring`.

Calls are put together from acted clips: the customer and an agent, each in a channel, take turns, and the customer has
one emotion in each quarter. What is compared is the score of the product with the score that the same windows get where
each has its clip's emotion beyond doubt. The recordings are not in this repository: `SPEECH_DATA` names their folder.
"""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import soundfile

from emotion_clf.audio import SAMPLE_RATE_HZ, decode_path
from emotion_clf.calls.score import score
from emotion_clf.pipeline.call_requests import CallOptions
from emotion_clf.pipeline.calls import CallSteps
from emotion_clf.settings import PROJECT_DIR, get_settings
from emotion_clf.speech import ModelRegistry

if TYPE_CHECKING:
    import numpy.typing as npt

    from emotion_clf.calls import Timeline, Window
    from emotion_clf.calls.score import DeescalationScore

RECORDINGS = Path(os.environ.get("SPEECH_DATA", PROJECT_DIR.parent / "shared" / "data" / "speech"))
RESULT = PROJECT_DIR / "benchmarks" / "results" / "scoring.json"
CORPORA: Final = ("emodb", "nemo", "ravdess", "ased")
CALLS_EACH: Final = 30
EMOTIONS: Final = ("angry", "fearful", "happy", "neutral", "sad")
RISING: Final = ("angry", "angry", "neutral", "neutral")
FALLING: Final = ("neutral", "neutral", "angry", "angry")
CLIPS_A_QUARTER: Final = 3
PAUSE_S: Final = 0.25
SEED: Final = 7

Clips = dict[tuple[str, str], list[Path]]


@dataclass(frozen=True, slots=True)
class Scored:
    """A call's emotions by quarters, and its two scores."""

    emotions: tuple[str, ...]
    found: DeescalationScore
    true: DeescalationScore


def clips_of(corpus: str) -> Clips:
    """The clips of each speaker who has all emotions, by speaker and emotion."""
    found: dict[tuple[str, str], list[Path]] = defaultdict(list)
    with (RECORDINGS / "manifest.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if row["corpus"] == corpus:
                found[row["speaker"], row["emotion"]].append(RECORDINGS / row["path"])
    whole = [name for name in {name for name, _ in found} if all((name, emotion) in found for emotion in EMOTIONS)]
    return {key: paths for key, paths in found.items() if key[0] in whole}


def emotions_of(number: int, generator: np.random.Generator) -> tuple[str, ...]:
    """The customer's emotion in each quarter: every other call rises or falls in the middle, the others are drawn."""
    if number % 2 == 0:
        return RISING if number % 4 == 0 else FALLING
    return tuple(generator.choice(EMOTIONS, len(RISING)))


def put_together(
    clips: Clips, emotions: tuple[str, ...], generator: np.random.Generator
) -> tuple[npt.NDArray[np.float32], list[tuple[float, float, str]]]:
    """A call of shape (samples, 2), the customer on the left, and where the customer says what with which emotion."""
    customer, agent = generator.choice(sorted({name for name, _ in clips}), 2, replace=False)
    parts: list[npt.NDArray[np.float32]] = []
    said = []
    pause = np.zeros((round(PAUSE_S * SAMPLE_RATE_HZ), 2), dtype=np.float32)
    length = 0
    for emotion in np.repeat(emotions, CLIPS_A_QUARTER):
        for channel, key in ((1, (agent, "neutral")), (0, (customer, emotion))):
            samples = decode_path(clips[key][generator.integers(len(clips[key]))]).waveform.samples
            both = np.zeros((len(samples), 2), dtype=np.float32)
            both[:, channel] = samples
            parts += [both, pause]
            if channel == 0:
                said.append((length / SAMPLE_RATE_HZ, (length + len(samples)) / SAMPLE_RATE_HZ, str(emotion)))
            length += len(samples) + len(pause)
    return np.concatenate(parts), said


def truly(timeline: Timeline, said: list[tuple[float, float, str]]) -> Timeline:
    """The call with each judged window's true emotion: that of the clip of which most lies in it."""

    def true(window: Window) -> Window:
        if window.label is None:
            return window
        emotion = max(said, key=lambda clip: min(clip[1], window.end_s) - max(clip[0], window.start_s))[2]
        label = emotion if emotion in timeline.labels else emotion.removesuffix("ful")
        return replace(window, label=label, probabilities={name: float(name == label) for name in timeline.labels})

    return replace(timeline, windows=tuple(true(window) for window in timeline.windows))


def scored_calls(corpus: str, steps: CallSteps) -> list[Scored]:
    """The calls of a corpus."""
    clips = clips_of(corpus)
    generator = np.random.default_rng(SEED)
    found = []
    for number in range(CALLS_EACH):
        emotions = emotions_of(number, generator)
        samples, said = put_together(clips, emotions, generator)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "call.wav"
            soundfile.write(path, samples, SAMPLE_RATE_HZ)
            timeline = steps.analyse(path, CallOptions(customer="left"), Path(folder)).timeline
        found.append(Scored(emotions, score(timeline), score(truly(timeline, said))))
    return [one for one in found if one.found.value is not None]


def summary(calls: list[Scored]) -> dict[str, Any]:
    """What the calls say together."""
    found = np.array([call.found.value for call in calls])
    true = np.array([call.true.value for call in calls])
    ends = np.array([call.found.interval for call in calls])
    rising = np.array([call.found.unclamped for call in calls if call.emotions == RISING])
    falling = np.array([call.found.unclamped for call in calls if call.emotions == FALLING])
    return {
        "calls": len(calls),
        "rising": round(float(rising.mean()), 1),
        "falling": round(float(falling.mean()), 1),
        "rising_above_falling": round(float((rising[:, None] > falling).mean()), 2),
        "correlation": round(float(np.corrcoef(found, true)[0, 1]), 2),
        "mean_distance": round(float(np.abs(found - true).mean()), 1),
        "interval_holds": round(float(((ends[:, 0] <= true) & (true <= ends[:, 1])).mean()), 2),
        "half_interval": round(float((ends[:, 1] - ends[:, 0]).mean() / 2), 1),
    }


def main() -> None:
    """Score the calls of all corpora and write how far off they are."""
    settings = get_settings()
    registry = ModelRegistry(settings)
    calls = {corpus: scored_calls(corpus, CallSteps(settings, registry)) for corpus in CORPORA}
    found = {corpus: summary(of_corpus) for corpus, of_corpus in calls.items()}
    found["all"] = summary([call for of_corpus in calls.values() for call in of_corpus])
    result = {"model": registry.get().manifest.name, "seed": SEED, "corpora": found}
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
