"""Does the explanation find what the answer rests on? `make bench-why`.

For each clip the stretches that speak most for its label, a fifth of the time, are left out, and the drop of the
label's probability is compared with leaving out as much elsewhere: the same mask, moved along the clip by chance. The
naive way in the same run leaves out the loudest fifth. Everything is done with either filling, digital silence and
the clip's own background, on both sides: to explain, and to test.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ, DecodeOptions, Waveform, decode_path
from emotion_clf.settings import PROJECT_DIR, get_settings
from emotion_clf.speech import ModelRegistry
from emotion_clf.speech.saliency import Saliency, background, explain, replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from emotion_clf.speech import SpeechModel

    Cells = npt.NDArray[np.bool_]

SPEECH_DATA = Path(os.environ.get("SPEECH_DATA", PROJECT_DIR.parent / "shared" / "data" / "speech"))
RESULT = PROJECT_DIR / "benchmarks" / "results" / "why.json"
CLIPS = 60
DRAWS = 5
SHARE = 0.2
FILLINGS: dict[str, Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]] = {
    "background": background,
    "silence": np.zeros_like,
}


@dataclass(frozen=True)
class Drops:
    """Of one clip: by how much the probability of its label drops.

    Attributes:
        salient: without the stretches that speak most for it.
        moved: without as much elsewhere, one for each draw.
        loudest: without the loudest stretches.
    """

    salient: float
    moved: tuple[float, ...]
    loudest: float


def log_odds(model: SpeechModel, label: str, sounds: Iterator[Waveform]) -> npt.NDArray[np.float64]:
    """Of a label, for each sound."""
    return model.log_odds(np.stack([model.embed(sound) for sound in sounds]), label)


def most(values: npt.NDArray[np.float64]) -> Cells:
    """The greatest fifth."""
    chosen = np.zeros(len(values), bool)
    chosen[np.argsort(-values, kind="stable")[: max(1, round(SHARE * len(values)))]] = True
    return chosen


def without(waveform: Waveform, filling: npt.NDArray[np.float32], cells: Cells) -> Waveform:
    """A clip without some of its stretches, runs of neighbours left out in one go."""
    edges = np.linspace(0, len(waveform.samples), len(cells) + 1)
    samples = waveform.samples
    borders = np.flatnonzero(np.diff(np.concatenate([[False], cells, [False]]).astype(int)))
    for first, last in borders.reshape(-1, 2):
        samples = replaced(samples, filling, edges[first], edges[last])
    return Waveform(samples)


def loudness(waveform: Waveform, saliency: Saliency) -> npt.NDArray[np.float64]:
    """The power of each stretch."""
    starts = np.round(saliency.start_s * SAMPLE_RATE_HZ).astype(int)
    return np.add.reduceat(np.square(waveform.samples, dtype=np.float64), starts)


def drops_of(
    model: SpeechModel,
    waveform: Waveform,
    saliency: Saliency,
    filling: npt.NDArray[np.float32],
    draw: np.random.Generator,
) -> Drops:
    """Leave out what speaks for the label, as much elsewhere, and what is loudest."""
    answer = model.predict(waveform)

    def drop(cells: Cells) -> float:
        return answer.confidence - model.predict(without(waveform, filling, cells)).probabilities[answer.label]

    salient = most(saliency.effect)
    moves = draw.integers(1, max(2, len(salient)), DRAWS)
    moved = tuple(drop(np.roll(salient, move)) for move in moves)
    return Drops(drop(salient), moved, drop(most(loudness(waveform, saliency))))


def summary(found: list[Drops]) -> dict[str, float]:
    """Means over the clips, and how often the explanation beats chance."""
    return {
        "mean_drop_salient": round(statistics.mean(one.salient for one in found), 4),
        "mean_drop_moved": round(statistics.mean(statistics.mean(one.moved) for one in found), 4),
        "mean_drop_loudest": round(statistics.mean(one.loudest for one in found), 4),
        "share_of_clips_above_moved": round(
            statistics.mean(one.salient > statistics.mean(one.moved) for one in found), 3
        ),
        "share_of_clips_above_loudest": round(statistics.mean(one.salient > one.loudest for one in found), 3),
    }


def main() -> None:
    """Explain clips spread over the corpora at hand, and write the result."""
    paths = sorted(path for path in SPEECH_DATA.glob("*/*.*") if path.suffix in {".flac", ".opus"})
    paths = paths[:: max(1, len(paths) // CLIPS)][:CLIPS]
    if not paths:
        raise SystemExit("SPEECH_DATA holds no speech")
    model = ModelRegistry(get_settings()).get()
    draw = np.random.default_rng(0)
    found: dict[tuple[str, str], list[Drops]] = {(a, b): [] for a in FILLINGS for b in FILLINGS}
    spent = []
    for path in paths:
        waveform = decode_path(path, DecodeOptions()).waveform
        label = model.predict(waveform).label
        for explained_by, fill in FILLINGS.items():
            started = time.perf_counter()
            saliency = explain(partial(log_odds, model, label), waveform, fill(waveform.samples))
            spent.append((time.perf_counter() - started) / waveform.duration_s)
            for tested_by, stand_in in FILLINGS.items():
                drops = drops_of(model, waveform, saliency, stand_in(waveform.samples), draw)
                found[explained_by, tested_by].append(drops)
    result = {
        "model": f"{model.manifest.name} {model.manifest.version}",
        "clips": len(paths),
        "draws": DRAWS,
        "share_left_out": SHARE,
        "median_seconds_per_second_of_sound": round(statistics.median(spent), 3),
        "explained_by": {a: {f"tested_by_{b}": summary(found[a, b]) for b in FILLINGS} for a in FILLINGS},
    }
    text = json.dumps(result, indent=2)
    RESULT.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
