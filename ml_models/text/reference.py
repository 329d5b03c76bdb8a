"""The reference of a text bundle: its answers to the official test split, from which it has not learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotion_clf.text.taxonomy import EMOTIONS
from ml_models.evaluation.reference import reference
from ml_models.text.examples import read_goemotions

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_clf.bundles import Reference
    from emotion_clf.text.model import TextModel


def text_reference(model: TextModel, goemotions: Path, *, limit: int | None = None) -> Reference:
    """Let a bundle answer and count that; nothing of a text bundle's embeddings is compared.

    Args:
        model: a loaded bundle.
        goemotions: folder of GoEmotions.
        limit: only the first so many texts, to try a command.

    Raises:
        TrainingDataError: a file is missing.
    """
    texts = read_goemotions(goemotions, "test").take(limit).texts
    answers = model.predict(texts, context=False)
    return reference(
        EMOTIONS,
        [(answer.emotion, answer.confidence) for answer in answers],
        answers_from=f"answers to the {len(texts):,} comments of GoEmotions' test split",
    )
