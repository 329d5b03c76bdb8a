"""Is the process alive; can it answer."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from flask import Blueprint, current_app, jsonify

from emotion_clf.doctor import surroundings
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.blueprints import BlueprintSetupState
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("health", __name__, url_prefix="/health")

# Anybody may ask, so what is behind this server is bothered no more often.
LOOKS_EVERY_S: Final = 2.0
_LAST_LOOK: Final = "emotion_clf_last_look"

Checks = dict[str, bool]


class LastLook:
    """The checks of what lies outside this process, done once for all who ask within two seconds."""

    def __init__(self, look: Callable[[], Checks], clock: Callable[[], float] = time.monotonic) -> None:
        self._look = look
        self._clock = clock
        self._found: Checks = {}
        self._looked_at_s = float("-inf")
        self._turn = threading.Lock()

    def checks(self) -> Checks:
        """Each check by its name, and whether it went well."""
        with self._turn:
            if self._clock() - self._looked_at_s >= LOOKS_EVERY_S:
                self._found = self._look()
                self._looked_at_s = self._clock()
            return dict(self._found)


@blueprint.record_once
def _look_now_and_then(state: BlueprintSetupState) -> None:
    state.app.extensions[_LAST_LOOK] = LastLook(_outside)


@blueprint.get("")
def summary() -> ResponseReturnValue:
    """The process answers, in its shortest form."""
    return live()


@blueprint.get("/live")
def live() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/ready")
def ready() -> ResponseReturnValue:
    """The models are loaded, and what lies behind this server is there.

    Only names and yes or no: `emotion-clf doctor` makes the same checks and says what mends them.
    """
    last_look: LastLook = current_app.extensions[_LAST_LOOK]
    return told({**models_ready(), **last_look.checks()})


def models_ready() -> dict[str, bool]:
    """Which default models are loaded; a server without a text model does without."""
    text_models = services().text_models
    return {"model": services().models.ready, "text_model": text_models.ready or not text_models.folders()}


def told(checks: dict[str, bool]) -> ResponseReturnValue:
    """The outcome of some checks, and the status of it."""
    ok = all(checks.values())
    return jsonify(status="ok" if ok else "not ready", checks=checks), 200 if ok else 503


def _outside() -> Checks:
    settings, opened = services().settings, services().database
    database = surroundings.database(settings, opened)
    checks = {
        "database": database.ok,
        "broker": surroundings.broker(settings).ok,
        "disk": surroundings.disk(settings).ok,
    }
    clock = surroundings.clock(settings, opened) if database.ok else None
    if clock is not None:
        checks["clock"] = clock.ok
    return checks | ({"media": surroundings.media(settings, gently=True).ok} if settings.media_url else {})
