"""The product with a tiny text model, its worker, an administrator, and a server of speech, all real."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emotion_clf.bundles import Binned, Reference
from emotion_clf.text.manifest import TextManifest
from emotion_clf.text.taxonomy import EMOTIONS
from ml_models.evaluation.reference import add_reference
from scripts.browsing import make_admin, running_app, running_worker
from tests.support import media_server as server
from tests.support.bundles import make_onnx_bundle
from tests.support.sound import voice, wav
from tests.support.text_bundles import make_text_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.support.media_server import MediaServer

NAME = "ada"
PASSWORD = "a horse, a battery & a staple"
KNOWN = Reference(
    answers_from="words made up for a test",
    labels=dict.fromkeys(EMOTIONS, 100),
    confidence=Binned(edges=(0.4, 0.7), counts=(200, 200, 300)),
)
CAPTIONS = (
    "WEBVTT\n\n00:00.000 --> 00:01.000\nI am so happy!\n\n"
    "00:01.000 --> 00:02.000\n<v Ann>The news was exciting.\n\n00:02.000 --> 00:03.000\nI am afraid.\n"
)


@dataclass(frozen=True)
class Reading:
    """Where everything runs.

    Attributes:
        address: of the app.
        media: the server of speech.
    """

    address: str
    media: MediaServer


@contextmanager
def reading(folder: Path, **environment: str) -> Iterator[Reading]:
    """Everything started in this folder, and stopped in the end."""
    models, instance = folder / "models", folder / "instance"
    instance.mkdir()
    make_onnx_bundle(models / "tiny")
    make_text_bundle(models / "text", "tiny")
    add_reference(models / "text" / "tiny", KNOWN, TextManifest)
    with server.serving() as media:
        media.answers["/talk.wav"] = server.file(wav(voice(3.0)))
        media.answers["/en.vtt"] = server.file(CAPTIONS.encode(), "text/vtt")
        media.answers["/page"] = server.page(
            '<video src="/talk.wav"><track src="/en.vtt" srclang="en" kind="subtitles"></video>'
        )
        media.answers["/stall.wav"] = server.stall
        media.answers["/gone.wav"] = server.status(404)
        settings = {
            "MODELS_DIR": str(models),
            "MODEL": "tiny",
            "TEXT_MODEL": "tiny",
            "FETCH_HOSTS": json.dumps([media.host]),
            "FETCH_ALLOW_PRIVATE_ADDRESSES": "true",
            "FETCH_ATTEMPTS": "1",
            "JOB_LEASE_S": "3",
            **environment,
        }
        with running_app(instance, **settings) as address, running_worker(instance, **settings):
            make_admin(instance, NAME, PASSWORD, **settings)
            yield Reading(address, media)


def sign_in(page: Page) -> None:
    """From the administrators' page to the form and back."""
    page.goto("/admin")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin")
