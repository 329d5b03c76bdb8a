"""A short clip → its analysis: decode, judge the recording, embed, classify."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any, Final

from emotion_clf.audio import DecodeOptions, QualityWarning, Waveform, assess, listen, open_audio
from emotion_clf.audio.quality import NO_SPEECH
from emotion_clf.pipeline.figures import note_clip

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from emotion_clf.audio import Listened, Quality
    from emotion_clf.settings import Settings
    from emotion_clf.speech import EmotionPrediction, ModelRegistry, Voice

_COMMON_CHANNELS: Final = 2


@dataclass(frozen=True, slots=True)
class ClipAnalysis:
    """The answer for one clip, and how it was made.

    Attributes:
        prediction: label, probabilities and the model that gave them.
        duration_s: seconds of sound analysed.
        warnings: reasons to trust the answer less.
        container: format of the file.
        decode_ms: time from file to sound, in milliseconds.
    """

    prediction: EmotionPrediction
    duration_s: float
    warnings: tuple[QualityWarning, ...]
    container: str
    decode_ms: float

    @property
    def timings_ms(self) -> dict[str, float]:
        """Milliseconds of each step."""
        return {
            "decode": round(self.decode_ms, 1),
            "embed": round(self.prediction.embed_ms, 1),
            "classify": round(self.prediction.classify_ms, 1),
        }

    def as_dict(self) -> dict[str, Any]:
        """The answer for programs, the same through every door."""
        prediction = self.prediction
        return {
            "label": prediction.label,
            "confidence": prediction.confidence,
            "margin": prediction.margin,
            "probabilities": prediction.probabilities,
            "uncertain": prediction.uncertain,
            "adapted_to_clips": prediction.adapted_to_clips,
            "warnings": [{"code": warning.code, "message": warning.message} for warning in self.warnings],
            "model": {"name": prediction.model_name, "version": prediction.model_version},
            "duration_s": round(self.duration_s, 3),
            "timings_ms": self.timings_ms,
        }

    def as_row(self) -> dict[str, Any]:
        """The answer as one row of a table, one column for each emotion."""
        prediction = self.prediction
        return {
            "duration_s": round(self.duration_s, 3),
            "label": prediction.label,
            "confidence": prediction.confidence,
            "uncertain": prediction.uncertain,
            "adapted_to_clips": prediction.adapted_to_clips,
            "model": prediction.model_name,
            "model_version": prediction.model_version,
            "warnings": " ".join(warning.code for warning in self.warnings),
            **{f"p_{label}": value for label, value in sorted(prediction.probabilities.items())},
        }


@dataclass(frozen=True, slots=True, eq=False)
class HeardClip:
    """An analysis together with the sound it was made from."""

    analysis: ClipAnalysis
    waveform: Waveform


class ClipAnalyser:
    """Runs the steps of a clip with the models and limits of this process."""

    def __init__(self, models: ModelRegistry, settings: Settings) -> None:
        self._models = models
        self._options = DecodeOptions.from_settings(settings)

    def analyse(self, source: IO[bytes], model: str | None = None, voice: Voice | None = None) -> HeardClip:
        """Analyse one clip.

        Args:
            source: a seekable file with a descriptor.
            model: name of a bundle, None for the default.
            voice: earlier clips of the same voice, None where none is at hand.

        Raises:
            EmotionError: the sound cannot be used, the model cannot, or the server is busy.
        """
        with self._models.place():
            speech_model = self._models.get(model)
            started = time.perf_counter()
            listened, quality = self._listen(source)
            decode_ms = 1000 * (time.perf_counter() - started)
            with self._models.turn():
                prediction = speech_model.predict(listened.heard.waveform, voice)
        decoded = listened.decoded
        analysis = ClipAnalysis(
            prediction=_doubted(prediction, quality),
            duration_s=decoded.waveform.duration_s,
            warnings=(*_file_warnings(listened, self._options), *quality.warnings, *_model_warnings(prediction)),
            container=decoded.container.name,
            decode_ms=decode_ms,
        )
        note_clip(analysis)
        return HeardClip(analysis, decoded.waveform)

    def analyse_path(self, path: Path | str, model: str | None = None, voice: Voice | None = None) -> HeardClip:
        """Analyse a file of the local file system.

        Raises:
            InvalidRequestError: there is no such file, or it may not be read.
            EmotionError: as `analyse`.
        """
        with open_audio(path) as source:
            return self.analyse(source, model, voice)

    def embed_path(self, path: Path | str, model: str | None = None) -> npt.NDArray[np.float32]:
        """The embedding of shape (dim,) of a file, as one clip of a voice.

        Raises:
            NotAdaptableError: the model was not trained for known voices.
            EmotionError: as `analyse_path`.
        """
        speech_model = self._models.get(model)
        speech_model.manifest.require_adaptable()
        with open_audio(path) as source, self._models.place():
            listened, _ = self._listen(source)
            with self._models.turn():
                return speech_model.embed(listened.heard.waveform)

    def _listen(self, source: IO[bytes]) -> tuple[Listened, Quality]:
        """The sound of a file, and how good it is; silence is refused here."""
        listened = listen(source, self._options)
        return listened, assess(listened.heard, listened.searched_s)


def _doubted(prediction: EmotionPrediction, quality: Quality) -> EmotionPrediction:
    """Return the prediction, uncertain where there is no speech to predict from."""
    silent = any(warning.code == NO_SPEECH for warning in quality.warnings)
    return replace(prediction, uncertain=prediction.uncertain or silent)


def _model_warnings(prediction: EmotionPrediction) -> list[QualityWarning]:
    if not prediction.unfamiliar:
        return []
    return [
        QualityWarning(
            "unfamiliar", "This sounds unlike everything the model learnt from, so the answer is uncertain at best."
        )
    ]


def _file_warnings(listened: Listened, options: DecodeOptions) -> list[QualityWarning]:
    """What of a file was heard, and how."""
    decoded, start_s = listened.decoded, listened.start_s
    duration_s = decoded.waveform.duration_s
    first = f"{options.max_s:g} s from there" if start_s else f"the first {options.max_s:g} s"
    told = {
        "late": (start_s > 0, f"The first {start_s:.0f} s hold no speech, so what follows was analysed."),
        "cut": (decoded.cut, f"Only {first} were analysed; the recording is longer."),
        "damaged": (
            decoded.damaged,
            f"The file is damaged or incomplete; only the {duration_s:.1f} s that could be read were analysed.",
        ),
        "other_tracks": (
            decoded.tracks > 1,
            f"Of {decoded.tracks} sound tracks only number {listened.track + 1}, in which most is said, was analysed.",
        ),
        "opposite_phase": (
            decoded.opposed,
            "Channels hold the same sound upside down; they were turned round, so that they do not silence each other.",
        ),
        "many_channels": (
            decoded.channels > _COMMON_CHANNELS,
            f"{decoded.channels} channels were averaged into one.",
        ),
    }
    return [QualityWarning(code, message) for code, (applies, message) in told.items() if applies]
