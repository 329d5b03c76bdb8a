"""Leave to do what costs much, asked of the door that counts: this one knows nothing of limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

_KEY = "emotion_clf_allowance"


def count_with(app: Flask, count: Callable[[str], None]) -> None:
    """Let a function count what is done, by its kind; it raises where that is too much."""
    app.extensions[_KEY] = count


def count_explanation() -> None:
    """Count an explanation before it is made.

    Raises:
        EmotionError: the caller has had too many.
    """
    cast("Callable[[str], None]", current_app.extensions[_KEY])("explanations")
