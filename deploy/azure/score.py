"""What Azure ML's inference server calls: `init` once in each worker, `run` for each request.

The contract is that of AIP_PREDICT_ROUTE: {"instances": […]} → {"predictions": […]}; see docs/deploy.md.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from flask import Response

from emotion_clf.errors import EmotionError
from emotion_clf.pipeline import ClipAnalyser
from emotion_clf.pipeline.instances import InstanceAnalyser, refusal
from emotion_clf.pipeline.texts import TextAnalyser
from emotion_clf.settings import get_settings
from emotion_clf.speech import ModelRegistry
from emotion_clf.text.registry import TextModelRegistry

log = logging.getLogger("azmlinfsrv.emotion_clf")
made: dict[str, InstanceAnalyser] = {}


def init() -> None:
    """Load both kinds of model; the endpoint is ready only after it."""
    settings = get_settings()
    models, text_models = ModelRegistry(settings), TextModelRegistry(settings)
    models.warm_up()
    text_models.warm_up()
    made["analyser"] = InstanceAnalyser(
        (models, ClipAnalyser(models, settings)), (text_models, TextAnalyser(text_models, settings)), settings
    )


def run(raw_data: str) -> dict[str, Any] | Response:
    """Answer one request.

    Args:
        raw_data: its body.

    Returns:
        The answer, or a problem (RFC 9457) with its status.
    """
    try:
        return made["analyser"].answer(raw_data)
    except EmotionError as error:
        return problem(error)
    except Exception:
        log.exception("unexpected error")
        return problem(EmotionError("The server met a fault of its own. Try again; the operator finds it in the log."))


def problem(error: EmotionError) -> Response:
    """An error with its status, and when to come back."""
    headers = {} if error.retry_after_s is None else {"Retry-After": str(error.retry_after_s)}
    return Response(
        json.dumps({"type": "about:blank", **refusal(error)}),
        error.status,
        headers,
        mimetype="application/problem+json",
    )
