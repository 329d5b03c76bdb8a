"""Drift, from texts that a program sends to the page an administrator reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.reading import sign_in
from tests.e2e.visit import check_access, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.e2e.reading import Reading

TEXT = "I am so happy. " * 10


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1280)])
def test_what_was_answered_stands_beside_the_training(
    browser: Browser, reading_site: Reading, scheme: str, width: int
) -> None:
    viewport = {"width": width, "height": 900}
    with visiting(browser, reading_site.address, color_scheme=scheme, viewport=viewport) as page:
        for _ in range(10):
            assert page.request.post("/predict", data={"text": TEXT}).ok
        sign_in(page)
        page.get_by_role("link", name="Drift").click()
        texts = page.get_by_role("region", name="texts")
        expect(texts.get_by_role("row", name="Which emotions")).to_contain_text("has drifted")
        expect(page.get_by_role("region", name="clips")).to_contain_text("This model brings no reference.")
        texts.get_by_text("Bin by bin").click()
        expect(texts.get_by_role("row", name="happiness").or_(texts.get_by_role("row", name="happy"))).to_be_visible()
        check_access(page)
        page.get_by_role("link", name="Today").click()
        expect(page.get_by_role("link", name="Today")).to_have_attribute("aria-current", "page")
