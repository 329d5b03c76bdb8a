"""How much speech is given to the wrong speaker: `python -m benchmarks.speakers`.

Conversations are put together from real clips: two speakers of a corpus take turns of one or two clips, trimmed to
where somebody speaks, with pauses of 0.2 to 0.6 s. The clips are acted emotions, which change a voice more than
everyday talk does. The distance at which two groups count as two speakers was chosen on the corpora of `DEVELOPMENT`;
the others are the test. Nobody speaks at once here, so real conversations are harder. The recordings are not in this
repository: `SPEECH_DATA` names their folder.
"""

from __future__ import annotations

import csv
import json
import os
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from emotion_clf.audio import SAMPLE_RATE_HZ, Waveform, decode_path
from emotion_clf.audio.voice_activity import FRAME_SAMPLES, SPEECH_PROBABILITY, speech_probabilities
from emotion_clf.settings import PROJECT_DIR, get_settings
from emotion_clf.transcription.diarization import DISTANCE, speaker_turns

if TYPE_CHECKING:
    import numpy.typing as npt

    from emotion_clf.transcription.diarization import Turn

RECORDINGS = Path(os.environ.get("SPEECH_DATA", PROJECT_DIR.parent / "shared" / "data" / "speech"))
RESULT = PROJECT_DIR / "benchmarks" / "results" / "speakers.json"
DEVELOPMENT: Final = ("emodb", "nemo")
TEST: Final = ("ravdess", "ased")
CONVERSATIONS: Final = 8
MONOLOGUES: Final = 3
TURNS: Final = 10
PAIR: Final = 2
CLIPS_EACH: Final = 22
SEED: Final = 29


def clips_by_speaker(corpus: str) -> dict[str, list[Path]]:
    """The clips of each speaker of whom there are enough."""
    found: dict[str, list[Path]] = defaultdict(list)
    with (RECORDINGS / "manifest.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if row["corpus"] == corpus:
                found[row["speaker"]].append(RECORDINGS / row["path"])
    return {speaker: clips for speaker, clips in sorted(found.items()) if len(clips) >= CLIPS_EACH}


def spoken(path: Path) -> npt.NDArray[np.float32]:
    """A clip from the first to the last sound of speech, as loud as it is; empty where there is none."""
    samples = decode_path(path).waveform.samples
    frames = np.flatnonzero(speech_probabilities(Waveform(samples)) >= SPEECH_PROBABILITY)
    if not len(frames):
        return samples[:0]
    return samples[frames[0] * FRAME_SAMPLES : (frames[-1] + 1) * FRAME_SAMPLES]


def conversation(
    clips: dict[str, list[Path]], speakers: int, generator: np.random.Generator
) -> tuple[Waveform, npt.NDArray[np.int8]]:
    """A conversation and who speaks in each of its samples, -1 for nobody."""
    chosen = generator.choice(list(clips), speakers, replace=False)
    waiting = {name: iter(generator.permutation(np.array(clips[name], dtype=object))) for name in chosen}
    sound, truth = [], []
    for turn in range(TURNS):
        for _ in range(generator.integers(1, 3)):
            said = spoken(next(waiting[chosen[turn % speakers]]))
            pause = generator.normal(0, 1e-4, int(generator.uniform(0.2, 0.6) * SAMPLE_RATE_HZ)).astype(np.float32)
            sound += [said, pause]
            truth += [np.full(len(said), turn % speakers, np.int8), np.full(len(pause), -1, np.int8)]
    return Waveform(np.concatenate(sound)), np.concatenate(truth)


def wrong_share(turns: tuple[Turn, ...], truth: npt.NDArray[np.int8], speaking: npt.NDArray[np.bool_]) -> float:
    """The share of speech given to the wrong speaker, or to none, after the names were matched as well as can be."""
    said = np.full(len(truth), -1)
    for turn in turns:
        said[round(turn.start_s * SAMPLE_RATE_HZ) : round(turn.end_s * SAMPLE_RATE_HZ)] = turn.speaker
    counted = (truth >= 0) & speaking
    matches = np.zeros((int(said.max()) + 1, int(truth.max()) + 1))
    both = counted & (said >= 0)
    np.add.at(matches, (said[both], truth[both]), 1)
    rows, columns = linear_sum_assignment(-matches)
    return 1 - float(matches[rows, columns].sum() / counted.sum())


def measure(corpus: str) -> dict[str, Any]:
    """Errors over the conversations of one corpus."""
    clips = clips_by_speaker(corpus)
    generator = np.random.default_rng(SEED)
    threads = get_settings().model_threads
    errors: dict[str, list[float]] = {"number of speakers found out": [], "number of speakers given": []}
    counts: dict[str, list[int]] = {"two": [], "one": []}
    work_s = sound_s = 0.0
    for speakers in [PAIR] * CONVERSATIONS + [1] * MONOLOGUES:
        waveform, truth = conversation(clips, speakers, generator)
        heard = np.repeat(speech_probabilities(waveform) >= SPEECH_PROBABILITY, FRAME_SAMPLES)[: len(truth)]
        started = time.perf_counter()
        found = speaker_turns(waveform, threads=threads)
        work_s += time.perf_counter() - started
        sound_s += waveform.duration_s
        counts["two" if speakers == PAIR else "one"].append(len({turn.speaker for turn in found}))
        if speakers == PAIR:
            given = speaker_turns(waveform, speakers=PAIR, threads=threads)
            for kind, turns in zip(errors, (found, given), strict=True):
                errors[kind].append(wrong_share(turns, truth, heard))
    return {
        "speakers in the corpus": len(clips),
        "share of speech wrong": {
            kind: {"mean": round(statistics.mean(values), 3), "each": [round(value, 3) for value in values]}
            for kind, values in errors.items()
        },
        "speakers found where two speak": counts["two"],
        "speakers found where one speaks": counts["one"],
        "real_time_factor": round(work_s / sound_s, 3),
    }


def main() -> None:
    """Measure every corpus and write the result."""
    if not (RECORDINGS / "manifest.csv").is_file():
        sys.exit("No recordings here. Set SPEECH_DATA to the folder of the corpora's manifest.csv.")
    result = {
        "conversations": {"two speakers": CONVERSATIONS, "one speaker": MONOLOGUES, "turns": TURNS},
        "distance": DISTANCE,
        "development": {corpus: measure(corpus) for corpus in DEVELOPMENT},
        "test": {corpus: measure(corpus) for corpus in TEST},
    }
    text = json.dumps(result, indent=2)
    RESULT.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
