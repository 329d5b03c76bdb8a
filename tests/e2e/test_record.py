from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from scripts.browsing import launch
from tests.e2e.visit import RESULT, check_player, check_result, hear, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserType, Page


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def elapsed(page: Page) -> str:
    return page.locator("[data-elapsed]").inner_text()


def test_a_recording_is_paused_resumed_heard_and_sent(page: Page) -> None:
    page.goto("/emotion")
    press(page, "Use the microphone")
    expect(page.get_by_label("Microphone")).to_be_visible()
    page.wait_for_function("() => document.querySelector('[data-level]').value > 0.1")
    press(page, "Record")
    expect(page.locator("[data-elapsed]")).to_have_text("0:02")
    press(page, "Pause")
    stopped_at = elapsed(page)
    page.wait_for_timeout(1200)
    assert elapsed(page) == stopped_at
    press(page, "Resume")
    expect(page.locator("[data-elapsed]")).to_have_text("0:03")
    press(page, "Stop")
    check_player(page)

    hear(page)

    check_result(page)
    expect(page.get_by_text("It was never stored on the server.")).to_be_visible()
    check_player(page)
    headline = page.locator("h1").inner_text()
    assert "s of WebM" in page.get_by_role("row", name="Heard").inner_text()
    page.reload()
    assert page.locator("h1").inner_text() == headline
    check_result(page)
    check_player(page)


def test_recording_again_replaces_the_recording(page: Page) -> None:
    page.goto("/emotion")
    for again in (False, True):
        press(page, "Record again" if again else "Use the microphone")
        press(page, "Record")
        expect(page.locator("[data-elapsed]")).to_have_text("0:01")
        press(page, "Stop")
        expect(page.locator("#record-pane [data-player]")).to_have_attribute("data-ready", "")
    hear(page)
    check_result(page)


def test_a_recording_stops_by_itself_at_the_limit(page: Page) -> None:
    page.clock.install()
    page.goto("/emotion")
    press(page, "Use the microphone")
    press(page, "Record")
    page.clock.fast_forward(31_000)
    expect(page.get_by_role("button", name="Record again")).to_be_visible()


def test_nothing_is_sent_before_something_is_recorded(page: Page) -> None:
    page.goto("/emotion")
    press(page, "Hear it")
    expect(page.locator("[data-error]")).to_contain_text("Nothing is recorded yet")
    assert not RESULT.search(page.url)


@pytest.mark.parametrize(
    ("microphone", "title"),
    [("refused", "The microphone was refused"), (None, "No microphone was found")],
)
def test_a_microphone_that_cannot_be_used_is_explained(
    chromium: BrowserType, address: str, microphone: str | None, title: str
) -> None:
    browser: Browser = launch(chromium, microphone=microphone)  # type: ignore[arg-type]
    with visiting(browser, address, permissions=[] if microphone else ["microphone"]) as page:
        page.goto("/emotion")
        press(page, "Use the microphone")
        expect(page.get_by_role("alert").filter(has_text=title)).to_be_visible()
        expect(page.get_by_role("button", name="Use the microphone")).to_be_enabled()
    browser.close()


def test_a_lost_microphone_keeps_what_it_recorded(page: Page) -> None:
    page.add_init_script(
        """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (wish) => (window.microphoneOfTest = await ask(wish));"""
    )
    page.goto("/emotion")
    press(page, "Use the microphone")
    press(page, "Record")
    expect(page.locator("[data-elapsed]")).to_have_text("0:01")
    page.evaluate(
        """() => { const [track] = window.microphoneOfTest.getAudioTracks();
        track.stop(); track.dispatchEvent(new Event("ended")); }"""
    )
    expect(page.get_by_role("alert").filter(has_text="The microphone has gone")).to_be_visible()
    expect(page.locator("#record-pane [data-player]")).to_have_attribute("data-ready", "")
