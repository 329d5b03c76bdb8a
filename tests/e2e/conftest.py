from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import soundfile
from playwright.sync_api import sync_playwright

from scripts.browsing import launch, running_app
from tests.e2e.calling import calling
from tests.e2e.reading import reading
from tests.e2e.visit import visiting
from tests.support.sound import real_clips

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserType, Page

    from tests.e2e.calling import Calling
    from tests.e2e.reading import Reading


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The product as it ships, behind a real server."""
    with running_app(tmp_path_factory.mktemp("instance")) as running:
        yield running


@pytest.fixture(scope="session")
def reading_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reading]:
    """The product with a tiny text model, its worker, an administrator, and a server of speech."""
    with reading(tmp_path_factory.mktemp("reading")) as site:
        yield site


@pytest.fixture(scope="session")
def call_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calling]:
    """The product with a tiny speech model, its worker, and a recording of a call."""
    with calling(tmp_path_factory.mktemp("calling")) as site:
        yield site


@pytest.fixture(scope="session")
def chromium() -> Iterator[BrowserType]:
    if os.environ.get("SKIP_BROWSER_TESTS"):
        pytest.skip("SKIP_BROWSER_TESTS is set")
    with sync_playwright() as playwright:
        yield playwright.chromium


@pytest.fixture(scope="session")
def voice_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of real speech where it is at hand, as a WAV file."""
    samples, rate_hz = soundfile.read(real_clips(8)[-1])
    path = tmp_path_factory.mktemp("voice") / "voice.wav"
    soundfile.write(path, samples, rate_hz, subtype="PCM_16")
    return path


@pytest.fixture(scope="session")
def browser(chromium: BrowserType, voice_file: Path) -> Iterator[Browser]:
    """A browser that hears `voice_file` over and over."""
    browser = launch(chromium, microphone=voice_file)
    yield browser
    browser.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with visiting(browser, address) as page:
        yield page
