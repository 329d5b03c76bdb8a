"""The protocol: every split is learnt by itself, scores its test clips as they are and disturbed, and is forgotten."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ml_models.data.corpora import labels_of
from ml_models.evaluation.predictions import HeldOutAnswer
from ml_models.evaluation.robustness import CONDITIONS, disturb, windows_3_s
from ml_models.heads.speakers import adapt_to_earlier, adapt_to_speakers, draw_earlier
from ml_models.heads.strangeness import strangeness
from ml_models.heads.svm import balanced_weights
from ml_models.learners.learner import Embedding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from ml_models.data.corpora import Clip, LabelSet
    from ml_models.data.folds import Split
    from ml_models.data.sounds import Sounds
    from ml_models.heads.calibration import Calibration, FitCalibration
    from ml_models.learners.learner import EpochRecord, Fitted, Learner

    Floats = npt.NDArray[np.floating]
    Ints = npt.NDArray[np.integer]

EARLIER_CLIPS = (1, 4, 16)
SKEWED_CLIPS = 16
ALL_CLIPS = "all_clips"
BABBLE_SPEAKERS = 8


@dataclass(frozen=True)
class Outcome:
    """What one split's model said of clips it had not learnt from.

    Attributes:
        number: of the split.
        clips: (n,) positions of the tested clips that have a label.
        scores: (n, labels) uncalibrated.
        validation: (m,) positions of the split's own calibration clips, none for most splits.
        validation_scores: (m, labels).
        adapted: way of knowing the voice to (n, labels) scores.
        checked: (k,) which of the tested clips were disturbed and cut, as positions in `clips`.
        disturbed: condition to (k, labels) scores.
        windows: (w, labels) scores of all three-second windows of the checked clips, clip by clip.
        window_owner: (w,) which of the checked clips each window is of.
        beside: (b,) positions of the clips of corpora that are tested and never learnt from.
        beside_scores: (b, labels).
        strangeness: (n,) how unlike the training clips each tested clip is; none for a network.
        curves: of the training.
    """

    number: int
    clips: Ints
    scores: Floats
    validation: Ints
    validation_scores: Floats
    adapted: Mapping[str, Floats] = field(default_factory=dict)
    checked: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    disturbed: Mapping[str, Floats] = field(default_factory=dict)
    windows: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    window_owner: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    beside: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    beside_scores: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    strangeness: Floats = field(default_factory=lambda: np.zeros(0))
    curves: Sequence[EpochRecord] = ()


@dataclass(frozen=True)
class Checks:
    """Which costly questions are asked of a split beside its scores.

    Attributes:
        corpus: whose tested clips are disturbed and cut into windows, None for no such question.
        adapted: whether voices that are known are scored too.
        beside: corpora that are scored whole, though no split tests them.
    """

    corpus: str | None = None
    adapted: bool = False
    beside: tuple[str, ...] = ()


def hold_out(
    learner: Learner, clips: Sequence[Clip], sounds: Sounds, *, split: Split, label_set: LabelSet, checks: Checks
) -> Outcome:
    """Learn from a split's training clips and score its test clips.

    Args:
        learner: how to learn.
        clips: all clips.
        sounds: their waveforms.
        split: which clips are learnt from and which are tested.
        label_set: what to tell apart.
        checks: what else to ask.
    """
    train, test = split.split(clips)
    fitted = learner.fit(train, label_set, title=f"split {split.number}")
    labels = labels_of(clips, label_set)
    tested = np.array([position for position in test if labels[position] >= 0], dtype=np.int64)
    aside = [position for position in split.validation(clips) if labels[position] >= 0]
    validation = np.array(aside, dtype=np.int64)
    checked = np.flatnonzero([clips[position].corpus == checks.corpus for position in tested])
    aside_too = [
        position for position, clip in enumerate(clips) if clip.corpus in checks.beside and labels[position] >= 0
    ]
    beside = np.array(aside_too, dtype=np.int64)
    found = _disturbed(fitted, clips, sounds, tested[checked], split.number) if len(checked) else {}
    cut = _windows(fitted, sounds, tested[checked]) if len(checked) else {}
    return Outcome(
        number=split.number,
        clips=tested,
        scores=scores_of_clips(fitted, sounds, tested),
        validation=validation,
        validation_scores=scores_of_clips(fitted, sounds, validation),
        adapted=_adapted(fitted, clips, tested) if checks.adapted else {},
        checked=checked,
        disturbed=found,
        beside=beside,
        beside_scores=scores_of_clips(fitted, sounds, beside),
        strangeness=_strangeness(fitted, tested),
        curves=tuple(fitted.curves),
        **cut,
    )


def scores_of_clips(fitted: Fitted, sounds: Sounds, positions: Ints) -> Floats:
    """Give the (n, labels) scores of clips."""
    if not len(positions):
        return np.zeros((0, 0))
    if isinstance(fitted, Embedding):
        return fitted.place(fitted.head.scores(fitted.embed_clips(positions.tolist())))
    return fitted.scores([sounds[position] for position in positions.tolist()])


def _adapted(fitted: Fitted, clips: Sequence[Clip], tested: Ints) -> dict[str, Floats]:
    """Score clips whose voice is known: from one, four and sixteen earlier clips, mostly of one emotion, and all."""
    if not isinstance(fitted, Embedding):
        return {}
    people = [clips[position] for position in tested.tolist()]
    speakers, emotions = [clip.speaker for clip in people], [clip.emotion for clip in people]
    embeddings, scaler = fitted.embed_clips(tested.tolist()), fitted.head.scaler
    ways = {ALL_CLIPS: adapt_to_speakers(embeddings, speakers, scaler)}
    for count in EARLIER_CLIPS:
        earlier = draw_earlier(speakers, emotions, clips=count, seed=count)
        ways[f"{count}_earlier"] = adapt_to_earlier(embeddings, earlier, scaler)
    skewed = draw_earlier(speakers, emotions, clips=SKEWED_CLIPS, seed=0, skewed=True)
    ways[f"{SKEWED_CLIPS}_earlier_mostly_one_emotion"] = adapt_to_earlier(embeddings, skewed, scaler)
    return {way: fitted.place(fitted.head.scores_of_normalised(normalised)) for way, normalised in ways.items()}


def _strangeness(fitted: Fitted, tested: Ints) -> Floats:
    if not isinstance(fitted, Embedding) or not len(tested):
        return np.zeros(0)
    return strangeness(fitted.embed_clips(tested.tolist()), fitted.head.scaler)


def _disturbed(fitted: Fitted, clips: Sequence[Clip], sounds: Sounds, checked: Ints, seed: int) -> dict[str, Floats]:
    clean = [sounds[position] for position in checked.tolist()]
    others = [sounds[position] for position in _strangers(clips, checked, seed)]
    return {condition: fitted.scores(disturb(clean, condition, others=others, seed=seed)) for condition in CONDITIONS}


def _strangers(clips: Sequence[Clip], checked: Ints, seed: int) -> list[int]:
    """Draw one clip each of several speakers of the corpus who speak in none of the checked clips."""
    heard = {clips[position].speaker for position in checked.tolist()}
    corpus = clips[int(checked[0])].corpus
    speakers = sorted({clip.speaker for clip in clips if clip.corpus == corpus} - heard)
    rng = np.random.default_rng(seed)
    chosen = rng.choice(speakers, size=min(BABBLE_SPEAKERS, len(speakers)), replace=False)
    return [
        int(rng.choice([position for position, clip in enumerate(clips) if clip.speaker == speaker]))
        for speaker in chosen
    ]


def _windows(fitted: Fitted, sounds: Sounds, checked: Ints) -> dict[str, Any]:
    cut = [windows_3_s(sounds[position]) for position in checked.tolist()]
    owner = np.repeat(np.arange(len(cut)), [len(windows) for windows in cut])
    return {"windows": fitted.scores([window for windows in cut for window in windows]), "window_owner": owner}


@dataclass(frozen=True)
class HeldOut:
    """Calibrated answers for every tested clip, by models that had not heard its speaker.

    Attributes:
        clips: (n,) positions in the data set.
        truth: (n,) true classes.
        fold: (n,) number of the split that tested the clip.
        probabilities: (n, labels).
        calibrations: split number to the calibration its scores went through.
    """

    clips: Ints
    truth: Ints
    fold: Ints
    probabilities: Floats
    calibrations: Mapping[int, Calibration]


def calibrate_across(
    clips: Sequence[Clip], outcomes: Sequence[Outcome], label_set: LabelSet, fit: FitCalibration
) -> HeldOut:
    """Calibrate each split's scores by other speakers' scores, never by its own test clips.

    A split with validation clips of its own is calibrated by those, any other by the other splits' held-out scores.

    Args:
        clips: the data set.
        outcomes: of the speaker-independent splits.
        label_set: what was told apart.
        fit: the kind of calibration.
    """
    labels = labels_of(clips, label_set)
    calibrations = {
        outcome.number: calibration_on(clips, labels, *_apart_from(outcome, outcomes), fit) for outcome in outcomes
    }
    return HeldOut(
        clips=np.concatenate([outcome.clips for outcome in outcomes]),
        truth=np.concatenate([labels[outcome.clips] for outcome in outcomes]),
        fold=np.concatenate([np.full(len(outcome.clips), outcome.number) for outcome in outcomes]),
        probabilities=np.concatenate(
            [calibrations[outcome.number].probabilities(outcome.scores) for outcome in outcomes]
        ),
        calibrations=calibrations,
    )


def _apart_from(outcome: Outcome, outcomes: Sequence[Outcome]) -> tuple[Ints, Floats]:
    if len(outcome.validation):
        return outcome.validation, outcome.validation_scores
    return pooled([other for other in outcomes if other.number != outcome.number])


def pooled(outcomes: Sequence[Outcome]) -> tuple[Ints, Floats]:
    """Join the held-out clips of several splits, and their scores."""
    return (
        np.concatenate([outcome.clips for outcome in outcomes]),
        np.concatenate([outcome.scores for outcome in outcomes]),
    )


def calibration_on(
    clips: Sequence[Clip], labels: Ints, positions: Ints, scores: Floats, fit: FitCalibration
) -> Calibration:
    """Fit a calibration on the scores of some clips, every emotion of every corpus counting alike."""
    corpora = [clips[position].corpus for position in positions.tolist()]
    return fit(scores, labels[positions], balanced_weights(labels[positions], corpora))


def answers_of(clips: Sequence[Clip], held_out: HeldOut, label_set: LabelSet) -> list[HeldOutAnswer]:
    """Give the answers as `held_out.csv` lists them."""
    chosen = held_out.probabilities.argmax(axis=1)
    rows = zip(held_out.clips.tolist(), held_out.truth.tolist(), chosen.tolist(), held_out.fold.tolist(), strict=True)
    return [
        HeldOutAnswer(
            label_set=label_set.name,
            clip_id=f"{clips[position].corpus}/{clips[position].path.parent.name}/{clips[position].path.name}",
            speaker=clips[position].speaker,
            corpus=clips[position].corpus,
            truth=label_set.labels[truth],
            predicted=label_set.labels[predicted],
            confidence=float(held_out.probabilities[row, predicted]),
            fold=fold,
        )
        for row, (position, truth, predicted, fold) in enumerate(rows)
    ]
