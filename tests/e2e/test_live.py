"""The live page with a real microphone stream: answers appear, slowness is told, and the whole is kept to the end."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
from playwright.sync_api import expect

from emotion_clf.audio import decode_path
from scripts.browsing import launch
from tests.e2e.visit import check_access, visiting

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserType, Page, Route

    from tests.e2e.calling import Calling

LATENCIES = "() => performance.getEntriesByName('live-window').map((entry) => entry.duration)"
RESAMPLED = """async () => {
  const { Resampler } = await import("/static/js/live/resample.js");
  const [from, to, seconds] = [48000, 16000, 1];
  const worst = (hz) => {
    const resampler = new Resampler(from, to);
    const found = [];
    for (let start = 0; start < from * seconds; start += 512) {
      const length = Math.min(512, from * seconds - start);
      const piece = Float32Array.from({ length }, (_, i) => Math.sin(2 * Math.PI * hz * (start + i) / from));
      found.push(...resampler.push(piece));
    }
    const wanted = (i) => (hz < to / 2 ? Math.sin(2 * Math.PI * hz * i / to) : 0);
    return [found.length, Math.max(...found.slice(200).map((value, i) => Math.abs(value - wanted(i + 200))))];
  };
  return [worst(440), worst(5000), worst(11000)];
}"""
BYTES = """async () => {
  const { LastSeconds } = await import("/static/js/live/window.js");
  const held = new LastSeconds(0.001);
  const read = () => [...new Int16Array(held.bytes())];
  const few = (held.push(Float32Array.from([0.5, -1, 2])), read());
  held.push(new Float32Array(14));
  held.push(Float32Array.from([-0.5]));
  return [few, read(), held.heard];
}"""


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def start(page: Page) -> None:
    page.goto("/live")
    press(page, "Use the microphone")
    expect(page.get_by_label("Microphone")).to_be_visible()
    press(page, "Start")


def marks(page: Page) -> int:
    return page.locator(".live-mark").count()


def test_answers_appear_while_somebody_speaks(page: Page) -> None:
    sent: list[int] = []
    page.on(
        "request",
        lambda request: sent.append(len(request.post_data_buffer or b"")) if "window" in request.url else None,
    )
    start(page)
    expect(page.locator("[data-word]")).to_contain_text("Sounds")
    page.wait_for_function("() => document.querySelectorAll('.live-mark').length >= 4")
    assert set(sent[3:]) == {96_000}
    assert sent[0] < 96_000
    assert page.locator(".valence-line").get_attribute("d")
    page.get_by_text("The same as a table").click()
    rows = page.locator("[data-rows] tr")
    assert rows.count() >= 4
    assert "%" in rows.first.inner_text() or "no speech" in rows.first.inner_text()
    assert max(page.evaluate(LATENCIES)) < 5000
    press(page, "Pause")
    before = marks(page)
    page.wait_for_timeout(1500)
    assert marks(page) <= before + 1
    press(page, "Resume")
    page.wait_for_function(f"() => document.querySelectorAll('.live-mark').length >= {before + 2}")
    assert page.locator("[data-skipped]").is_hidden()
    press(page, "Stop")
    expect(page.get_by_role("button", name="Analyse the whole recording")).to_be_focused()


def test_a_slow_server_is_told_and_never_asked_twice_at_once(page: Page) -> None:
    waiting: list[Route] = []
    most = 0

    def hold(route: Route) -> None:
        nonlocal most
        waiting.append(route)
        most = max(most, len(waiting))

    page.route("**/live/window", hold)
    start(page)
    expect(page.locator("[data-skipped]")).to_have_text("3 of 4 skipped: the server is slow.")
    assert most == 1
    waiting.pop().continue_()
    expect(page.locator("[data-skipped]")).to_contain_text("skipped: the server is slow.")
    page.unroute("**/live/window")
    page.wait_for_function("() => document.querySelectorAll('.live-mark').length >= 1")
    press(page, "Stop")


def test_a_busy_server_skips_and_a_broken_one_is_explained(page: Page) -> None:
    page.route(
        "**/live/window",
        lambda route: route.fulfill(status=503, content_type="application/json", body='{"code": "busy"}'),
    )
    start(page)
    expect(page.locator("[data-skipped]")).to_contain_text("1 of 1 skipped")
    page.unroute("**/live/window")
    page.context.set_offline(offline=True)
    expect(page.locator("[data-recorder-error]")).to_contain_text("The server does not answer")
    page.context.set_offline(offline=False)
    page.wait_for_function("() => document.querySelectorAll('.live-mark').length >= 1")
    expect(page.locator("[data-recorder-error]")).to_be_empty()
    press(page, "Stop")


def test_the_whole_recording_is_heard_again_sent_or_discarded(page: Page, tmp_path: Path) -> None:
    bodies: list[bytes] = []

    def calls(route: Route) -> None:
        bodies.append(route.request.post_data_buffer or b"")
        route.fulfill(status=202, headers={"Location": "/privacy"}, content_type="application/json", body="{}")

    page.route("**/calls", calls)
    start(page)
    expect(page.locator("[data-elapsed]")).to_have_text("0:03")
    press(page, "Stop")
    expect(page.get_by_label("The whole recording")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert decode_path(path).waveform.duration_s == pytest.approx(3.3, abs=1.0)
    press(page, "Analyse the whole recording")
    page.wait_for_url("**/privacy")
    assert b'name="recording"; filename="recording.webm"' in bodies[0]
    assert b'name="csrf_token"' in bodies[0]

    start(page)
    expect(page.locator("[data-elapsed]")).to_have_text("0:01")
    press(page, "Stop")
    press(page, "Discard")
    expect(page.get_by_role("button", name="Use the microphone")).to_be_visible()


def test_a_live_recording_gets_the_numbers_of_an_upload(browser: Browser, call_site: Calling) -> None:
    with visiting(browser, call_site.address) as page:
        start(page)
        expect(page.locator("[data-elapsed]")).to_have_text("0:07")
        press(page, "Stop")
        with page.expect_download() as download:
            page.get_by_role("link", name="Download").click()
        press(page, "Analyse the whole recording")
        page.wait_for_url(re.compile(r"/calls/[0-9a-f]{32}$"))
        live = analysed(page, page.url)
        assert any(window["label"] for window in live["windows"])
        sent = page.request.post(
            "/calls",
            headers={"Accept": "application/json"},
            multipart={
                "recording": {"name": "a.webm", "mimeType": "audio/webm", "buffer": download.value.path().read_bytes()}
            },
        )
        assert sent.status == 202
        uploaded = analysed(page, call_site.address + sent.headers["location"])
        assert (live["windows"], live["turns"]) == (uploaded["windows"], uploaded["turns"])


def analysed(page: Page, address: str) -> dict[str, Any]:
    """What was found in a call, once it is."""
    deadline = time.monotonic() + 60
    while page.request.get(f"{address}/state").json()["state"] != "succeeded":
        assert time.monotonic() < deadline
        page.wait_for_timeout(200)
    found: dict[str, Any] = page.request.get(f"{address}.json").json()["timeline"]
    return found


def test_silence_is_shown_as_no_speech(chromium: BrowserType, address: str, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silence.wav", np.zeros(48_000), 16_000)
    browser = launch(chromium, microphone=tmp_path / "silence.wav")
    with visiting(browser, address) as page:
        start(page)
        expect(page.locator("[data-word]")).to_have_text("No speech")
        expect(page.locator('[data-lane=""] .live-mark').first).to_be_attached()
        assert page.locator(".valence-line").get_attribute("d") == ""
        press(page, "Stop")
    browser.close()


def test_a_browser_without_an_audio_thread_is_told(page: Page) -> None:
    page.add_init_script("AudioWorklet.prototype.addModule = () => Promise.reject(new Error('not here'))")
    page.goto("/live")
    press(page, "Use the microphone")
    press(page, "Start")
    expect(page.get_by_role("alert").filter(has_text="This page cannot listen live here")).to_be_visible()
    expect(page.get_by_role("button", name="Use the microphone")).to_be_visible()


def test_a_refused_microphone_is_explained(chromium: BrowserType, address: str) -> None:
    browser = launch(chromium, microphone="refused")
    with visiting(browser, address) as page:
        page.goto("/live")
        press(page, "Use the microphone")
        expect(page.get_by_role("alert").filter(has_text="The microphone was refused")).to_be_visible()
    browser.close()


def test_where_the_browser_does_not_convert_the_page_does(page: Page) -> None:
    page.add_init_script(
        """const Real = window.AudioContext;
        window.AudioContext = class extends Real {
          constructor(options) { super(options); this.refuses = Boolean(options?.sampleRate); }
          createMediaStreamSource(stream) {
            if (this.refuses) throw new DOMException("other rate", "NotSupportedError");
            return super.createMediaStreamSource(stream);
          }
        };"""
    )
    start(page)
    expect(page.locator("[data-word]")).to_contain_text("Sounds")
    press(page, "Stop")


def test_resampling_keeps_the_voice_and_drops_what_the_rate_cannot_hold(page: Page) -> None:
    page.goto("/live")
    for length, error in page.evaluate(RESAMPLED):
        assert length == pytest.approx(16_000, abs=50)
        assert error < 0.01


def test_sound_travels_as_sixteen_bits(page: Page) -> None:
    page.goto("/live")
    few, later, heard = page.evaluate(BYTES)
    assert few == [16_384, -32_768, 32_767]
    assert later == [32_767, *[0] * 14, -16_384]
    assert heard == 18


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_live_shuts_nobody_out(browser: Browser, address: str, scheme: str, width: int) -> None:
    look = {"color_scheme": scheme, "viewport": {"width": width, "height": 844}, "reduced_motion": "reduce"}
    with visiting(browser, address, **look) as page:
        page.goto("/live")
        check_access(page)
        press(page, "Use the microphone")
        expect(page.get_by_label("Microphone")).to_be_visible()
        check_access(page)
        press(page, "Start")
        page.wait_for_function("() => document.querySelectorAll('.live-mark').length >= 2")
        page.get_by_text("The same as a table").click()
        check_access(page)
        press(page, "Stop")
        expect(page.get_by_role("link", name="Download")).to_be_visible()
        check_access(page)
