"""A clip or a window of a call, and the label it got → which stretches of it speak for that label."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Final

import numpy as np

from emotion_clf.audio import DecodeOptions, Waveform, decode
from emotion_clf.errors import ModelNotFoundError, NotFoundError
from emotion_clf.speech import Voice
from emotion_clf.speech.saliency import Saliency, explain

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from emotion_clf.calls import Timeline
    from emotion_clf.settings import Settings
    from emotion_clf.speech import Manifest, ModelRegistry

_CHANNELS: Final = {"left": 0, "right": 1}


class WhyAnalyser:
    """Asks the models of this process why they answered as they did."""

    def __init__(self, models: ModelRegistry, settings: Settings) -> None:
        self._models = models
        self._options = DecodeOptions.from_settings(settings)

    def manifest(self, name: str, version: str) -> Manifest:
        """The model that gave an answer, if it is still the same.

        Raises:
            ModelNotFoundError: it is not installed any more, or another version is.
        """
        found = self._models.manifest(name)
        if found.version != version:
            raise ModelNotFoundError(
                f"The answer came from {name} {version}, and {found.version} is installed now. Hear the recording "
                "again to ask the new one."
            )
        return found

    def of_file(self, source: IO[bytes], *, model: str, label: str, voice: Voice | None = None) -> Saliency:
        """Explain the label of a clip.

        Args:
            source: a seekable file with a descriptor.
            model: name of the bundle that gave the label.
            label: one of its labels.
            voice: earlier clips of the same voice, None where none were used.

        Raises:
            EmotionError: the sound cannot be used, the model cannot, or the server is busy.
        """
        with self._models.place():
            waveform = decode(source, self._options).waveform
            return self._explain(waveform, model, label, voice)

    def of_window(self, path: Path, timeline: Timeline, number: int, voice: Voice | None) -> Saliency:
        """Explain the label of a window of a call, with times in seconds of the call.

        Args:
            path: the call's sound, 16 kHz, one channel or two.
            timeline: the call.
            number: the window's place in it; it has a label.
            voice: as `window_voice` gives it, None where the model does not adapt.

        Raises:
            NotFoundError: the window has no label, or its sound is not there.
            EmotionError: as `of_file`.
        """
        window = timeline.windows[number]
        if window.label is None:
            raise NotFoundError("This part of the call has no answer to explain.")
        channel = _CHANNELS.get(window.speaker or "") if timeline.layout == "channels" else None
        waveform = read_part(path, window.start_s, window.end_s, channel)
        with self._models.place():
            found = self._explain(waveform, timeline.model_name, window.label, voice)
        return found.shifted(window.start_s)

    def _explain(self, waveform: Waveform, model: str, label: str, voice: Voice | None) -> Saliency:
        speech_model = self._models.get(model)

        def log_odds(sound: Waveform) -> float:
            with self._models.turn():  # one pass at a time, so that others are heard in between
                return speech_model.log_odds(sound, label, voice)

        return explain(log_odds, waveform)


def window_voice(timeline: Timeline, embeddings: npt.NDArray[np.float32], number: int) -> Voice:
    """The voice of a window's speaker, by all other windows of it.

    Args:
        timeline: the call.
        embeddings: (windows, dim), zeros where nothing was embedded.
        number: the window's place.
    """
    speaker = timeline.windows[number].speaker
    others = [
        row
        for place, (window, row) in enumerate(zip(timeline.windows, embeddings, strict=True))
        if window.speaker == speaker and place != number and row.any()
    ]
    return Voice.of(others)


def read_part(path: Path, start_s: float, end_s: float, channel: int | None) -> Waveform:
    """A part of a sound file, without reading the rest.

    Args:
        path: the file.
        start_s: where the part begins, in seconds.
        end_s: where it ends.
        channel: which channel; None: their mean.

    Raises:
        NotFoundError: the file is gone, or ends before.
    """
    import soundfile

    try:
        with soundfile.SoundFile(path) as sound:
            sound.seek(min(round(start_s * sound.samplerate), sound.frames))
            frames = sound.read(round((end_s - start_s) * sound.samplerate), dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        raise NotFoundError("The sound of this call is not kept any more.") from error
    if not len(frames):
        raise NotFoundError("The sound of this call ends before that.")
    return Waveform(np.ascontiguousarray(frames.mean(axis=1) if channel is None else frames[:, channel]))
