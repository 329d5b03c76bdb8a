"""A few seconds of a voice that is still speaking → its emotion, with no file and no decoder in between."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ, Waveform, hear
from emotion_clf.calls import Window
from emotion_clf.calls.valence import window_valence
from emotion_clf.errors import TooShortError, UndecodableAudioError, UploadTooLargeError
from emotion_clf.pipeline.figures import note_window

if TYPE_CHECKING:
    from emotion_clf.speech import EmotionPrediction, ModelRegistry

WINDOW_S: Final = 3.0
MIN_WINDOW_S: Final = 0.5
MIN_SPEECH_S: Final = 0.5
SAMPLE_BYTES: Final = 2
MAX_BYTES: Final = round(WINDOW_S * SAMPLE_RATE_HZ) * SAMPLE_BYTES
_FULL_SCALE: Final = 32_768


@dataclass(frozen=True, slots=True)
class LiveAnswer:
    """What is heard in one window.

    Attributes:
        speech_s: seconds in which somebody speaks.
        prediction: None where that is less than MIN_SPEECH_S.
        valence: how pleasant it sounds, in [-1, 1]; None where nothing was judged.
        ms: time it took, in milliseconds.
    """

    speech_s: float
    prediction: EmotionPrediction | None
    valence: float | None
    ms: float

    def as_dict(self) -> dict[str, Any]:
        """The answer for the page."""
        found = self.prediction
        return {
            "speech": found is not None,
            "label": found and found.label,
            "confidence": found and found.confidence,
            "probabilities": found.probabilities if found else {},
            "uncertain": found is not None and found.uncertain,
            "valence": self.valence,
            "ms": round(self.ms, 1),
        }


def pcm_window(data: bytes) -> Waveform:
    """The sound of a window: signed 16-bit little-endian samples, 16 kHz, mono, without any header.

    Raises:
        UploadTooLargeError: more than WINDOW_S.
        UndecodableAudioError: half a sample is missing.
        TooShortError: less than MIN_WINDOW_S.
    """
    if len(data) > MAX_BYTES:
        raise UploadTooLargeError(f"A window holds {MAX_BYTES:,} bytes at most. Send the last {WINDOW_S:g} s only.")
    if len(data) % SAMPLE_BYTES:
        raise UndecodableAudioError("The window ends in half a sample. Send 16-bit PCM at 16 kHz, one channel.")
    if len(data) < MIN_WINDOW_S * SAMPLE_RATE_HZ * SAMPLE_BYTES:
        raise TooShortError(f"A window holds at least {MIN_WINDOW_S:g} s. Wait until there is more.")
    return Waveform(np.frombuffer(data, "<i2").astype(np.float32) / np.float32(_FULL_SCALE))


def hear_window(models: ModelRegistry, waveform: Waveform) -> LiveAnswer:
    """Hear one window with the default model, as a voice that nobody knows.

    Raises:
        BusyError: too many wait already.
        ModelError: the model cannot be used.
        UnusableEmbeddingError: the encoder cannot make sense of the sound.
    """
    started = time.perf_counter()
    with models.place():
        model = models.get()
        heard = hear(waveform)
        speech_s = heard.speech_s
        prediction = None
        if speech_s >= MIN_SPEECH_S:
            with models.turn():
                prediction = model.predict(heard.waveform)
            note_window(prediction)
    valence = None if prediction is None else window_valence(_as_window(prediction, waveform.duration_s, speech_s))
    return LiveAnswer(speech_s, prediction, valence, 1000 * (time.perf_counter() - started))


def _as_window(prediction: EmotionPrediction, duration_s: float, speech_s: float) -> Window:
    return Window(
        start_s=0.0,
        end_s=duration_s,
        speaker="A",
        speech_s=speech_s,
        overlap_s=0.0,
        label=prediction.label,
        probabilities=prediction.probabilities,
        uncertain=prediction.uncertain,
    )
