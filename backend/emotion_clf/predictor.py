"""The Python API: `EmotionPredictor().predict_audio("clip.wav")`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotion_clf.pipeline import ClipAnalyser, ClipAnalysis
from emotion_clf.settings import Settings, get_settings
from emotion_clf.speech import ModelRegistry

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["EmotionPredictor"]


class EmotionPredictor:
    """Hears clips with one model, loaded at the first use.

    Example:
        >>> from emotion_clf import EmotionPredictor
        >>> analysis = EmotionPredictor().predict_audio("static/samples/even.flac")
        >>> round(sum(analysis.prediction.probabilities.values()), 6)
        1.0
    """

    def __init__(self, model: str | None = None, settings: Settings | None = None) -> None:
        """Choose a model.

        Args:
            model: name of an installed bundle, None for the default.
            settings: limits and folders, None for those of this process.
        """
        settings = settings or get_settings()
        self._model = model
        self._analyser = ClipAnalyser(ModelRegistry(settings), settings)

    def predict_audio(self, path: Path | str) -> ClipAnalysis:
        """Say which emotion is heard in a file.

        Args:
            path: WAV, MP3, FLAC, OGG, WebM, MP4/M4A or AAC, of any sample rate and number of channels.

        Raises:
            EmotionError: the file or the model cannot be used; the message says what to do.
        """
        return self._analyser.analyse_path(path, self._model).analysis
