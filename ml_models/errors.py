"""What can be wrong with training data and recipes."""

from __future__ import annotations


class TrainingDataError(Exception):
    """The data cannot be trained on; the message says what is wrong and what would do."""
