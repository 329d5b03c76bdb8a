"""One experiment: learn every split, score what it had not heard, learn from everybody, and keep the run's folder."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import joblib
import torch

from ml_models.data.corpora import LABEL_SETS, labels_of, require_labels, require_trainable
from ml_models.data.folds import FOLDS, DoubledSplit, RandomSplit, speaker_folds, standard_fold
from ml_models.data.sounds import decode_sounds, require_distinct
from ml_models.data.sources import CORPORA
from ml_models.errors import TrainingDataError
from ml_models.evaluation.held_out import (
    Checks,
    Outcome,
    answers_of,
    calibrate_across,
    calibration_on,
    hold_out,
    pooled,
)
from ml_models.evaluation.predictions import write_answers
from ml_models.evaluation.report import write_report
from ml_models.evaluation.settle import choose_settings
from ml_models.evaluation.summary import leak_scores, summarise
from ml_models.heads.calibration import SigmoidCalibration, TemperatureCalibration
from ml_models.learners.make import learner_of, remarks_on
from ml_models.publishing.bundle import Finished, bundle_name, finish, measure_speed, write_bundle
from ml_models.recipe import EncoderRecipe, FrozenRecipe, NetworkRecipe, Wav2Vec2Recipe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ml_models.data.corpora import Clip, LabelSet
    from ml_models.data.folds import Split
    from ml_models.data.sounds import Sounds
    from ml_models.evaluation.predictions import HeldOutAnswer
    from ml_models.heads.calibration import FitCalibration
    from ml_models.recipe import Recipe

METRICS_FORMAT = 1
PROTOCOLS = {
    "folds": "five speaker-independent folds",
    "standard_split": "CREMA-D's standard speaker-independent split",
}


@dataclass(frozen=True)
class RunPlace:
    """Where a run reads and writes.

    Attributes:
        work: decoded sounds, features, encoders; kept between runs, so that a run which was stopped goes on.
        run: the run's own folder: scores, figures, bundles.
        workers: processes, one thread each.
    """

    work: Path
    run: Path
    workers: int = 1

    @property
    def bundles(self) -> Path:
        """Folder of the bundles of this run."""
        return self.run / "bundles"


@dataclass(frozen=True)
class Questions:
    """What is measured beside the speaker-independent scores.

    Attributes:
        random_parts: how many of five random parts of the clips are tested, to show what that leak is worth.
        doubled: also split a copy that holds every file twice at random.
        checks: known voices, disturbed sound and three-second windows.
        notes: what a reader of the scores must know, such as a schedule that was cut short.
    """

    random_parts: int = 1
    doubled: bool = False
    checks: bool = True
    notes: Sequence[str] = field(default=())


def run_experiment(clips: Sequence[Clip], recipe: Recipe, place: RunPlace, questions: Questions) -> dict[str, Any]:
    """Train, evaluate, and write the run's folder with its bundles.

    Args:
        clips: the data; corpora that the recipe does not name are left out.
        recipe: every number of the run.
        place: folders.
        questions: what else to measure.

    Returns:
        The scores, as written to `metrics.json`.

    Raises:
        TrainingDataError: the data does not suffice.
    """
    started = time.monotonic()
    torch.set_num_threads(1)
    clips = usable(clips, recipe)
    label_sets = [LABEL_SETS[name] for name in recipe.label_sets]
    splits = honest_splits(clips, recipe)
    leaks = leaking_splits(recipe, questions)
    sounds = decode_sounds(clips, place.work / "features", seed=recipe.seed, workers=place.workers)
    require_distinct(clips, sounds)
    learner_of(recipe, clips, sounds, place.work, place.workers)  # what all splits share is prepared once
    task = _Task(clips, sounds, recipe, place)
    checks = Checks(recipe.corpora[0], adapted=recipe.head.adapted) if questions.checks else Checks()
    jobs = [
        joblib.delayed(task.finished)(),
        *(joblib.delayed(task.outcomes)(split, checks) for split in splits),
        *(joblib.delayed(leaking_task(task).outcomes)(leak) for leak in leaks.values()),
    ]
    finished, *outcomes = joblib.Parallel(n_jobs=place.workers)(jobs)
    by_split = dict(zip((*(split.number for split in splits), *leaks), outcomes, strict=True))
    metrics: dict[str, Any] = {
        "format": METRICS_FORMAT,
        "recipe": recipe.as_dict(),
        "data": data_facts(clips),
        "protocol": PROTOCOLS[recipe.protocol],
        "notes": [*remarks_on(recipe), *questions.notes],
        "label_sets": {},
        "curves": {},
        "search": {},
    }
    answers: list[HeldOutAnswer] = []
    for label_set in label_sets:
        honest = [by_split[split.number].by_label_set[label_set.name] for split in splits]
        held_out = calibrate_across(clips, honest, label_set, calibration_kind(recipe))
        answers += answers_of(clips, held_out, label_set)
        scores = summarise(clips, honest, held_out, label_set, recipe.answered_accuracy)
        scores["leaks"] = _leaks(clips, by_split, leaks, label_set)
        metrics["label_sets"][label_set.name] = scores
        metrics["curves"][label_set.name] = {
            str(outcome.number): [record.as_dict() for record in outcome.curves] for outcome in honest if outcome.curves
        }
        if recipe.search:
            metrics["search"][label_set.name] = {
                str(split.number): by_split[split.number].chosen[label_set.name] for split in splits
            } | {"everybody": finished[label_set.name].chosen}
    metrics["cost"] = _cost(place, recipe, finished, seconds=time.monotonic() - started)
    write_answers(place.run, answers)
    write_report(place.run, metrics)
    for label_set in label_sets:
        outcomes_of_set = [by_split[split.number].by_label_set[label_set.name] for split in splits]
        calibration = calibration_on(
            clips, labels_of(clips, label_set), *pooled(outcomes_of_set), calibration_kind(recipe)
        )
        write_bundle(
            place.bundles / bundle_name(recipe, label_set),
            recipe,
            label_set,
            finished=finished[label_set.name],
            calibration=calibration,
            metrics=metrics,
            figures=place.run,
            speakers=sorted({clip.speaker for clip in clips}),
        )
    return metrics


@dataclass(frozen=True)
class SplitOutcomes:
    """What came of one split under every label set.

    Attributes:
        by_label_set: name of the label set to its outcome.
        chosen: name of the label set to the settings that nested search chose; empty without a search.
    """

    by_label_set: Mapping[str, Outcome]
    chosen: Mapping[str, dict[str, Any]]


@dataclass(frozen=True)
class _Task:
    """The work on one set of training clips, done in a process of its own."""

    clips: Sequence[Clip]
    sounds: Sounds
    recipe: Recipe
    place: RunPlace

    def outcomes(self, split: Split, checks: Checks | None = None) -> SplitOutcomes:
        torch.set_num_threads(1)
        train, _ = split.split(self.clips)
        found: dict[str, Outcome] = {}
        chosen: dict[str, dict[str, Any]] = {}
        for name in self.recipe.label_sets:
            settled, chosen[name] = self._settle(train, LABEL_SETS[name])
            learner = learner_of(settled, self.clips, self.sounds, self.place.work)
            found[name] = hold_out(
                learner, self.clips, self.sounds, split=split, label_set=LABEL_SETS[name], checks=checks or Checks()
            )
        return SplitOutcomes(found, chosen)

    def finished(self) -> dict[str, Finished]:
        """Learn from everybody under every label set."""
        torch.set_num_threads(1)
        everybody = range(len(self.clips))
        done: dict[str, Finished] = {}
        for name in self.recipe.label_sets:
            settled, chosen = self._settle(everybody, LABEL_SETS[name])
            learner = learner_of(settled, self.clips, self.sounds, self.place.work)
            fitted = learner.fit(everybody, LABEL_SETS[name], title="everybody")
            folder = self.place.bundles / bundle_name(self.recipe, LABEL_SETS[name])
            done[name] = finish(fitted, settled, folder, chosen)
        return done

    def _settle(self, train: Sequence[int], label_set: LabelSet) -> tuple[Recipe, dict[str, Any]]:
        """Choose the settings the recipe leaves open, by search inside the training speakers."""
        return choose_settings(
            self.recipe, self.clips, self.sounds, train=train, label_set=label_set, work=self.place.work
        )


def leaking_task(task: _Task) -> _Task:
    """Give the work as those do it who split clips at random.

    Settings are not searched: what the leak is worth can be told without those that profit from it most. A network's
    early stopping ignores who speaks, too; with validation speakers of its own it would leak less than theirs.
    """
    clips = task.clips
    if isinstance(task.recipe.learner, NetworkRecipe | Wav2Vec2Recipe):
        clips = [replace(clip, speaker=str(clip.path)) for clip in clips]
    return replace(task, clips=clips, recipe=replace(task.recipe, search=None))


def usable(clips: Sequence[Clip], recipe: Recipe) -> list[Clip]:
    """Keep the recipe's corpora, and check that they suffice.

    Raises:
        TrainingDataError: a corpus, an emotion or a second speaker is missing.
    """
    kept = [clip for clip in clips if clip.corpus in recipe.corpora]
    missing = [corpus for corpus in recipe.corpora if corpus not in {clip.corpus for clip in kept}]
    if missing:
        raise TrainingDataError(
            f"There are no clips of {', '.join(missing)}, which the recipe names. Add them to the table, or choose "
            "others with --corpus."
        )
    require_trainable(kept)
    for name in recipe.label_sets:
        require_labels(kept, LABEL_SETS[name])
    return kept


def honest_splits(clips: Sequence[Clip], recipe: Recipe) -> Sequence[Split]:
    """Give the recipe's splits, none of which has a speaker on both sides; a published fold may have nobody here."""
    if recipe.protocol == "standard_split":
        return (standard_fold(clips),)
    return [fold for fold in speaker_folds(clips) if fold.test_speakers]


def leaking_splits(recipe: Recipe, questions: Questions) -> dict[int, Split]:
    """Give the splits that show what a leak is worth, by their number."""
    random: list[Split] = [RandomSplit(FOLDS + 1 + part, recipe.seed, part) for part in range(questions.random_parts)]
    doubled: list[Split] = [DoubledSplit(seed=recipe.seed)] if questions.doubled else []
    return {split.number: split for split in (*random, *doubled)}


def calibration_kind(recipe: Recipe) -> FitCalibration:
    """One sigmoid a class for machines that each know one class, one temperature for networks."""
    embeds = isinstance(recipe.learner, EncoderRecipe | FrozenRecipe)
    return SigmoidCalibration.fit if embeds else TemperatureCalibration.fit


def _leaks(
    clips: Sequence[Clip], by_split: Mapping[int, SplitOutcomes], leaks: Mapping[int, Split], label_set: LabelSet
) -> dict[str, Any]:
    kinds = {"random_split": RandomSplit, "doubled_files": DoubledSplit}
    found = {
        name: [by_split[number].by_label_set[label_set.name] for number, split in leaks.items() if type(split) is kind]
        for name, kind in kinds.items()
    }
    return {name: leak_scores(clips, outcomes, label_set) for name, outcomes in found.items() if outcomes}


def _cost(place: RunPlace, recipe: Recipe, finished: Mapping[str, Finished], *, seconds: float) -> dict[str, Any]:
    first = LABEL_SETS[recipe.label_sets[0]]
    graph = place.bundles / bundle_name(recipe, first) / "embedder.onnx"
    cost: dict[str, Any] = {"run_s": round(seconds), "workers": place.workers}
    if graph.is_file():
        cost |= {**measure_speed(graph), "parity": finished[first.name].parity}
    return cost


def data_facts(clips: Sequence[Clip]) -> list[dict[str, Any]]:
    """Say what was trained on, by corpus."""
    facts = []
    for corpus in sorted({clip.corpus for clip in clips}):
        mine = [clip for clip in clips if clip.corpus == corpus]
        known = CORPORA.get(corpus)
        facts.append(
            {
                "corpus": known.title if known else corpus,
                "language": mine[0].language,
                "licence": known.licence if known else "unknown",
                "speakers": len({clip.speaker for clip in mine}),
                "clips": len(mine),
            }
        )
    return facts
