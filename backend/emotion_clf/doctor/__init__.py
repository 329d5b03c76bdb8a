"""Is everything there that an answer needs, and if not, what mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotion_clf.doctor import models, programs, surroundings
from emotion_clf.doctor.finding import Finding

if TYPE_CHECKING:
    from emotion_clf.settings import Settings

__all__ = ["Finding", "examine"]


def examine(settings: Settings) -> list[Finding]:
    """Look at other people's programs, every installed model, and all that this lives in, from database to worker."""
    broker, database = surroundings.broker(settings), surroundings.database(settings)
    clock = surroundings.clock(settings) if database.ok else None
    return [
        programs.decoder(settings),
        programs.fetcher(),
        *programs.engines(settings),
        *models.speech_models(settings),
        *models.text_models(settings),
        database,
        surroundings.writable("instance folder", settings.instance_dir),
        surroundings.disk(settings),
        *([surroundings.media(settings)] if settings.media_url else []),
        broker,
        *([surroundings.worker(settings)] if broker.ok else []),
        *([] if clock is None else [clock]),
    ]
