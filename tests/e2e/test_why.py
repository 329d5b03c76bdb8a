"""Why, painted over the waveform, and the answer to whether it was right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from scripts.browsing import make_admin, running_app
from tests.e2e.visit import check_access, choose_file, hear, use_sample, visiting

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page


def ask_why(page: Page) -> None:
    """Press the button and wait for what is painted."""
    expect(page.locator("[data-player]")).to_have_attribute("data-ready", "")
    page.get_by_role("button", name="Why").click()
    expect(page.locator(".why-heat rect").first).to_be_attached()


def test_why_is_painted_over_the_whole_waveform_and_told(page: Page) -> None:
    use_sample(page, "raised")
    ask_why(page)
    expect(page.locator("[data-why-said]")).to_contain_text("is heard from")
    heat, wave = page.locator(".why-heat").bounding_box(), page.locator("[data-player-wave]").bounding_box()
    assert heat is not None
    assert wave is not None
    assert (heat["x"], heat["width"]) == (wave["x"], wave["width"])
    bands = page.locator(".why-heat rect")
    edges = [box for band in bands.all() if (box := band.bounding_box())]
    assert len(edges) == bands.count() > 10
    assert edges[0]["x"] == pytest.approx(wave["x"], abs=1)
    assert edges[-1]["x"] + edges[-1]["width"] == pytest.approx(wave["x"] + wave["width"], abs=1)
    page.get_by_text("The same as a table").click()
    assert page.locator("[data-why-rows] tr").count() == len(edges)
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("slider")).not_to_have_attribute("aria-valuenow", "0.0")
    ask_why(page)
    assert page.locator(".why-heat").count() == 1


def test_a_recording_that_only_this_browser_has_is_explained(page: Page, voice_file: Path) -> None:
    choose_file(page, voice_file)
    hear(page)
    expect(page.get_by_text("It was never stored on the server.")).to_be_visible()
    ask_why(page)
    page.reload()
    ask_why(page)
    page.evaluate("() => new Promise((done) => { indexedDB.deleteDatabase('emotion-clf').onsuccess = done; })")
    page.reload()
    expect(page.get_by_text("The recording was not kept")).to_be_visible()
    expect(page.get_by_role("button", name="Why")).to_be_hidden()


def test_why_and_whether_it_was_right_work_without_scripts(browser: Browser, address: str) -> None:
    with visiting(browser, address, java_script_enabled=False) as page:
        use_sample(page)
        page.get_by_role("button", name="Why").click()
        assert "why=1" in page.url
        expect(page.locator(".why-chart rect").first).to_be_visible()
        page.get_by_role("button", name="Yes, it was").click()
        expect(page.get_by_text("You said it was right.")).to_be_visible()
        page.get_by_role("button", name="Take it back").click()
        expect(page.get_by_text("Taken back")).to_be_visible()


def test_feedback_is_changed_and_reaches_the_administrator(browser: Browser, tmp_path: Path) -> None:
    password = "a horse, a battery & a staple"
    with running_app(tmp_path) as address:
        make_admin(tmp_path, "ada", password)
        with visiting(browser, address) as page:
            use_sample(page)
            page.get_by_role("button", name="Yes, it was").click()
            expect(page.get_by_text("Thank you")).to_be_visible()
            page.get_by_label("No, it was rather").select_option(index=1)
            said = page.get_by_label("No, it was rather").locator("option:checked").inner_text()
            page.get_by_role("button", name="Say so").click()
            expect(page.locator("[data-feedback]")).to_contain_text(f"rather {said}")
            check_access(page)
            page.goto("/admin/login")
            page.get_by_label("Name").fill("ada")
            page.get_by_label("Password").fill(password)
            page.get_by_role("button", name="Sign in").click()
            page.get_by_role("link", name="Feedback").click()
            expect(page.get_by_role("row", name="Called right")).to_contain_text("0, 0 %")
            check_access(page)
            with page.expect_download() as download:
                page.get_by_role("link", name="CSV").click()
            assert "clip," in download.value.path().read_text("utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_explained_result_shuts_nobody_out(browser: Browser, address: str, scheme: str, width: int) -> None:
    look = {"color_scheme": scheme, "viewport": {"width": width, "height": 844}, "reduced_motion": "reduce"}
    with visiting(browser, address, **look) as page:
        use_sample(page, "low")
        ask_why(page)
        page.get_by_text("The same as a table").click()
        check_access(page)
