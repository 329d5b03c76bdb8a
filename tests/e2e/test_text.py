"""The public page that reads a text, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.visit import check_access, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.e2e.reading import Reading

TEXT = "I am so happy! The bus leaves at ten. I was afraid of the news."
PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_text_is_read_and_explained(browser: Browser, reading_site: Reading, scripts: bool) -> None:
    with visiting(browser, reading_site.address, java_script_enabled=scripts) as page:
        page.goto("/")
        page.get_by_role("navigation", name="Main").get_by_role("link", name="Read a text").click()
        page.get_by_label("Your text").fill(TEXT)
        page.get_by_role("button", name="Read it").click()
        rows = page.locator(".sentence")
        expect(rows).to_have_count(3)
        for row, emotion in zip(rows.all(), ("happiness", "neutral", "fear"), strict=True):
            expect(row).to_contain_text(emotion)
        rows.nth(2).get_by_role("button", name="Why").click()
        explained = page.locator("[data-explained]")
        expect(explained.locator(".said mark.cue-4")).to_have_text("afraid")
        expect(explained).to_contain_text("speaks for it")
        expect(explained).to_be_in_viewport()
        expect(page.get_by_label("Your text")).to_have_value(TEXT)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_shuts_nobody_out(browser: Browser, reading_site: Reading, scheme: str) -> None:
    options = {"color_scheme": scheme, "viewport": PHONE, "reduced_motion": "reduce"}
    with visiting(browser, reading_site.address, **options) as page:
        page.goto("/text")
        check_access(page)
        page.get_by_role("button", name="Read it").click()
        expect(page.get_by_role("alert")).to_contain_text("at least one sentence")
        check_access(page)
        page.get_by_label("Your text").fill(TEXT)
        page.get_by_role("button", name="Read it").click()
        page.get_by_role("button", name="Why").first.click()
        expect(page.locator("[data-explained]")).to_be_visible()
        check_access(page)
