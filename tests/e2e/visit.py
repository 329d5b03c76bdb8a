"""A visitor: a page in a browser context of its own, and what it often does."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, ConsoleMessage, Page

PATIENCE_MS = 45_000
PROVOKED = (
    "Failed to load resource: the server responded with a status of 4",
    "Failed to load resource: net::ERR_INTERNET_DISCONNECTED",
    # EVENT_STREAMS are all taken; the page asks now and then instead.
    "Failed to load resource: the server responded with a status of 503",
)
RESULT = re.compile(r"/analyses/[0-9a-f]{32}$")

expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def visiting(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """A page whose console must be empty in the end: no error, no warning, nothing blocked by the policy."""
    context = browser.new_context(base_url=address, **options)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.extend(_complaint(message)))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
    finally:
        context.close()
    assert complaints == [], complaints


def _complaint(message: ConsoleMessage) -> list[str]:
    """What the console reports, but for the browser's own notes of the refusals that a test provokes."""
    provoked = message.text.startswith(PROVOKED)
    return [message.text] if message.type in {"error", "warning"} and not provoked else []


def use_sample(page: Page, name: str = "even") -> None:
    """From anywhere to the result of a sample clip."""
    page.goto("/emotion")
    page.locator(f'button[name="sample"][value="{name}"]').click()
    page.wait_for_url(RESULT)


def choose_file(page: Page, path: Path) -> None:
    """Open the form and choose a file on the tab for files."""
    page.goto("/emotion")
    page.get_by_role("tab", name="Upload").click()
    page.get_by_label("Choose an audio file").set_input_files(path)


def hear(page: Page) -> None:
    """Press the button and wait for the result."""
    page.get_by_role("button", name="Hear it").click()
    page.wait_for_url(RESULT)


def check_result(page: Page) -> None:
    """A headline, and bars sorted by numbers that sum to a hundred."""
    assert re.match(r"Sounds \w+|Uncertain", page.locator("h1").inner_text())
    percents = [float(text.removesuffix("%")) for text in page.locator(".bar-number").all_inner_texts()]
    assert len(percents) > 1
    assert percents == sorted(percents, reverse=True)
    assert abs(sum(percents) - 100) < 0.1 * len(percents)
    widths = [box["width"] for fill in page.locator(".bar-fill").all() if (box := fill.bounding_box())]
    assert widths == sorted(widths, reverse=True)


def check_access(page: Page) -> None:
    """Axe finds no fault, and nothing sticks out sideways."""
    # Preloading would add a style element, which the page's policy rightly blocks.
    found = Axe().run(page, options={"resultTypes": ["violations"], "preload": False})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth"), page.url


def check_player(page: Page) -> None:
    """The player shows a waveform and plays it."""
    player = page.locator("[data-player]")
    expect(player).to_have_attribute("data-ready", "")
    assert _inked(page) > 0
    player.get_by_role("button", name="Play").click()
    expect(player.get_by_role("slider")).not_to_have_attribute("aria-valuenow", "0.0")


def _inked(page: Page) -> int:
    """How many pixels of the waveform are not empty."""
    return int(
        page.evaluate(
            """() => {
              const canvas = document.querySelector("[data-player-wave] > div").shadowRoot.querySelector("canvas");
              const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
              return data.filter((value, index) => index % 4 === 3 && value > 0).length;
            }"""
        )
    )
