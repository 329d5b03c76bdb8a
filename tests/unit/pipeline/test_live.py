from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from emotion_clf.audio import SAMPLE_RATE_HZ, Waveform, hear
from emotion_clf.errors import BusyError, TooShortError, UndecodableAudioError, UploadTooLargeError
from emotion_clf.pipeline.live import MAX_BYTES, hear_window, pcm_window
from emotion_clf.speech import ModelRegistry
from tests.support.sound import voice

if TYPE_CHECKING:
    from emotion_clf.settings import Settings


def pcm(samples: np.ndarray) -> bytes:
    return np.round(samples * 32_767).astype("<i2").tobytes()


def test_bytes_become_the_sound_they_were_made_of() -> None:
    samples = voice(3.0)
    found = pcm_window(pcm(samples))
    assert found.duration_s == 3.0
    assert np.abs(found.samples - samples).max() < 1e-4
    extremes = pcm_window(np.resize(np.array([-32_768, 32_767], "<i2"), SAMPLE_RATE_HZ).tobytes())
    assert (extremes.samples.min(), extremes.samples.max()) == (-1.0, pytest.approx(1.0, abs=1e-4))


@pytest.mark.parametrize(
    ("length", "error"),
    [
        (MAX_BYTES + 2, UploadTooLargeError),
        (MAX_BYTES - 1, UndecodableAudioError),
        (SAMPLE_RATE_HZ - 2, TooShortError),
        (0, TooShortError),
    ],
)
def test_other_lengths_are_refused(length: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        pcm_window(bytes(length))


def test_a_voice_gets_the_answer_of_a_clip(settings: Settings) -> None:
    models = ModelRegistry(settings)
    sound = Waveform(voice(3.0))
    answer = hear_window(models, sound)
    assert answer.prediction is not None
    assert answer.prediction.probabilities == models.get().predict(hear(sound).waveform).probabilities
    assert answer.valence is not None
    assert -1 <= answer.valence <= 1
    assert answer.speech_s > 1
    fields = answer.as_dict()
    assert fields["speech"] is True
    assert fields["label"] == max(fields["probabilities"], key=fields["probabilities"].get)


@pytest.mark.parametrize("level", [0.0, 0.003])
def test_where_nobody_speaks_nothing_is_judged(settings: Settings, level: float) -> None:
    noise = np.random.default_rng(0).normal(0, level, 3 * SAMPLE_RATE_HZ).astype(np.float32)
    answer = hear_window(ModelRegistry(settings), Waveform(noise))
    assert answer.prediction is None
    assert answer.as_dict() == {
        "speech": False,
        "label": None,
        "confidence": None,
        "probabilities": {},
        "uncertain": False,
        "valence": None,
        "ms": answer.as_dict()["ms"],
    }


def test_a_word_of_a_moment_is_not_judged(settings: Settings) -> None:
    samples = np.zeros(3 * SAMPLE_RATE_HZ, dtype=np.float32)
    samples[-3200:] = voice(1.0)[4000:7200]
    assert hear_window(ModelRegistry(settings), Waveform(samples)).prediction is None


def test_a_full_line_is_told(settings: Settings) -> None:
    models = ModelRegistry(settings.model_copy(update={"queue_size": 0}))
    with models.place(), pytest.raises(BusyError):
        hear_window(models, Waveform(voice(3.0)))
