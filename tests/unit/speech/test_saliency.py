"""Why: what a made-up answer rests on is found, and what a real one rests on matters more than chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_clf.audio import SAMPLE_RATE_HZ, DecodeOptions, Waveform, decode_path
from emotion_clf.speech import ModelRegistry, SpeechModel, Voice
from emotion_clf.speech.saliency import MAX_HEARD_S, MAX_PASSES, STEP_S, background, explain, replaced
from tests.support.sound import SAMPLES, SPEECH_DATA, real_clips, voice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from emotion_clf.settings import Settings
    from emotion_clf.speech.saliency import Saliency

SHARE = 0.2


def energy(start_s: float, end_s: float) -> Callable[[Iterator[Waveform]], np.ndarray]:
    """An answer that rests on the loudness of one stretch alone."""
    part = slice(round(start_s * SAMPLE_RATE_HZ), round(end_s * SAMPLE_RATE_HZ))
    return lambda sounds: np.array([np.square(sound.samples[part]).sum() for sound in sounds], dtype=np.float64)


def noise(duration_s: float) -> Waveform:
    samples = np.random.default_rng(1).normal(0, 0.1, round(duration_s * SAMPLE_RATE_HZ))
    return Waveform(samples.astype(np.float32))


def test_the_stretch_an_answer_rests_on_is_found() -> None:
    sound = noise(3.0)
    found = explain(energy(1.2, 1.5), sound, np.zeros_like(sound.samples))
    assert found.strongest is not None
    start_s, end_s = found.strongest
    assert start_s == pytest.approx(1.2, abs=STEP_S)
    assert end_s == pytest.approx(1.5, abs=STEP_S)
    assert found.opposing is None
    outside = (found.end_s < 1.2 - STEP_S) | (found.start_s > 1.5 + STEP_S)
    assert np.allclose(found.effect[outside], 0, atol=1e-9)


def test_what_speaks_against_it_has_the_other_sign() -> None:
    sound = noise(2.0)
    against = explain(lambda sounds: -energy(0.5, 0.8)(sounds), sound, np.zeros_like(sound.samples))
    assert against.strongest is None
    assert against.opposing is not None
    assert against.opposing[0] == pytest.approx(0.5, abs=STEP_S)


def test_where_nothing_matters_nothing_is_named() -> None:
    found = explain(lambda sounds: np.array([0.3 for _ in sounds]), noise(1.0))
    assert (found.strongest, found.opposing) == (None, None)
    assert found.as_dict()["strongest"] is None


@settings(max_examples=15, deadline=None)
@given(duration_s=st.floats(0.5, 60.0))
def test_stretches_tile_any_clip_within_the_bounds(duration_s: float) -> None:
    sound = Waveform(np.zeros(round(duration_s * SAMPLE_RATE_HZ), dtype=np.float32))
    passes = 0

    def log_odds(sounds: Iterator[Waveform]) -> np.ndarray:
        nonlocal passes
        passes = sum(len(one.samples) == len(sound.samples) for one in sounds)
        return np.zeros(passes)

    found = explain(log_odds, sound)
    assert found.start_s[0] == 0
    assert found.end_s[-1] == pytest.approx(sound.duration_s)
    assert np.array_equal(found.start_s[1:], found.end_s[:-1])
    assert passes == len(found.effect) + 2
    assert passes <= MAX_PASSES
    assert passes * sound.duration_s <= MAX_HEARD_S


def test_the_background_is_what_lies_between_the_words() -> None:
    samples = voice(2.0).copy()
    hum = 0.001 * np.sin(np.arange(8000) * 0.3).astype(np.float32)
    samples[12_000:20_000] = hum
    found = background(samples)
    assert found.shape == samples.shape
    assert np.abs(found).max() <= 0.0011
    assert np.sqrt(np.square(found).mean()) == pytest.approx(np.sqrt(np.square(hum).mean()), rel=0.2)


def test_only_the_stretch_is_replaced() -> None:
    samples = noise(1.0).samples
    before = samples.copy()
    found = replaced(samples, np.zeros_like(samples), 4000, 8000)
    assert np.array_equal(samples, before)
    assert np.all(found[4000:8000] == 0)
    changed = np.flatnonzero(found != samples)
    assert changed[0] >= 4000 - 0.005 * SAMPLE_RATE_HZ
    assert changed[-1] < 8000 + 0.005 * SAMPLE_RATE_HZ


def why(model: SpeechModel, sound: Waveform, label: str, known: Voice | None = None) -> Saliency:
    return explain(lambda sounds: model.log_odds(np.stack([model.embed(one) for one in sounds]), label, known), sound)


def drops(model: SpeechModel, path: Path, draw: np.random.Generator) -> tuple[float, float]:
    """By how much the label's probability drops without what speaks for it, and without as much elsewhere."""
    sound = decode_path(path, DecodeOptions(max_s=6)).waveform
    answer = model.predict(sound)
    found = why(model, sound, answer.label)
    cells = np.argsort(-found.effect)[: max(1, round(SHARE * len(found.effect)))]
    quiet = background(sound.samples)

    def drop(chosen: np.ndarray) -> float:
        samples = sound.samples
        for cell in chosen:
            edges = found.start_s[cell] * SAMPLE_RATE_HZ, found.end_s[cell] * SAMPLE_RATE_HZ
            samples = replaced(samples, quiet, *edges)
        return answer.confidence - model.predict(Waveform(samples)).probabilities[answer.label]

    elsewhere = [drop((cells + move) % len(found.effect)) for move in draw.integers(1, len(found.effect), 3)]
    return drop(cells), float(np.mean(elsewhere))


def check_faithful(model: SpeechModel, paths: list[Path]) -> None:
    pairs = np.array([drops(model, path, np.random.default_rng(5)) for path in paths])
    salient, elsewhere = pairs.mean(axis=0)
    assert salient > elsewhere + 0.1


@pytest.fixture
def model(embedded_settings: Settings) -> SpeechModel:
    return ModelRegistry(embedded_settings).get()


def test_leaving_out_what_speaks_for_an_answer_changes_it_more_than_chance(model: SpeechModel) -> None:
    check_faithful(model, sorted(SAMPLES.glob("*.flac")))


@pytest.mark.skipif(not SPEECH_DATA.is_dir(), reason="no real speech at hand")
def test_so_it_does_on_real_speech(model: SpeechModel) -> None:
    check_faithful(model, real_clips(8))


def test_a_known_voice_is_explained_as_it_was_judged(model: SpeechModel) -> None:
    sound = Waveform(voice(1.0))
    earlier = Voice.of([model.embed(Waveform(voice(2.0)[:20_000] * gain)) for gain in (0.2, 0.9)])
    answer = model.predict(sound, earlier)
    known = earlier.with_(model.embed(sound))
    odds = model.log_odds(model.embed(sound)[None], answer.label, known)[0]
    assert odds == pytest.approx(np.log(answer.confidence / (1 - answer.confidence)), abs=1e-6)
    adapted, cold = why(model, sound, answer.label, known), why(model, sound, answer.label)
    assert not np.allclose(adapted.effect, cold.effect)
