"""The Python API: `EmotionPredictor().predict_audio("clip.wav")`, `EmotionPredictor().predict(["Exciting news!"])`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from emotion_clf.errors import AudioError, InvalidItemError, UnsupportedAudioError
from emotion_clf.pipeline import ClipAnalyser, ClipAnalysis
from emotion_clf.pipeline.call_reports import CallReport
from emotion_clf.pipeline.call_requests import CallOptions
from emotion_clf.pipeline.calls import CallSteps
from emotion_clf.pipeline.texts import TextAnalyser
from emotion_clf.settings import Settings, get_settings
from emotion_clf.speech import ModelRegistry, Voice
from emotion_clf.text.registry import TextModelRegistry

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from emotion_clf.pipeline.call_requests import SpeakersFrom
    from emotion_clf.text import TextEmotion

__all__ = ["EmotionPredictor"]


class EmotionPredictor:
    """Hears clips and calls with one model and reads sentences with another, each loaded at the first use.

    Example:
        >>> from emotion_clf import EmotionPredictor
        >>> analysis = EmotionPredictor().predict_audio("static/samples/even.flac")
        >>> round(sum(analysis.prediction.probabilities.values()), 6)
        1.0
    """

    def __init__(
        self, model: str | None = None, settings: Settings | None = None, *, text_model: str | None = None
    ) -> None:
        """Choose the models.

        Args:
            model: name of an installed speech bundle, None for the default.
            settings: limits and folders, None for those of this process.
            text_model: name of an installed text bundle, None for the default.
        """
        settings = settings or get_settings()
        self._model = model
        models = ModelRegistry(settings)
        self._analyser = ClipAnalyser(models, settings)
        self._calls = CallSteps(settings, models)
        self._text_model = text_model
        self._texts = TextAnalyser(TextModelRegistry(settings), settings)

    def predict(self, sentences: Sequence[str] | str) -> list[TextEmotion]:
        """Say which emotion is read in each of some sentences that have nothing to do with each other.

        Args:
            sentences: the sentences; a single one may be given as it is.

        Returns:
            One answer a sentence, in the same order.

        Raises:
            InvalidItemError: an item is no text: None, a number, bytes. The message says which.
            EmptyTextError: a sentence is blank.
            TextTooLongError: a sentence is longer than TEXT_MAX_BYTES; all of them together may be.
            EmotionError: the model cannot be used; the message says what to do.
        """
        chosen = _listed(sentences)
        return list(self._texts.analyse_many(chosen, self._text_model).sentences) if chosen else []

    def predict_audio(
        self, path: Path | str, same_voice: Voice | Iterable[Path | str] | Path | str = ()
    ) -> ClipAnalysis:
        """Say which emotion is heard in a file.

        Args:
            path: a recording of any format in docs/users.md, sample rate and number of channels.
            same_voice: other clips of the same voice, as files or as the `Voice` that `hear_voice` made of them; the
                answer is normalised by them.

        Raises:
            NotAdaptableError: there are other clips, and the model was not trained to use them.
            EmotionError: a file or the model cannot be used; the message says what to do.
        """
        voice = same_voice if isinstance(same_voice, Voice) else self.hear_voice(same_voice)
        return self._analyser.analyse_path(path, self._model, voice).analysis

    def analyze_call(
        self,
        path: Path | str,
        customer: str | None = None,
        speakers: SpeakersFrom = "auto",
        hop_s: float | None = None,
    ) -> CallReport:
        """Say how a recorded call went: who speaks when, what the customer's voice sounds like, and a score.

        Args:
            path: a file as `predict_audio` takes it, of up to CALL_MAX_S.
            customer: the speaker who is the customer: `left` or `right`, or `A`, `B` and so on; None: guessed.
            speakers: how speakers are told apart: `channels`, `voices`, `one` for not at all, or `auto`.
            hop_s: from the start of one window to the start of the next, in seconds; None: CALL_HOP_S.

        Raises:
            InvalidRequestError: there is no such speaker, or no such way to tell them apart.
            EmotionError: the file or the model cannot be used; the message says what to do.
        """
        options = CallOptions(self._model, customer, speakers, hop_s)
        with tempfile.TemporaryDirectory(prefix="emotion-clf-") as folder:
            analysis = self._calls.analyse(Path(path), options, Path(folder))
        return CallReport.of(Path(path).name, analysis.timeline)

    def hear_voice(self, paths: Iterable[Path | str] | Path | str) -> Voice:
        """Get to know a voice once, to predict several of its clips.

        Args:
            paths: clips of one voice.

        Raises:
            EmotionError: as `predict_audio`.
        """
        chosen = [paths] if isinstance(paths, str | Path) else paths
        return Voice.of([self._embed(path) for path in chosen])

    def _embed(self, path: Path | str) -> npt.NDArray[np.float32]:
        """Embed one clip of a voice; a refusal names the file, of which there may be many."""
        try:
            return self._analyser.embed_path(path, self._model)
        except (AudioError, UnsupportedAudioError) as error:
            raise type(error)(f"{Path(path).name}, a clip of the same voice: {error.message}") from error


def _listed(sentences: Sequence[str] | str) -> list[str]:
    """Return the sentences as a list.

    Raises:
        InvalidItemError: bytes, a number or anything else that holds no sentences was given.
    """
    if isinstance(sentences, str):
        return [sentences]
    if isinstance(sentences, bytes | bytearray | memoryview | Mapping) or not isinstance(sentences, Iterable):
        kind = type(sentences).__name__
        raise InvalidItemError(f"A text or a list of texts is needed, not {kind}. Decode bytes to a text first.")
    return list(sentences)
