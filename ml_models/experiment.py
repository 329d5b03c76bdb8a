"""From a data folder to a published bundle: features, one encoder per fold and one of everybody, scores, files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import torch

from ml_models.data.corpora import EIGHT_EMOTIONS, SIX_EMOTIONS, require_labels
from ml_models.data.folds import RandomSplit, speaker_folds
from ml_models.data.sources import CORPORA
from ml_models.encoder.features import prepare_features
from ml_models.encoder.network import Encoder, Ensemble, NetworkShape
from ml_models.encoder.train import embed_all, train_encoder
from ml_models.evaluation.held_out import corpora_of, fit_on, held_out_scores, summarise, uncertainty
from ml_models.evaluation.report import write_report
from ml_models.heads.svm import Calibration, balanced_weights, calibrated
from ml_models.publishing.bundle import measure_speed, write_bundle
from ml_models.publishing.export import export_onnx

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from ml_models.data.corpora import Clip, LabelSet
    from ml_models.data.folds import Split
    from ml_models.encoder.features import FeatureStore
    from ml_models.recipe import Recipe

EVERYBODY = 0
LABEL_SETS = (SIX_EMOTIONS, EIGHT_EMOTIONS)


@dataclass(frozen=True)
class Workplace:
    """Where a run reads and writes.

    Attributes:
        work: features and encoders; kept between runs, so that a run which was stopped goes on.
        report: scores and figures, to be committed.
        bundle: the published model.
        workers: processes, one thread each.
    """

    work: Path
    report: Path
    bundle: Path
    workers: int


def train_embedded(
    clips: Sequence[Clip], recipe: Recipe, place: Workplace, *, measure_leak: bool = False
) -> dict[str, Any]:
    """Train, evaluate and publish.

    Args:
        clips: the data set.
        recipe: every number of the run.
        place: folders.
        measure_leak: also train on a random split, to show what it would claim.

    Returns:
        The scores, as written to the report.

    Raises:
        TrainingDataError: the data does not suffice.
    """
    clips = [clip for clip in clips if clip.corpus in recipe.encoder.clips_per_epoch]
    for label_set in LABEL_SETS:
        require_labels(clips, label_set)
    folds = speaker_folds(clips)
    store = prepare_features(
        clips,
        place.work / "features",
        copies=recipe.encoder.augmented_copies,
        seed=recipe.seed,
        workers=place.workers,
    )
    leak = RandomSplit(seed=recipe.seed) if measure_leak else None
    splits = training_splits(clips, folds if leak is None else (*folds, leak))
    encoders = train_encoders(clips, store, splits, recipe, place)
    embeddings = _embed_by_each(encoders, clips, store, splits, recipe=recipe, place=place)
    metrics, calibration = evaluate(clips, folds, embeddings, recipe)
    if leak is not None:
        for label_set in LABEL_SETS:
            metrics[label_set.name]["leak_of_a_random_split"] = leaking_scores(
                clips, leak, embeddings, label_set, recipe
            )
    place.bundle.mkdir(parents=True, exist_ok=True)
    onnx = place.bundle / "embedder.onnx"
    metrics["export"] = {"parity": export_onnx(encoders[EVERYBODY], onnx), **measure_speed(onnx)}
    everyone = range(len(clips))
    head = fit_on(embeddings[EVERYBODY], clips, everyone, SIX_EMOTIONS, recipe)
    write_report(place.report, metrics)
    write_bundle(
        place.bundle,
        recipe,
        head=head,
        classifier=calibrated(head, calibration),
        label_set=SIX_EMOTIONS,
        metrics=metrics,
    )
    return metrics


def evaluate(
    clips: Sequence[Clip],
    folds: Sequence[Split],
    embeddings: Mapping[int, npt.NDArray[np.floating]],
    recipe: Recipe,
) -> tuple[dict[str, Any], Calibration]:
    """Score the folds under every label set.

    Returns:
        The scores as plain values, and the six-emotion calibration learnt from all held-out scores.
    """
    metrics: dict[str, Any] = {"recipe": recipe.as_dict(), "data": data_facts(clips)}
    for label_set in LABEL_SETS:
        held_out = held_out_scores(clips, folds, embeddings, label_set, recipe)
        adapted = held_out_scores(clips, folds, embeddings, label_set, recipe, adapted=True)
        metrics[label_set.name] = {
            **summarise(clips, held_out, label_set),
            "uncertain": uncertainty(held_out, corpora_of(clips, held_out), recipe.head.answered_accuracy),
            "adapted_to_speaker": summarise(clips, adapted, label_set),
        }
        if label_set is SIX_EMOTIONS:
            weights = balanced_weights(held_out.truth, corpora_of(clips, held_out))
            calibration = Calibration.fit(held_out.scores, held_out.truth, weights)
    return metrics, calibration


def training_splits(clips: Sequence[Clip], splits: Sequence[Split]) -> dict[int, list[int]]:
    """Give the training clips of every split by its number, and first those of the encoder that hears everybody."""
    return {EVERYBODY: list(range(len(clips)))} | {split.number: split.split(clips)[0] for split in splits}


def leaking_scores(
    clips: Sequence[Clip],
    leak: Split,
    embeddings: Mapping[int, npt.NDArray[np.floating]],
    label_set: LabelSet,
    recipe: Recipe,
) -> dict[str, dict[str, float]]:
    """Give the UA and WA of each corpus on the random split."""
    scores = summarise(clips, held_out_scores(clips, (leak,), embeddings, label_set, recipe), label_set)["corpora"]
    return {corpus: {"ua": found["ua"], "wa": found["wa"]} for corpus, found in scores.items()}


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


def train_encoders(
    clips: Sequence[Clip],
    store: FeatureStore,
    splits: Mapping[int, Sequence[int]],
    recipe: Recipe,
    place: Workplace,
) -> dict[int, Ensemble]:
    """Train the members of every split's ensemble.

    Args:
        clips: the data set.
        store: its features.
        splits: number of the split to the indices of its training clips.
        recipe: sizes and schedule.
        place: folders; encoders that are there already are not trained again.
    """
    jobs = [(number, member) for member in range(recipe.encoder.members) for number in splits]
    tasks = (
        joblib.delayed(_train_one)(clips, store, splits[number], recipe, number=number, member=member, work=place.work)
        for number, member in jobs
    )
    trained = dict(zip(jobs, joblib.Parallel(n_jobs=place.workers)(tasks), strict=True))
    return {
        number: Ensemble([trained[number, member] for member in range(recipe.encoder.members)]).eval()
        for number in splits
    }


def _train_one(
    clips: Sequence[Clip],
    store: FeatureStore,
    train: Sequence[int],
    recipe: Recipe,
    *,
    number: int,
    member: int,
    work: Path,
) -> Encoder:
    """Train one encoder, or read it where this very training has been done before."""
    torch.set_num_threads(1)
    title = f"split {number}" if number else "everybody"
    # How many members there are does not change any one of them.
    heard = [str(clips[index].path) for index in train]
    path = work / "encoders" / f"{_digest(replace(recipe.encoder, members=1), recipe.seed, member, heard)}.pt"
    if path.is_file():
        shape = NetworkShape(recipe.encoder.channels, recipe.encoder.embedding_dim, recipe.encoder.dropout)
        encoder = Encoder(shape)
        encoder.load_state_dict(torch.load(path, weights_only=True))
        return encoder.eval()
    encoder = train_encoder(
        clips, store, train, recipe.encoder, seed=recipe.seed + member, title=f"{title}, member {member + 1}"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(encoder.state_dict(), path)
    return encoder


def _embed_by_each(
    encoders: Mapping[int, Ensemble],
    clips: Sequence[Clip],
    store: FeatureStore,
    splits: Mapping[int, Sequence[int]],
    *,
    recipe: Recipe,
    place: Workplace,
) -> dict[int, npt.NDArray[np.float32]]:
    """Embed every clip by the encoder of every split."""
    everything = [str(clip.path) for clip in clips]
    paths = {
        number: place.work / "embeddings" / f"{_digest(recipe.encoder, recipe.seed, everything, list(train))}.npy"
        for number, train in splits.items()
    }
    tasks = (joblib.delayed(_embed)(encoders[number], store, len(clips), paths[number]) for number in splits)
    return dict(zip(splits, joblib.Parallel(n_jobs=place.workers)(tasks), strict=True))


def _embed(encoder: Ensemble, store: FeatureStore, clips: int, path: Path) -> npt.NDArray[np.float32]:
    """Embed the clips, or read what this very encoder gave before."""
    torch.set_num_threads(1)
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, embed_all(encoder, store, range(clips)))
    embeddings: npt.NDArray[np.float32] = np.load(path)
    return embeddings


def _digest(*parts: object) -> str:
    return sha256(repr(parts).encode()).hexdigest()[:16]
