"""A clip or a window of a call, and the label it got → which stretches of it speak for that label."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import numpy as np

from emotion_clf.audio import DecodeOptions, Waveform, hear, listen
from emotion_clf.audio.sound import SoundFile
from emotion_clf.errors import ModelNotFoundError, NotFoundError, StorageError
from emotion_clf.pipeline.call_embed import Cutter
from emotion_clf.pipeline.call_judge import voice_of
from emotion_clf.pipeline.call_listening import mix_of
from emotion_clf.pipeline.requests import VOICES
from emotion_clf.speech.saliency import Saliency, explain

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from emotion_clf.audio import Heard
    from emotion_clf.calls import Timeline
    from emotion_clf.pipeline.work_folder import WorkFolder
    from emotion_clf.settings import Settings
    from emotion_clf.speech import Manifest, ModelRegistry, SpeechModel, Voice


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
            listened = listen(source, self._options)
            heard = listened.heard
            speech_model = self._models.get(model)
            if voice is not None and voice.count:
                voice = voice.with_(self._embed(speech_model, heard.waveform))
            found = self._explain(heard.waveform, speech_model, label, voice)
        return _placed(found, heard).shifted(listened.start_s)

    def of_window(
        self, folder: WorkFolder, timeline: Timeline, number: int, embeddings: npt.NDArray[np.float32]
    ) -> Saliency:
        """Explain the label of a window of a call, with times in seconds of the call.

        Args:
            folder: of the call's job.
            timeline: the call.
            number: the window's place in it; it has a label and a speaker.
            embeddings: (windows, dim), zeros where nothing was embedded.

        Raises:
            NotFoundError: the call's sound is not kept any more.
            EmotionError: as `of_file`.
        """
        window = timeline.windows[number]
        heard = hear(cut_window(folder, timeline, number))
        with self._models.place():
            model = self._models.get(timeline.model_name)
            voice = None
            if model.manifest.adaptation is not None:
                voice = voice_of(timeline, embeddings, window.speaker)
            found = self._explain(heard.waveform, model, window.label or "", voice)
        return _placed(found, heard).shifted(window.start_s)

    def _explain(self, waveform: Waveform, model: SpeechModel, label: str, voice: Voice | None) -> Saliency:
        """Explain a label of a sound; the voice is the one that it was judged beside, this sound included."""

        def log_odds(sounds: Iterator[Waveform]) -> npt.NDArray[np.float64]:
            return model.log_odds(np.stack([self._embed(model, sound) for sound in sounds]), label, voice)

        return explain(log_odds, waveform)

    def _embed(self, model: SpeechModel, sound: Waveform) -> npt.NDArray[np.float32]:
        with self._models.turn():  # one pass at a time, so that others are heard in between
            return model.embed(sound)


def _placed(found: Saliency, heard: Heard) -> Saliency:
    """Put stretches of what was heard where they are in the recording; what was not heard has no effect."""
    edges = heard.recorded_s(np.append(found.start_s, found.end_s[-1]))
    edges = np.concatenate([[0.0], edges, [heard.recording.duration_s]])
    effect = np.concatenate([[0.0], found.effect, [0.0]])
    real = np.diff(edges) > 0
    return Saliency(edges[:-1][real], edges[1:][real], effect[real])


def cut_window(folder: WorkFolder, timeline: Timeline, number: int) -> Waveform:
    """Return a window of a call as it was cut out to be heard.

    Raises:
        NotFoundError: the call's sound, or what was found out of its voices, is not kept any more.
    """
    window = timeline.windows[number]
    try:
        mixes = {name: mix_of(weights) for name, weights in folder.outcome(VOICES)["mixes"].items()}
        with SoundFile(folder.sound) as sound:
            return Cutter(sound, timeline.turns, mixes).cut(window, window.speaker or "")
    except (KeyError, StorageError) as error:
        raise NotFoundError("The sound of this call is not kept any more.") from error
