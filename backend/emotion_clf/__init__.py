"""emotion-clf: hear or read people, say which emotion, how sure, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emotion_clf.predictor import EmotionPredictor

__version__ = "0.1.0"
__all__ = ["EmotionPredictor", "__version__"]


def __getattr__(name: str) -> object:
    """Import the Python API on first use, so that `import emotion_clf` stays light."""
    if name == "EmotionPredictor":
        from emotion_clf.predictor import EmotionPredictor

        return EmotionPredictor
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
