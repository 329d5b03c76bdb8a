from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.e2e.visit import check_access
from tests.support.sound import SAMPLES

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_an_address_can_be_tried_on_the_page_that_describes_it(page: Page) -> None:
    page.goto("/docs")
    texts = page.locator("details", has=page.get_by_text("/api/v1/texts", exact=True))
    texts.locator("summary").click()
    texts.get_by_label("text (body, needed)").fill("I am so happy!")
    texts.get_by_role("button", name="Ask").click()
    expect(texts.locator("[data-answer-status]")).to_contain_text("200")
    expect(texts.locator("[data-answer-body]")).to_contain_text('"happiness"')

    clips = page.locator("details", has=page.get_by_text("/api/v1/clips", exact=True))
    clips.locator("summary").click()
    clips.get_by_label("file (body, needed)").set_input_files(SAMPLES / "even.flac")
    clips.get_by_role("button", name="Ask").click()
    expect(clips.locator("[data-answer-status]")).to_contain_text("201")
    check_access(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_wrong_key_is_told_so_on_the_page(page: Page) -> None:
    page.goto("/docs")
    page.get_by_label("Token or key").fill("eclf_wrong")
    models = page.locator("details", has=page.get_by_text("/api/v1/models", exact=True))
    models.locator("summary").click()
    models.get_by_role("button", name="Ask").click()
    expect(models.locator("[data-answer-status]")).to_contain_text("401")
    expect(models.locator("[data-answer-body]")).to_contain_text("token_invalid")
