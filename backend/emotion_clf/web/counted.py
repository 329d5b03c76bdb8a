"""Answers counted for the watch over the models, once they have gone out."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from flask import after_this_request

from emotion_clf.errors import EmotionError
from emotion_clf.pipeline.observations import clip_observed, text_observed
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Response

    from emotion_clf.pipeline.observations import Observation
    from emotion_clf.pipeline.texts import TextAnalysis
    from emotion_clf.speech import EmotionPrediction

log = logging.getLogger(__name__)


def count_clip(found: EmotionPrediction) -> None:
    """Count the answer for a clip that somebody sent."""
    models = services().models
    _count(lambda: clip_observed(models, found))


def count_text(found: TextAnalysis, *, texts: int = 1) -> None:
    """Count the answers for the sentences of a text, or of several texts."""
    models = services().text_models
    _count(lambda: text_observed(models, found.model_name, found.sentences, texts=texts))


def _count(observe: Callable[[], Observation | None]) -> None:
    """Count now, write when the answer is out: nobody waits for the database, and nothing fails for it."""
    observer = services().observer
    if not observer.keeps:
        return
    try:
        observation = observe()
    except EmotionError:
        log.exception("an answer cannot be counted")
        return
    if observation is None:
        return
    observer.note(observation)

    @after_this_request
    def _write(response: Response) -> Response:
        response.call_on_close(observer.flush)
        return response
