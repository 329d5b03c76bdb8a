"""Whether drift is told where there is some, and not where there is none: `python -m benchmarks.drift`.

Real clips of the training corpora are heard as they are, one corpus at a time, and disturbed as telephones, rooms and
levels disturb them; each lot is counted and compared with the reference of the bundle, as the product does. Held-out
answers of the published run tell how often answers to other speakers are called moved where nothing but the speakers
has changed. The recordings are not in this repository: `SPEECH_DATA` names their folder.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emotion_clf.audio import Waveform, decode_path
from emotion_clf.monitoring.drift import DRIFTED_FROM, MOVED_FROM, compare, mean_of
from emotion_clf.settings import PROJECT_DIR, get_settings
from emotion_clf.speech import ModelRegistry
from ml_models.data.corpora import SIX_EMOTIONS
from ml_models.data.sources.table import read_table
from ml_models.evaluation.predictions import read_answers
from ml_models.evaluation.reference import reference
from ml_models.evaluation.robustness import CONDITIONS, disturb

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from emotion_clf.bundles import Reference
    from emotion_clf.monitoring.drift import Drift
    from emotion_clf.speech.model import SpeechModel
    from ml_models.data.corpora import Clip
    from ml_models.evaluation.predictions import HeldOutAnswer

    Samples = npt.NDArray[np.float32]

RECORDINGS = Path(os.environ.get("SPEECH_DATA", PROJECT_DIR.parent / "shared" / "data" / "speech"))
RESULT = PROJECT_DIR / "benchmarks" / "results" / "drift.json"
REPORT = PROJECT_DIR / "ml_models" / "reports" / "embedded"
CLIPS: Final = int(os.environ.get("DRIFT_CLIPS", "300"))
OTHERS: Final = 8
DRAWS: Final = 200
SIZES: Final = (100, 300, 1000)
SEED: Final = 11


def sounds_of(clips: Sequence[Clip]) -> list[Samples]:
    """The clips as the product hears them."""
    return [decode_path(clip.path).waveform.samples for clip in clips]


def measured(model: SpeechModel, sounds: Sequence[Samples]) -> dict[str, Any]:
    """How far a lot of clips is from the reference."""
    known = model.reference
    if known is None:
        raise SystemExit("The bundle brings no reference: make one with emotion-clf reference.")
    embeddings = np.stack([model.embed(Waveform(samples)) for samples in sounds])
    answers = [next(iter(ranked.items())) for ranked in model.classify_many(embeddings)]
    components = model.components(embeddings)
    drifts = [
        compare(binned.counts, placed(binned.edges, components[:, number]))
        for number, binned in enumerate(known.components)
    ]
    return {"embedding": told(mean_of(drifts)), "most moved component": told(max(drifts, key=lambda one: one.psi))} | {
        name: told(drift) for name, drift in of_answers(known, answers).items()
    }


def of_answers(known: Reference, answers: Sequence[tuple[str, float]]) -> dict[str, Drift]:
    """How far answers are from the reference's."""
    counted = Counter(label for label, _ in answers)
    confidences = np.array([confidence for _, confidence in answers])
    return {
        "label": compare(list(known.labels.values()), [counted[label] for label in known.labels]),
        "confidence": compare(known.confidence.counts, placed(known.confidence.edges, confidences)),
    }


def placed(edges: Sequence[float], values: npt.NDArray[np.floating]) -> list[int]:
    """Values in the bins of a reference."""
    return np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1).tolist()


def told(drift: Drift) -> dict[str, Any]:
    """A measure for the file."""
    return {name: value if isinstance(value, str) else round(value, 3) for name, value in drift.as_dict().items()}


def unheard_speakers(answers: Sequence[HeldOutAnswer], generator: np.random.Generator) -> dict[str, Any]:
    """How often held-out answers to one half of the speakers are called moved from those to the other half.

    Speakers are halved within each corpus; answers are drawn with replacement from the halves.
    """
    labels = SIX_EMOTIONS.labels
    found: dict[str, Any] = {}
    for size in SIZES:
        drifts: dict[str, list[Drift]] = {"label": [], "confidence": []}
        for _ in range(DRAWS):
            mine, theirs = halves(answers, generator)
            known = reference(labels, [(row.predicted, row.confidence) for row in theirs], answers_from="one half")
            drawn = [mine[place] for place in generator.integers(len(mine), size=size).tolist()]
            for name, drift in of_answers(known, [(row.predicted, row.confidence) for row in drawn]).items():
                drifts[name].append(drift)
        found[f"{size} answers"] = {name: summed_up(each) for name, each in drifts.items()}
    return found


def halves(
    answers: Sequence[HeldOutAnswer], generator: np.random.Generator
) -> tuple[list[HeldOutAnswer], list[HeldOutAnswer]]:
    """The answers to two halves of the speakers of each corpus."""
    chosen: set[str] = set()
    for corpus in sorted({row.corpus for row in answers}):
        speakers = sorted({row.speaker for row in answers if row.corpus == corpus})
        chosen |= set(generator.permutation(speakers)[: len(speakers) // 2].tolist())
    return [row for row in answers if row.speaker in chosen], [row for row in answers if row.speaker not in chosen]


def summed_up(drifts: Sequence[Drift]) -> dict[str, float]:
    """What came of many draws."""
    indices = np.array([drift.psi for drift in drifts])
    return {
        "median_psi": round(float(np.median(indices)), 3),
        "p95_psi": round(float(np.quantile(indices, 0.95)), 3),
        "noise": round(drifts[0].noise, 3),
        "called_moved_or_drifted": round(float(np.mean([drift.verdict != "steady" for drift in drifts])), 3),
        "called_drifted": round(float(np.mean([drift.verdict == "drifted" for drift in drifts])), 3),
    }


def main() -> None:
    """Measure and write the result."""
    generator = np.random.default_rng(SEED)
    model = ModelRegistry(get_settings()).get("embedded")
    clips = [clip for clip in read_table(RECORDINGS) if SIX_EMOTIONS.index_of(clip.emotion) is not None]
    order = generator.permutation(len(clips)).tolist()
    drawn = [clips[place] for place in order[:CLIPS]]
    sounds = sounds_of(drawn)
    lots: dict[str, dict[str, Any]] = {"as they are": measured(model, sounds)}
    rest = [clips[place] for place in order[CLIPS:]]
    for corpus in sorted({clip.corpus for clip in clips}):
        alone = [clip for clip in rest if clip.corpus == corpus][: CLIPS // 2]
        lots[f"{corpus} alone"] = measured(model, sounds_of(alone)) | {"clips": len(alone)}
    others = sounds_of(rest[-OTHERS:])
    for name, condition in CONDITIONS.items():
        lots[condition.title] = measured(model, disturb(sounds, name, others=others, seed=SEED))
        print(condition.title, json.dumps(lots[condition.title]), flush=True)
    held_out = [row for row in read_answers(REPORT) if row.label_set == SIX_EMOTIONS.name]
    result = {
        "model": {"name": model.manifest.name, "version": model.manifest.version},
        "clips": CLIPS,
        "limits": {"moved": MOVED_FROM, "drifted": DRIFTED_FROM},
        "lots": lots,
        "held-out answers, one half of the speakers against the other": unheard_speakers(held_out, generator),
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
