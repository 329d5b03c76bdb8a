"""One experiment: learn every split, score what it had not heard, learn from everybody, and keep the run's folder."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import joblib
import torch

from ml_models.data.corpora import LABEL_SETS, labels_of, require_labels, require_trainable
from ml_models.data.folds import (
    FOLDS,
    DoubledSplit,
    LimitedSplit,
    RandomSplit,
    UnheardCorpus,
    speaker_folds,
    standard_fold,
)
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
from ml_models.evaluation.unheard import (
    close_call_margin,
    leave_one_corpus_out,
    natural_speech,
    strangeness_limit,
)
from ml_models.heads.calibration import SigmoidCalibration, TemperatureCalibration
from ml_models.kept import digest, kept, stamp
from ml_models.learners.make import learner_of, remarks_on
from ml_models.publishing.bundle import GRAPH, Finished, bundle_name, finish, measure_speed, write_bundle
from ml_models.publishing.reference import components_of
from ml_models.recipe import EncoderRecipe, FrozenRecipe, NetworkRecipe, Wav2Vec2Recipe, WhisperRecipe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ml_models.data.corpora import Clip, LabelSet
    from ml_models.data.folds import Split
    from ml_models.data.sounds import Sounds
    from ml_models.evaluation.held_out import HeldOut
    from ml_models.evaluation.predictions import HeldOutAnswer
    from ml_models.heads.calibration import FitCalibration
    from ml_models.recipe import Recipe

METRICS_FORMAT = 1
MOST_SPLITS_APART = 2
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
        unheard: leave each corpus out in turn, where there are several.
        doubled: also split a copy that holds every file twice at random.
        checks: known voices, disturbed sound and three-second windows.
        notes: what a reader of the scores must know, such as a schedule that was cut short.
    """

    random_parts: int = 1
    unheard: bool = True
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
    sounds = decode_sounds(clips, place.work / "features", seed=recipe.seed, workers=place.workers)
    require_distinct(clips, sounds)
    learner_of(recipe, clips, sounds, place.work, place.workers)  # what all splits share is prepared once
    learnt = _learn(_Task(clips, sounds, recipe, place), questions)
    metrics: dict[str, Any] = {
        "format": METRICS_FORMAT,
        "recipe": recipe.as_dict(),
        "data": data_facts([clip for clip in clips if clip.corpus in recipe.corpora]),
        "tested_only": data_facts([clip for clip in clips if clip.corpus in recipe.tested_only]),
        "protocol": PROTOCOLS[recipe.protocol],
        "notes": [*remarks_on(recipe), *questions.notes],
        "cost": {
            "run_s": round(time.monotonic() - started),
            "workers": place.workers,
            **_cost_of_serving(place, recipe, learnt),
        },
        "label_sets": {},
        "curves": {},
        "search": {},
    }
    answers: list[HeldOutAnswer] = []
    for name in recipe.label_sets:
        outcomes = learnt.honest(name)
        held_out = calibrate_across(clips, outcomes, LABEL_SETS[name], calibration_kind(recipe))
        answers += answers_of(clips, held_out, LABEL_SETS[name])
        scores = summarise(clips, outcomes, held_out, LABEL_SETS[name], recipe.answered_accuracy)
        scores |= _beyond(
            clips, recipe, learnt, held_out=held_out, label_set=LABEL_SETS[name], doubt=scores["uncertain"]
        )
        metrics["label_sets"][name] = scores | {"leaks": learnt.leaks(clips, LABEL_SETS[name])}
        metrics["curves"][name] = learnt.curves(name)
        metrics["search"] |= {name: found} if (found := learnt.searches(name)) else {}
    write_answers(place.run, answers)
    write_report(place.run, metrics)
    for name in recipe.label_sets:
        mine = [answer for answer in answers if answer.label_set == name]
        _write_bundle(clips, recipe, place, learnt=learnt, label_set=LABEL_SETS[name], metrics=metrics, answers=mine)
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
        """Learn and score one split, or read what came of it where this very work was done before."""
        parts = (split.number, split.split(self.clips), split.validation(self.clips))
        name = digest(self.recipe, parts, checks, self.clips, [stamp(clip.path) for clip in self.clips])
        return kept(self.place.work / "splits" / f"{name}.joblib", lambda: self._outcomes(split, checks))

    def _outcomes(self, split: Split, checks: Checks | None) -> SplitOutcomes:
        torch.set_num_threads(1)
        split = LimitedSplit(split, self.recipe.corpora)
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
        everybody = [place for place, clip in enumerate(self.clips) if clip.corpus in self.recipe.corpora]
        done: dict[str, Finished] = {}
        for name in self.recipe.label_sets:
            settled, chosen = self._settle(everybody, LABEL_SETS[name])
            learner = learner_of(settled, self.clips, self.sounds, self.place.work)
            fitted = learner.fit(everybody, LABEL_SETS[name], title="everybody")
            folder = self.place.bundles / bundle_name(self.recipe, LABEL_SETS[name])
            components = components_of(fitted, self.clips, self.sounds, LABEL_SETS[name], everybody)
            done[name] = finish(fitted, settled, folder, chosen, components)
        return done

    def _settle(self, train: Sequence[int], label_set: LabelSet) -> tuple[Recipe, dict[str, Any]]:
        """Choose the settings the recipe leaves open, by search inside the training speakers."""
        return choose_settings(
            self.recipe, self.clips, self.sounds, train=train, label_set=label_set, work=self.place.work
        )


@dataclass(frozen=True)
class _Learnt:
    """Everything that was learnt in one run.

    Attributes:
        finished: name of a label set to the model of everybody.
        splits: number of each speaker-independent split to what came of it.
        leaking: kind of leak to what came of its splits.
        unheard: what came of the splits that leave a corpus out.
    """

    finished: Mapping[str, Finished]
    splits: Mapping[int, SplitOutcomes]
    leaking: Mapping[str, Sequence[SplitOutcomes]]
    unheard: Sequence[SplitOutcomes] = ()

    def without(self, label_set: str) -> list[Outcome]:
        """Give the outcomes of the splits that leave a corpus out and test something."""
        found = [split.by_label_set[label_set] for split in self.unheard]
        return [outcome for outcome in found if len(outcome.clips)]

    def honest(self, label_set: str) -> list[Outcome]:
        """Give the outcomes of the speaker-independent splits."""
        return [split.by_label_set[label_set] for split in self.splits.values()]

    def leaks(self, clips: Sequence[Clip], label_set: LabelSet) -> dict[str, Any]:
        """Score the splits that leak."""
        return {
            kind: leak_scores(clips, [split.by_label_set[label_set.name] for split in splits], label_set)
            for kind, splits in self.leaking.items()
        }

    def curves(self, label_set: str) -> dict[str, list[dict[str, Any]]]:
        """Give the training curves by the number of the split."""
        return {
            str(outcome.number): [record.as_dict() for record in outcome.curves]
            for outcome in self.honest(label_set)
            if outcome.curves
        }

    def searches(self, label_set: str) -> dict[str, Any]:
        """Give what nested search chose in each split, and for the model of everybody; nothing without a search."""
        chosen = {str(number): split.chosen[label_set] for number, split in self.splits.items()}
        chosen["everybody"] = dict(self.finished[label_set].chosen)
        return chosen if any(chosen.values()) else {}


def _learn(task: _Task, questions: Questions) -> _Learnt:
    """Learn from everybody and from each split's training speakers, and score what was held out."""
    recipe = task.recipe
    splits = honest_splits(task.clips, recipe)
    kinds = leaking_splits(recipe, questions)
    beside = recipe.tested_only
    checks = Checks(beside=beside)
    if questions.checks:
        checks = Checks(recipe.corpora[0], adapted=recipe.head.adapted, beside=beside)
    corpora = unheard_corpora(task.clips, recipe) if questions.unheard else []
    jobs = [
        joblib.delayed(task.finished)(),
        *(joblib.delayed(task.outcomes)(split, checks) for split in splits),
        *(joblib.delayed(leaking_task(task).outcomes)(leak) for leaks in kinds.values() for leak in leaks),
        *(joblib.delayed(task.outcomes)(split, Checks(adapted=recipe.head.adapted)) for split in corpora),
    ]
    finished, *outcomes = joblib.Parallel(n_jobs=task.place.workers)(jobs)
    rest = iter(outcomes)
    return _Learnt(
        finished,
        {split.number: next(rest) for split in splits},
        {kind: [next(rest) for _ in leaks] for kind, leaks in kinds.items()},
        list(rest),
    )


def _beyond(
    clips: Sequence[Clip],
    recipe: Recipe,
    learnt: _Learnt,
    *,
    held_out: HeldOut,
    label_set: LabelSet,
    doubt: dict[str, float],
) -> dict[str, Any]:
    """Score what lies beyond the corpora: corpora nobody heard, natural speech, close calls and strange sounds."""
    doubt["margin"] = close_call_margin(held_out, doubt["threshold"])
    found: dict[str, Any] = {}
    outcomes = learnt.honest(label_set.name)
    without = learnt.without(label_set.name)
    if without:
        found["leave_one_corpus_out"] = leave_one_corpus_out(
            clips,
            without,
            outcomes,
            label_set,
            fit=calibration_kind(recipe),
            answered_accuracy=recipe.answered_accuracy,
        )
    if recipe.tested_only and all(len(outcome.beside) for outcome in outcomes):
        found["natural_speech"] = natural_speech(clips, outcomes, held_out.calibrations, label_set, doubt)
    if strange := strangeness_limit(clips, outcomes, without):
        found["strangeness"] = strange
    return found


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
    kept = [clip for clip in clips if clip.corpus in recipe.corpora + recipe.tested_only]
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
    learnt = [clip for clip in clips if clip.corpus in recipe.corpora]
    return [fold for fold in speaker_folds(learnt) if fold.test_speakers]


def unheard_corpora(clips: Sequence[Clip], recipe: Recipe) -> Sequence[Split]:
    """Give the splits that leave one corpus out; a corpus of one emotion has nothing to tell apart and stays in."""
    emotions = {corpus: {clip.emotion for clip in clips if clip.corpus == corpus} for corpus in recipe.corpora}
    several = [corpus for corpus in recipe.corpora if len(emotions[corpus]) > 1]
    if len(several) < MOST_SPLITS_APART:
        return []
    return [UnheardCorpus(3 * FOLDS + place, corpus) for place, corpus in enumerate(several)]


def leaking_splits(recipe: Recipe, questions: Questions) -> dict[str, Sequence[Split]]:
    """Give the splits that show what a leak is worth, by the kind of leak."""
    random = [RandomSplit(FOLDS + 1 + part, recipe.seed, part) for part in range(questions.random_parts)]
    doubled = [DoubledSplit(seed=recipe.seed)] if questions.doubled else []
    found: dict[str, Sequence[Split]] = {"random_split": random, "doubled_files": doubled}
    return {kind: splits for kind, splits in found.items() if splits}


def calibration_kind(recipe: Recipe) -> FitCalibration:
    """One sigmoid a class for machines that each know one class, one temperature for what knows them all at once."""
    embeds = isinstance(recipe.learner, EncoderRecipe | FrozenRecipe | WhisperRecipe)
    return SigmoidCalibration.fit if embeds and recipe.head.kind != "logistic" else TemperatureCalibration.fit


def _cost_of_serving(place: RunPlace, recipe: Recipe, learnt: _Learnt) -> dict[str, Any]:
    """Give the size, speed and parity of the written graph, nothing where the model is not a graph of its own."""
    first = LABEL_SETS[recipe.label_sets[0]]
    graph = place.bundles / bundle_name(recipe, first) / GRAPH
    return {**measure_speed(graph), "parity": learnt.finished[first.name].parity} if graph.is_file() else {}


def _write_bundle(
    clips: Sequence[Clip],
    recipe: Recipe,
    place: RunPlace,
    *,
    learnt: _Learnt,
    label_set: LabelSet,
    metrics: dict[str, Any],
    answers: Sequence[HeldOutAnswer],
) -> None:
    """Write the bundle of one label set; its calibration comes from what the splits said of held-out speakers."""
    positions, scores = pooled(learnt.honest(label_set.name))
    calibration = calibration_on(clips, labels_of(clips, label_set), positions, scores, calibration_kind(recipe))
    write_bundle(
        place.bundles / bundle_name(recipe, label_set),
        recipe,
        label_set,
        finished=learnt.finished[label_set.name],
        calibration=calibration,
        metrics=metrics,
        figures=place.run,
        speakers=sorted({clip.speaker for clip in clips if clip.corpus in recipe.corpora}),
        answers=answers,
    )


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
