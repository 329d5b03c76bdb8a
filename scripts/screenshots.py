"""Take the screenshots of the README from the running product: `make screenshots`.

The same product gives the same pictures, but for the date and the milliseconds that a result shows.
"""

from __future__ import annotations

import tempfile
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image
from playwright.sync_api import sync_playwright

from emotion_clf.settings import PROJECT_DIR
from scripts.browsing import launch, make_admin, running_app, running_worker

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDER = PROJECT_DIR / "docs" / "images"
DESKTOP = {"width": 1280, "height": 800}
LOOKS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": DESKTOP, "color_scheme": "light"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
    "dark": {"viewport": DESKTOP, "color_scheme": "dark"},
}
SAMPLE = "raised"
TEXT = (
    "I have called four times and nobody called me back! I am so disappointed. "
    "Then your colleague sorted it all out in a minute. Thank you, that was wonderful."
)
ADMIN = ("ada", "a horse, a battery and a staple")
WORKS_MS = 120_000
COLOURS = 128


def main() -> None:
    """Start the product in a folder of its own and walk through it once per look."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as instance,
        running_app(Path(instance)) as address,
        running_worker(Path(instance)),
        sync_playwright() as playwright,
    ):
        make_admin(Path(instance), *ADMIN)
        browser = launch(playwright.chromium)
        for look, options in LOOKS.items():
            context = browser.new_context(base_url=address, locale="en-GB", reduced_motion="reduce", **options)
            page = context.new_page()
            page.set_default_timeout(WORKS_MS)
            for area in (clip, call, text, live, reading):
                area(page, look)
            context.close()
        browser.close()


def clip(page: Page, look: str) -> None:
    """Home, the form, and the result of a sample."""
    page.goto("/", wait_until="networkidle")
    take(page, f"home-{look}")
    page.goto("/emotion", wait_until="networkidle")
    take(page, f"emotion-{look}")
    page.locator(f'button[name="sample"][value="{SAMPLE}"]').click()
    page.locator("[data-player][data-ready]").wait_for()
    page.mouse.move(0, 0)
    take(page, f"result-{look}")


def call(page: Page, look: str) -> None:
    """The form for calls, and the sample call's timeline."""
    page.goto("/calls", wait_until="networkidle")
    take(page, f"calls-{look}")
    page.locator('button[name="sample"]').click()
    page.locator("[data-job-state].state-succeeded, [data-call]").first.wait_for()
    page.mouse.move(0, 0)
    page.wait_for_load_state("networkidle")
    take(page, f"call-{look}")


def text(page: Page, look: str) -> None:
    """A text that was read."""
    page.goto("/text", wait_until="networkidle")
    page.get_by_role("textbox").fill(TEXT)
    page.get_by_role("button", name="Read it").click()
    page.locator(".sentence").first.wait_for()
    take(page, f"text-{look}")


def live(page: Page, look: str) -> None:
    """The page that listens, before it does."""
    page.goto("/live", wait_until="networkidle")
    take(page, f"live-{look}")


def reading(page: Page, look: str) -> None:
    """A job of an administrator, done."""
    page.goto("/admin")
    page.get_by_label("Name").fill(ADMIN[0])
    page.get_by_label("Password").fill(ADMIN[1])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("tab", name="Text").click()
    page.get_by_label("Text, in English").fill(TEXT)
    page.get_by_role("button", name="Read the text").click()
    page.locator(".sentence").first.wait_for()
    page.wait_for_load_state("networkidle")
    take(page, f"job-{look}")


def take(page: Page, name: str) -> None:
    """Save the whole page with as few colours as it needs, which keeps the file small."""
    shown = Image.open(BytesIO(page.screenshot(full_page=True, animations="disabled"))).convert("RGB")
    few = shown.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
