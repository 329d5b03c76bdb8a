from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from ml_models.data.corpora import EMOTIONS
from ml_models.data.folds import speaker_folds
from ml_models.encoder.batches import Draws, disturb, excerpts
from ml_models.encoder.network import FEATURE_ROWS
from ml_models.encoder.objective import CorpusHeads, Mixture, targets_of
from ml_models.encoder.train import embed_all, train_encoder
from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from ml_models.data.corpora import Clip
    from ml_models.encoder.features import FeatureStore
    from ml_models.recipe import Recipe


def test_the_same_seed_gives_the_same_network(clips: tuple[Clip, ...], store: FeatureStore, recipe: Recipe) -> None:
    train = range(len(clips))
    first, second, other = (
        train_encoder(clips, store, train, recipe.learner, seed=seed).state_dict() for seed in (4, 4, 5)
    )
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_training_reads_no_clip_of_a_held_out_speaker(
    clips: tuple[Clip, ...], store: FeatureStore, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    fold = speaker_folds(clips)[2]
    train, _ = fold.split(clips)
    read = set()
    plain = type(store).features

    def watched(self: FeatureStore, clip: int, copy: int = 0) -> np.ndarray:
        read.add(clips[clip].speaker)
        return plain(self, clip, copy)

    monkeypatch.setattr(type(store), "features", watched)
    train_encoder(clips, store, train, recipe.learner, seed=0)
    assert read
    assert not read & fold.test_speakers


def test_a_trained_embedding_separates_the_emotions_of_a_new_speaker(
    clips: tuple[Clip, ...], store: FeatureStore, recipe: Recipe
) -> None:
    train, test = speaker_folds(clips)[3].split(clips)
    encoder = train_encoder(clips, store, train, replace(recipe.learner, epochs=40, dropout=0.0), seed=0)
    vectors = embed_all(encoder, store, range(len(clips)))
    emotions = np.array([clip.emotion for clip in clips])
    centres = {e: vectors[[i for i in train if emotions[i] == e]].mean(axis=0) for e in ("neutral", "angry", "sad")}
    tried = [i for i in test if emotions[i] in centres]
    nearest = [min(centres, key=lambda e, i=i: np.linalg.norm(vectors[i] - centres[e])) for i in tried]
    assert np.mean(nearest == emotions[tried]) > 0.6


def test_a_corpus_without_training_clips_is_refused(
    clips: tuple[Clip, ...], store: FeatureStore, recipe: Recipe
) -> None:
    german = [index for index, clip in enumerate(clips) if clip.corpus == "emodb"]
    with pytest.raises(TrainingDataError, match="No training clips of ravdess"):
        train_encoder(clips, store, german, recipe.learner, seed=0)


def test_quotas_are_kept_and_no_clip_comes_again_before_all_came() -> None:
    draws = Draws({"a": range(10), "b": range(10, 13)}, {"a": 5, "b": 3}, np.random.default_rng(0))
    first, second = draws.epoch(), draws.epoch()
    assert sorted(i for i in (*first, *second) if i < 10) == list(range(10))
    for epoch in (first, second):
        assert sorted(i for i in epoch if i >= 10) == [10, 11, 12]


def test_excerpts_have_one_length_however_short_the_clip(store: FeatureStore) -> None:
    cut = excerpts(store, np.arange(4), 200, np.random.default_rng(0))
    assert cut.shape == (4, FEATURE_ROWS, 200)
    assert torch.isfinite(disturb(cut, np.random.default_rng(0))).all()


def test_a_corpus_is_never_asked_for_an_emotion_it_lacks(clips: tuple[Clip, ...]) -> None:
    targets = targets_of(clips)
    heads = CorpusHeads(16, targets.allowed, dropout=0.0)
    emodb = torch.tensor([targets.corpora.index("emodb")])
    chances = heads(torch.randn(1, 16), emodb).exp()[0].detach()
    possible = {"neutral", "angry", "sad"}
    assert {EMOTIONS[i] for i in np.flatnonzero(chances.numpy() > 0)} == possible
    assert float(chances.sum()) == pytest.approx(1.0, abs=1e-5)
    loss = heads.loss(torch.randn(1, 16), emodb, torch.tensor([EMOTIONS.index("sad")]), smoothing=0.1)
    assert 0 < loss.item() < 20


def test_a_mixture_weighs_features_and_targets_alike(clips: tuple[Clip, ...]) -> None:
    targets = targets_of(clips)
    heads = CorpusHeads(16, targets.allowed, dropout=0.0)
    mixture = Mixture(partner=torch.tensor([1, 0]), share=0.75)
    assert mixture.features(torch.tensor([[0.0], [4.0]])).tolist() == [[1.0], [3.0]]
    embedding, corpus = torch.randn(2, 16), torch.from_numpy(targets.corpus[:2])
    emotion = torch.from_numpy(targets.emotion[:2])
    own = heads.loss(embedding, corpus, emotion, 0.0)
    swapped = heads.loss(embedding, corpus[[1, 0]], emotion[[1, 0]], 0.0)
    mixed = mixture.loss(heads, embedding, corpus, emotion, 0.0)
    assert mixed.item() == pytest.approx(0.75 * own.item() + 0.25 * swapped.item(), rel=1e-5)
