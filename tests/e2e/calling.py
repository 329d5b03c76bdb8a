"""The product with its worker and a tiny model for speech, and a call to send it."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ
from scripts.browsing import running_app, running_worker
from tests.support.bundles import make_onnx_bundle
from tests.support.sound import voice, wav
from tests.support.text_bundles import make_text_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

CALL_PAGE: Final = re.compile(r"/calls/[0-9a-f]{32}$")
DONE_MS: Final = 90_000
_TURN_S: Final = 5.0
_TURNS: Final = 8


@dataclass(frozen=True)
class Calling:
    """Where everything runs.

    Attributes:
        address: of the app.
        recording: a call of two people, one on each channel.
        instance: the folder of everything that changes.
    """

    address: str
    recording: Path
    instance: Path


@contextmanager
def calling(folder: Path) -> Iterator[Calling]:
    """Everything started in this folder, and stopped in the end."""
    models, instance = folder / "models", folder / "instance"
    instance.mkdir()
    make_onnx_bundle(models / "tiny")
    make_text_bundle(models / "text", "tiny")
    recording = folder / "Mrs Doe & the printer.wav"
    recording.write_bytes(wav(conversation()))
    settings = {"MODELS_DIR": str(models), "MODEL": "tiny", "TEXT_MODEL": "tiny", "CALL_WAITING": "20"}
    with running_app(instance, **settings) as address, running_worker(instance, **settings):
        yield Calling(address, recording, instance)


def conversation() -> np.ndarray:
    """Two people in turn, float32 of shape (n, 2); the one on the right gets louder."""
    length = round(_TURN_S * SAMPLE_RATE_HZ)
    said = voice(_TURN_S - 0.5)
    samples = np.zeros((_TURNS * length, 2), np.float32)
    for place in range(_TURNS):
        begin = place * length
        loud = 0.6 if place % 2 == 0 else 0.3 + 0.08 * place
        samples[begin : begin + len(said), place % 2] = loud * said
    return samples


def send(page: Page, site: Calling) -> None:
    """From anywhere to the page of a call that is analysed."""
    page.goto("/calls")
    page.locator("#audio").set_input_files(site.recording)
    page.get_by_role("button", name="Analyse the call").click()
    page.wait_for_url(CALL_PAGE)
    page.locator("[data-call-chart][data-ready]").wait_for(timeout=DONE_MS)
