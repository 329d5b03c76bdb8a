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
from scripts.browsing import launch, running_app

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
COLOURS = 128


def main() -> None:
    """Start the product in a folder of its own and walk through it once per look."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as instance,
        running_app(Path(instance)) as address,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright.chromium)
        for look, options in LOOKS.items():
            context = browser.new_context(base_url=address, locale="en-GB", reduced_motion="reduce", **options)
            walk(context.new_page(), look)
            context.close()
        browser.close()


def walk(page: Page, look: str) -> None:
    """Home, the form, and the result of a sample."""
    page.goto("/", wait_until="networkidle")
    take(page, f"home-{look}")
    page.goto("/emotion", wait_until="networkidle")
    take(page, f"emotion-{look}")
    page.locator(f'button[name="sample"][value="{SAMPLE}"]').click()
    page.locator("[data-player][data-ready]").wait_for()
    page.mouse.move(0, 0)
    take(page, f"result-{look}")


def take(page: Page, name: str) -> None:
    """Save the whole page with as few colours as it needs, which keeps the file small."""
    shown = Image.open(BytesIO(page.screenshot(full_page=True, animations="disabled"))).convert("RGB")
    few = shown.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
