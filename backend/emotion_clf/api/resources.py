"""What the API needs beside the rooms of the pages, made once per process and found through the running app."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import current_app

from emotion_clf.api.limits import RateLimits
from emotion_clf.storage import ApiKeyStore, Repeats, Revocations, WebhookStore

if TYPE_CHECKING:
    from flask import Flask

    from emotion_clf.settings import Settings
    from emotion_clf.web.services import Services

_KEY = "emotion_clf_api"


@dataclass(frozen=True, slots=True)
class Resources:
    """Who may ask, how often, and what was answered before."""

    keys: ApiKeyStore
    revocations: Revocations
    repeats: Repeats
    webhooks: WebhookStore
    limits: RateLimits


def provide(app: Flask, settings: Settings) -> None:
    """Put the resources where `resources` finds them."""
    database = cast("Services", app.extensions["emotion_clf"]).database
    app.extensions[_KEY] = Resources(
        ApiKeyStore(database), Revocations(database), Repeats(database), WebhookStore(database), RateLimits(settings)
    )


def resources() -> Resources:
    """The resources of the running app."""
    return cast("Resources", current_app.extensions[_KEY])
