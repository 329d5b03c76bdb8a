from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.calling import CALL_PAGE, DONE_MS, send
from tests.e2e.visit import check_access, visiting

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.e2e.calling import Calling

SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 360, "height": 740}}
PLOTS = "[data-plots]"


def now(page: Page) -> float:
    """Where the page says one is, in seconds."""
    return float(page.locator(PLOTS).get_attribute("aria-valuenow") or "nan")


def inked(page: Page, plot: str) -> int:
    """How many pixels of a chart are painted in a colour."""
    return int(
        page.evaluate(
            """(plot) => {
              const canvas = document.querySelector(`canvas[data-plot="${plot}"]`);
              const copy = new OffscreenCanvas(canvas.width, canvas.height);
              const pen = copy.getContext("2d", { willReadFrequently: true });
              pen.drawImage(canvas, 0, 0);
              const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
              let count = 0;
              for (let at = 0; at < data.length; at += 4) {
                const [red, green, blue] = data.slice(at, at + 3);
                if (data[at + 3] && Math.max(red, green, blue) - Math.min(red, green, blue) > 40) count += 1;
              }
              return count;
            }""",
            plot,
        )
    )


def wave(page: Page) -> dict[str, float]:
    """The waveform: how many of its pixels are drawn, and which share of the call lies left of it."""
    found: dict[str, float] = page.evaluate(
        """() => {
          const root = document.querySelector("[data-wave] > div").shadowRoot;
          const scroll = root.querySelector(".scroll");
          let drawn = 0;
          for (const canvas of root.querySelectorAll(".canvases canvas")) {
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            drawn += data.filter((value, index) => index % 4 === 3 && value > 0).length;
          }
          return { drawn, first: scroll.scrollLeft / scroll.scrollWidth };
        }"""
    )
    return found


def test_a_call_from_upload_to_export(browser: Browser, call_site: Calling, tmp_path: Path) -> None:
    with visiting(browser, call_site.address, viewport=SIZES["desktop"], accept_downloads=True) as page:
        send(page, call_site)
        expect(page.locator("h1")).to_have_text("Mrs Doe & the printer.wav")
        for plot in ("map", "tint", "bands"):
            assert inked(page, plot) > 0, plot
        assert wave(page)["drawn"] > 0

        plots = page.locator(PLOTS).bounding_box()
        assert plots is not None
        page.mouse.click(plots["x"] + plots["width"] / 2, plots["y"] + 90)
        expect(page.locator("[data-clock]")).to_contain_text("0:20 / 0:40")
        assert abs(now(page) - 20) < 0.5

        before = page.locator("[data-score]").inner_text()
        page.locator('[name="customer"]').select_option("left")
        page.get_by_role("button", name="Set").click()
        page.locator("[data-call-chart][data-ready]").wait_for()
        expect(page.get_by_text("You said so.")).to_be_visible()
        after = page.locator("[data-score]").inner_text()
        assert before != after
        assert page.locator(".call-table .call-label").count() > 0
        assert not page.locator(".call-table tr", has_text="Right channel").locator(".call-label").count()

        for name in ("CSV", "JSON"):
            with page.expect_download() as download:
                page.get_by_role("link", name=name).click()
            download.value.save_as(tmp_path / name)
        told = json.loads((tmp_path / "JSON").read_text("utf-8"))
        assert f"{told['score']['value']:.1f}" == after
        with (tmp_path / "CSV").open(encoding="utf-8-sig", newline="") as lines:
            assert {row["speaker"] for row in csv.DictReader(lines) if row["label"]} == {"left"}


def test_zoomed_charts_stay_on_one_axis(browser: Browser, call_site: Calling) -> None:
    with visiting(browser, call_site.address, viewport=SIZES["desktop"]) as page:
        send(page, call_site)
        moment = page.locator(".call-table .btn-time").nth(9)
        page.get_by_text("The same as a table").click()
        for _ in range(3):
            page.get_by_role("button", name="Zoom in").click()
        moment.click()
        expect(page.locator(PLOTS)).not_to_have_attribute("aria-valuenow", "0.0")
        start = float(moment.get_attribute("data-seek") or "nan")
        assert start <= now(page) < start + 3.5
        page.locator("[data-play]").click()
        expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
        plots = page.locator(PLOTS).bounding_box()
        assert plots is not None
        # What is clicked is where the line is, and what the page says; the sound is there, too.
        for share in (0.75, 0.25):
            page.mouse.click(plots["x"] + plots["width"] * share, plots["y"] + 90)
            line = page.locator("[data-playhead]").bounding_box()
            assert line is not None
            assert abs(line["x"] - plots["x"] - plots["width"] * share) < 3
            assert abs(page.evaluate("document.querySelector('audio').currentTime") - now(page)) < 0.1
        later = now(page)
        page.mouse.click(plots["x"] + plots["width"] * 0.75, plots["y"] + 90)
        shown = 2 * (now(page) - later)
        assert 3 < shown < 40 / 4
        first = now(page) - 0.75 * shown
        assert abs(wave(page)["first"] * 40 - first) < 0.3
        page.get_by_role("button", name="Show the whole call").click()


def test_the_keyboard_plays_walks_and_helps(browser: Browser, call_site: Calling) -> None:
    with visiting(browser, call_site.address, viewport=SIZES["desktop"]) as page:
        send(page, call_site)
        page.locator(PLOTS).focus()
        page.keyboard.press("k")
        first = now(page)
        page.keyboard.press("k")
        second = now(page)
        assert 0 < first < second
        expect(page.locator("[data-said]")).to_contain_text("customer sounds")
        page.keyboard.press("j")
        assert now(page) == first
        page.keyboard.press("ArrowRight")
        assert abs(now(page) - first - 5) < 0.2
        page.keyboard.press("Space")
        expect(page.get_by_role("button", name="Pause")).to_be_visible()
        page.keyboard.press("Space")
        expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
        page.keyboard.press("?")
        expect(page.get_by_role("heading", name="Keys")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("heading", name="Keys")).to_be_hidden()


def test_emotions_are_filtered_and_answers_spoken_of(browser: Browser, call_site: Calling) -> None:
    with visiting(browser, call_site.address, viewport=SIZES["desktop"]) as page:
        send(page, call_site)
        all_of_it = inked(page, "bands")
        page.locator(PLOTS).focus()
        page.keyboard.press("k")
        other = page.locator('[data-filter="calm"]')
        other.click()
        expect(other).to_have_attribute("aria-pressed", "true")
        page.wait_for_timeout(100)
        assert inked(page, "bands") != all_of_it
        page.locator("[data-window] button", has_text="Yes").click()
        expect(page.locator("[data-window-said]")).to_contain_text("You said it was right")
        page.reload()
        page.locator("[data-call-chart][data-ready]").wait_for()
        page.locator(PLOTS).focus()
        page.keyboard.press("k")
        expect(page.locator("[data-window-said]")).to_contain_text("You said it was right")
        page.get_by_role("button", name="Take it back").click()
        expect(page.locator("[data-window-said]")).to_contain_text("Taken back")
        expect(page.get_by_role("button", name="Take it back")).to_be_hidden()
        page.get_by_role("button", name="Why?").click()
        expect(page.locator("[data-strip] svg")).to_be_visible()


def test_a_link_shows_the_call_to_somebody_else(browser: Browser, call_site: Calling) -> None:
    with visiting(browser, call_site.address, viewport=SIZES["desktop"]) as page:
        send(page, call_site)
        address = page.url
        page.get_by_label("With the sound").check()
        page.get_by_role("button", name="Make").click()
        link = page.get_by_label("The link, shown this once").input_value()
        score = page.locator("[data-score]").inner_text()
        with visiting(browser, call_site.address, viewport=SIZES["phone"]) as other:
            other.goto(link)
            other.locator("[data-call-chart][data-ready]").wait_for()
            expect(other.locator("[data-score]")).to_have_text(score)
            assert other.get_by_role("button", name="Delete for good").count() == 0
            other.get_by_role("button", name="Play", exact=True).click()
            expect(other.locator(PLOTS)).not_to_have_attribute("aria-valuenow", "0.0")
            other.get_by_role("button", name="Pause").click()
            check_access(other)
            other.goto(address)
            expect(other.locator("h1")).to_have_text("Not found")
        page.goto(address)
        page.get_by_role("button", name="Take back").click()
        expect(page.get_by_text("It works no longer.")).to_be_visible()
        page.goto(link)
        expect(page.locator("h1")).to_have_text("Not found")


def test_everything_works_without_scripts(browser: Browser, call_site: Calling) -> None:
    with visiting(browser, call_site.address, viewport=SIZES["desktop"], java_script_enabled=False) as page:
        page.goto("/calls")
        page.locator("#audio").set_input_files(call_site.recording)
        page.get_by_role("button", name="Analyse the call").click()
        page.wait_for_url(CALL_PAGE)
        expect(page.locator("[data-score]")).to_be_visible(timeout=DONE_MS)  # the page reloads itself
        expect(page.locator("audio")).to_be_visible()
        expect(page.locator(".call-flat")).to_be_visible()
        page.get_by_text("The same as a table").click()
        assert page.locator("[data-row]").count() > 10
        page.locator('[name="customer"]').select_option("left")
        page.get_by_role("button", name="Set").click()
        expect(page.get_by_text("You said so.")).to_be_visible()
        page.get_by_text("Delete now").click()
        page.get_by_role("button", name="Delete for good").click()
        expect(page.get_by_text("Deleted.")).to_be_visible()


def test_the_sample_call_is_sent_instead_of_a_chosen_file(browser: Browser, call_site: Calling) -> None:
    with visiting(browser, call_site.address) as page:
        page.goto("/calls")
        page.locator("#audio").set_input_files(call_site.recording)
        page.get_by_role("button", name="Use the sample call").click()
        page.wait_for_url(CALL_PAGE)
        expect(page.locator("h1")).to_have_text("sample: call.ogg")
        page.go_back()
        if not page.url.endswith("/calls"):  # the page of the call may have loaded itself anew in between
            page.go_back()
        expect(page.get_by_role("button", name="Analyse the call")).to_be_enabled()
        expect(page.get_by_role("button", name="Use the sample call")).to_be_enabled()


def test_what_is_printed_is_a_report(browser: Browser, call_site: Calling) -> None:
    with visiting(browser, call_site.address, viewport=SIZES["desktop"]) as page:
        send(page, call_site)
        page.emulate_media(media="print")
        for part in (".call-flat", "[data-score]", ".parts"):
            expect(page.locator(part)).to_be_visible()
        for part in ("[data-call-chart]", "#share", ".site-header nav", "[data-print]"):
            expect(page.locator(part)).to_be_hidden()
        paper = page.pdf(format="A4")
        assert paper.startswith(b"%PDF")
        assert len(re.findall(rb"/Type\s*/Page\b", paper)) <= 6


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_pages_of_calls_shut_nobody_out(browser: Browser, call_site: Calling, scheme: str, size: str) -> None:
    look = {"color_scheme": scheme, "viewport": SIZES[size], "reduced_motion": "reduce"}
    with visiting(browser, call_site.address, **look) as page:
        page.goto("/calls")
        check_access(page)
        page.get_by_role("button", name="Analyse the call").click()
        expect(page.locator("[data-error]")).to_contain_text("No file is chosen")
        page.get_by_role("tab", name="Record").click()
        check_access(page)
        send(page, call_site)
        page.get_by_text("The same as a table").click()
        page.locator(PLOTS).focus()
        page.keyboard.press("k")
        check_access(page)
        page.get_by_role("button", name="Analyse again").scroll_into_view_if_needed()
        page.goto("/calls/scoring")
        check_access(page)


def test_two_tabs_agree_and_a_recording_of_nobody_is_said(browser: Browser, call_site: Calling, tmp_path: Path) -> None:
    import numpy as np

    from tests.support.sound import wav

    quiet = tmp_path / "quiet.wav"
    quiet.write_bytes(wav(np.zeros(16_000 * 5, np.float32)))
    with visiting(browser, call_site.address) as page:
        page.goto("/calls")
        page.locator("#audio").set_input_files(quiet)
        page.get_by_role("button", name="Analyse the call").click()
        page.wait_for_url(CALL_PAGE)
        other = page.context.new_page()
        other.goto(page.url)
        for tab in (page, other):
            expect(tab.locator("[data-job-state]")).to_contain_text(re.compile("failed|done"), timeout=DONE_MS)
        assert page.locator("[data-job-state]").inner_text() == other.locator("[data-job-state]").inner_text()
        expect(page.get_by_text(re.compile("no sound at all|Nobody speaks|no customer is heard")).first).to_be_visible()
        page.get_by_text("Delete now").click()
        page.get_by_role("button", name="Delete for good").click()
        expect(page.get_by_text("Deleted.")).to_be_visible()
        other.reload()
        expect(other.locator("h1")).to_have_text("Not found")
