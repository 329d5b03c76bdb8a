from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.visit import RESULT, check_access, check_player, use_sample, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PAGES = ("/", "/docs", "/models", "/models/embedded", "/privacy", "/nothing-here")
SIZES = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 360, "height": 740}}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_no_page_shuts_anybody_out(browser: Browser, address: str, scheme: str, size: str) -> None:
    with visiting(browser, address, color_scheme=scheme, viewport=SIZES[size], reduced_motion="reduce") as page:
        for path in PAGES:
            page.goto(path)
            expect(page.locator("html")).to_have_attribute("data-bs-theme", scheme)
            check_access(page)
        use_sample(page)
        expect(page.locator("[data-player]")).to_have_attribute("data-ready", "")
        page.get_by_text("Delete now").click()
        check_access(page)
        page.goto("/emotion")
        page.get_by_role("button", name="Hear it").click()
        page.get_by_role("button", name="Use the microphone").click()
        expect(page.get_by_role("button", name="Record", exact=True)).to_be_visible()
        check_access(page)
        page.get_by_role("tab", name="Upload").click()
        page.get_by_role("button", name="Hear it").click()
        expect(page.locator("[data-error]")).to_contain_text("No file is chosen")
        check_access(page)


def test_a_keyboard_is_enough(page: Page) -> None:
    page.goto("/emotion")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    tab_to(page, "Record")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#upload-pane")).to_be_visible()
    page.keyboard.press("ArrowLeft")

    tab_to(page, "Use the microphone")
    page.keyboard.press("Enter")
    for name in ("Record", "Pause", "Resume"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_focused()
        page.keyboard.press("Enter")
    page.wait_for_timeout(1500)
    tab_to(page, "Stop")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Play your recording")).to_be_focused()
    tab_to(page, "Hear it")
    page.keyboard.press("Enter")
    page.wait_for_url(RESULT)

    check_player(page)
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuenow", slider.get_attribute("aria-valuemax") or "")
    expect(page.locator("[data-player]")).to_have_attribute("data-playing", "false")
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuenow", "0.0")
    tab_to(page, "Delete now")
    page.keyboard.press("Enter")
    tab_to(page, "Delete for good")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The result is gone")).to_be_visible()


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the element with these words has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.innerText ?? ''").strip() == words:
            return
    raise AssertionError(f"Tab never reaches {words!r}")


def test_the_theme_is_remembered_until_it_is_the_systems_again(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/")
    page.get_by_role("button", name="Dark theme").click()
    page.goto("/privacy", wait_until="commit")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.get_by_role("button", name="Light theme").click()
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
