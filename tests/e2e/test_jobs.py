"""Addresses, files and texts through a real browser, server, worker, yt-dlp and engine."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Error, expect

from tests.e2e.reading import CAPTIONS, sign_in
from tests.e2e.visit import check_access, visiting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.e2e.reading import Reading

JOB = re.compile(r"/admin/jobs/[0-9a-f]{32}")
DONE_MS = 90_000


@pytest.fixture
def admin_page(browser: Browser, reading_site: Reading) -> Iterator[Page]:
    with visiting(browser, reading_site.address) as page:
        sign_in(page)
        yield page


def send_address(page: Page, address: str) -> None:
    page.goto("/admin")
    page.get_by_label("Address of a video").fill(address)
    page.get_by_role("button", name="Fetch and read").click()
    page.wait_for_url(JOB)


def ended(page: Page, state: str) -> None:
    """Wait until the page was loaded again and shows how the job ended."""
    expect(page.locator('[data-job][data-ended="true"]')).to_be_visible(timeout=DONE_MS)
    expect(page.locator("[data-job-state]")).to_have_text(re.compile(state))


def done(page: Page) -> None:
    """Wait until the page itself shows the result."""
    ended(page, "done")


def test_speech_from_an_address_becomes_sentences(admin_page: Page, reading_site: Reading) -> None:
    page = admin_page
    send_address(page, reading_site.media.url("/talk.wav"))
    expect(page.locator("[data-step]")).to_have_count(4)
    with suppress(Error):  # it may be loading itself again just then
        page.reload()  # survives it
    done(page)
    rows = page.locator(".sentence")
    assert rows.count() >= 1
    assert re.search(r"\w+ .*\d+ %", rows.first.inner_text(), re.DOTALL)
    expect(page.get_by_text("How far to trust it.")).to_be_visible()
    page.get_by_text("Steps", exact=True).click()
    for step in page.locator("[data-step]").all():
        expect(step).to_have_attribute("data-state", re.compile("done|skipped"))
    page.goto("/admin")
    expect(page.locator(".job-row").first).to_contain_text("done")


def test_the_player_and_the_transcript_follow_each_other(admin_page: Page, tmp_path: Path) -> None:
    page = admin_page
    from tests.support.sound import voice, wav

    sound = tmp_path / "call.wav"
    sound.write_bytes(wav(voice(6.0)))
    page.get_by_role("tab", name="File").click()
    page.get_by_label("Recording, captions").set_input_files(sound)
    page.get_by_text("Options").click()
    page.get_by_label("Whisper").check()
    page.get_by_role("button", name="Upload and read").click()
    page.wait_for_url(JOB)
    done(page)
    page.locator("[data-seek]").last.click()
    last = page.locator(".sentence").last
    expect(last).to_have_class(re.compile("is-current"))
    expect(last).to_have_attribute("aria-current", "true")
    start = float(last.get_attribute("data-start") or "nan")
    assert page.evaluate("() => document.querySelector('audio').currentTime") >= start - 0.1
    lane = page.locator("[data-lane]").first
    expect(lane.locator("[data-now]")).to_have_attribute("x1", re.compile("^[1-9]"))
    page.evaluate("() => document.querySelector('audio').pause()")
    lane.click(position={"x": 2, "y": 5})
    assert page.evaluate("() => document.querySelector('audio').currentTime") < 1.0


def test_captions_of_a_file_are_searched_filtered_and_taken_away(admin_page: Page, tmp_path: Path) -> None:
    page = admin_page
    captions = tmp_path / "talk.vtt"
    captions.write_text(CAPTIONS, encoding="utf-8")
    page.get_by_role("tab", name="File").click()
    page.get_by_label("Recording, captions").set_input_files(captions)
    page.get_by_role("button", name="Upload and read").click()
    page.wait_for_url(JOB)
    done(page)
    expect(page.locator(".sentence .emotion")).to_have_text([re.compile("happiness")] * 2 + [re.compile("fear")])
    expect(page.locator(".sentence").nth(1)).to_contain_text("Ann:")
    page.get_by_label("Emotion", exact=True).select_option("fear")
    page.get_by_role("search").get_by_role("button", name="Find").click()
    expect(page.locator(".sentence")).to_have_count(1)
    expect(page.get_by_text("1 of 3 sentences")).to_be_visible()
    for name, ending in (("CSV", "csv"), ("JSON", "json"), ("WebVTT", "vtt"), ("SRT", "srt")):
        with page.expect_download() as taken:
            page.get_by_role("link", name=name, exact=True).click()
        assert taken.value.suggested_filename.endswith(f".{ending}")
        assert "I am so happy!" in taken.value.path().read_text(encoding="utf-8")


def test_without_scripts_a_text_is_read_too(browser: Browser, reading_site: Reading) -> None:
    with visiting(browser, reading_site.address, java_script_enabled=False) as page:
        sign_in(page)
        page.get_by_label("Text, in English").fill("I am happy. I am sad.")
        page.get_by_role("button", name="Read the text").click()
        page.wait_for_url(JOB)
        done(page)  # the page renews itself
        expect(page.locator(".sentence")).to_have_count(2)


def test_a_job_is_cancelled_while_it_runs_tried_again_and_deleted(admin_page: Page, reading_site: Reading) -> None:
    page = admin_page
    send_address(page, reading_site.media.url("/stall.wav"))
    expect(page.locator('[data-step="fetch"]')).to_have_attribute("data-state", "running", timeout=DONE_MS)
    page.get_by_role("button", name="Cancel").click()
    ended(page, "cancelled")
    with page.expect_navigation():
        page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    expect(page.locator('[data-step="fetch"]')).to_have_attribute("data-state", "running", timeout=DONE_MS)
    page.get_by_text("Delete now").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("The job is gone")).to_be_visible()


def test_a_failure_says_what_to_do(admin_page: Page, reading_site: Reading) -> None:
    page = admin_page
    send_address(page, reading_site.media.url("/gone.wav"))
    ended(page, "failed")
    expect(page.get_by_text("It failed.")).to_be_visible()
    expect(page.locator('[data-step="fetch"]')).to_have_attribute("data-state", "failed")
    send = page.goto("/admin")
    assert send is not None
    page.get_by_label("Address of a video").fill("https://youtube.com.evil.test/watch?v=dQw4w9WgXcQ")
    page.get_by_role("button", name="Fetch and read").click()
    expect(page.get_by_role("alert")).to_be_visible()


def test_polling_takes_over_where_no_stream_is_left(admin_page: Page, reading_site: Reading) -> None:
    page = admin_page
    page.route("**/events", lambda route: route.fulfill(status=503, body="full"))
    with page.expect_response(lambda answer: answer.url.endswith(".json")):
        send_address(page, reading_site.media.url("/page"))
    done(page)
    expect(page.locator(".sentence")).to_have_count(3)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_shut_nobody_out(browser: Browser, reading_site: Reading, scheme: str) -> None:
    options = {"color_scheme": scheme, "viewport": {"width": 390, "height": 844}, "reduced_motion": "reduce"}
    with visiting(browser, reading_site.address, **options) as page:
        page.goto("/admin/login")
        check_access(page)
        sign_in(page)
        page.get_by_text("Options").click()
        check_access(page)
        send_address(page, reading_site.media.url("/stall.wav"))
        expect(page.locator("[data-job-state].state-running")).to_be_visible(timeout=DONE_MS)  # loaded again by then
        check_access(page)
        page.get_by_role("button", name="Cancel").click()
        ended(page, "cancelled")
        check_access(page)
        send_address(page, reading_site.media.url("/page"))
        done(page)
        page.get_by_text("The same as a table").click()
        check_access(page)
