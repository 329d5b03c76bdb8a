"""Heads: cold, adapted to a voice, and of networks that classify by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from emotion_clf.audio import Waveform
from emotion_clf.errors import ModelError, NotAdaptableError
from emotion_clf.speech import SpeechModel, Voice
from tests.support.bundles import ONNX_DIM, SOFTMAX_LABELS, make_adaptive_bundle, make_onnx_bundle, make_softmax_bundle
from tests.support.sound import voice

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_clf.settings import Settings


@pytest.fixture
def adaptive(tmp_path: Path, settings: Settings) -> SpeechModel:
    make_adaptive_bundle(tmp_path / "adaptive", prior_clips=2.0)
    return SpeechModel(tmp_path / "adaptive", settings)


def clip(gain: float) -> Waveform:
    return Waveform(voice(1.0) * np.float32(gain))


def test_no_earlier_clip_is_exactly_the_cold_answer(adaptive: SpeechModel, tmp_path: Path, settings: Settings) -> None:
    make_onnx_bundle(tmp_path / "plain")
    plain = SpeechModel(tmp_path / "plain", settings).predict(clip(1.0))
    for earlier in (None, Voice.of([])):
        cold = adaptive.predict(clip(1.0), earlier)
        assert cold.probabilities == plain.probabilities
        assert cold.adapted_to_clips == 0


def test_earlier_clips_of_a_voice_change_its_answer(adaptive: SpeechModel) -> None:
    earlier = Voice.of([adaptive.embed(clip(gain)) for gain in (4.0, 6.0, 5.0)])
    cold, known = adaptive.predict(clip(1.0)), adaptive.predict(clip(1.0), earlier)
    assert known.adapted_to_clips == 3
    assert known.probabilities != cold.probabilities
    assert sum(known.probabilities.values()) == pytest.approx(1.0)


def test_the_present_clip_is_one_of_its_voice(adaptive: SpeechModel, tmp_path: Path) -> None:
    """The answer is that of the bundle's own steps on statistics that are computed here, by hand."""
    import joblib

    earlier = [adaptive.embed(clip(gain)) for gain in (4.0, 6.0)]
    now = adaptive.embed(clip(1.0))
    scaler, pca, classifier = (
        joblib.load(tmp_path / "adaptive" / f"emotion_{part}.pkl") for part in ("scaler", "pca", "model_svm")
    )
    clips = np.array([*earlier, now], dtype=np.float64)
    mean = (2.0 * scaler.mean_ + clips.sum(axis=0)) / 5.0
    variance = (2.0 * scaler.var_ + 3 * clips.var(axis=0)) / 5.0
    expected = classifier.predict_proba(pca.transform([(now - mean) / np.sqrt(variance)]))[0]
    np.testing.assert_allclose(adaptive.classify(now, Voice.of(earlier)), expected, rtol=1e-9)


def test_the_prediction_carries_its_embedding(adaptive: SpeechModel) -> None:
    embedding = adaptive.predict(clip(1.0)).embedding
    assert embedding is not None
    assert (embedding.dtype, embedding.shape) == (np.float32, (ONNX_DIM,))
    np.testing.assert_array_equal(embedding, adaptive.embed(clip(1.0)))


@pytest.mark.parametrize("make", [make_onnx_bundle, make_softmax_bundle])
def test_a_model_that_was_not_trained_for_it_refuses_a_voice(make, tmp_path: Path, settings: Settings) -> None:  # type: ignore[no-untyped-def]
    make(tmp_path / "plain")
    model = SpeechModel(tmp_path / "plain", settings)
    with pytest.raises(NotAdaptableError, match="choose a model that adapts") as refused:
        model.predict(clip(1.0), Voice.of([model.embed(clip(2.0))]))
    assert isinstance(refused.value, ModelError)
    assert model.predict(clip(1.0), Voice.of([])).adapted_to_clips == 0


@pytest.mark.parametrize("temperature", [0.05, 1.0, 7.5])
def test_a_network_answers_by_the_softmax_of_its_scores(tmp_path: Path, settings: Settings, temperature: float) -> None:
    make_softmax_bundle(tmp_path / "network", temperature=temperature)
    model = SpeechModel(tmp_path / "network", settings)
    scores = model.embed(clip(1.0)).astype(np.float64) / temperature
    expected = dict(zip(SOFTMAX_LABELS, np.exp(scores) / np.exp(scores).sum(), strict=True))
    assert model.predict(clip(1.0)).probabilities == pytest.approx(expected)


def test_scores_far_from_zero_are_still_probabilities(tmp_path: Path, settings: Settings) -> None:
    make_softmax_bundle(tmp_path / "network", temperature=1e-6)
    prediction = SpeechModel(tmp_path / "network", settings).predict(clip(1.0))
    assert prediction.confidence == pytest.approx(1.0)
    assert sum(prediction.probabilities.values()) == pytest.approx(1.0)


def test_many_clips_are_classified_as_one_by_one(adaptive: SpeechModel) -> None:
    clips = np.stack([adaptive.embed(clip(gain)) for gain in (0.5, 1.0, 4.0)])
    cold = adaptive.classify_many(clips)
    for found, embedding in zip(cold, clips, strict=True):
        assert list(found.values()) == sorted(found.values(), reverse=True)
        assert sorted(found.values()) == pytest.approx(sorted(adaptive.classify(embedding)))
    known = adaptive.classify_many(clips, Voice.of(list(clips)))
    expected = adaptive.classify(clips[2], Voice.of(list(clips[:2])))
    assert sorted(known[2].values()) == pytest.approx(sorted(expected))


def test_many_clips_of_a_voice_need_a_model_that_adapts(tmp_path: Path, settings: Settings) -> None:
    make_onnx_bundle(tmp_path / "plain")
    plain = SpeechModel(tmp_path / "plain", settings)
    clips = plain.embed(clip(1.0))[None]
    assert len(plain.classify_many(clips)) == 1
    with pytest.raises(NotAdaptableError):
        plain.classify_many(clips, Voice.of(list(clips)))
