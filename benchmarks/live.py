"""From the end of a window to its answer on the screen, on the real page: `make bench-live`.

A headless Chromium hears a recording through its fake microphone; the page itself notes when a window ended and when
its answer was painted. The naive way in the same run: the same three seconds as a WAV file through the upload of a
clip, from the end of the encoding to the JSON of the answer.
"""

from __future__ import annotations

import base64
import json
import os
import platform
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile
from playwright.sync_api import sync_playwright

from emotion_clf.audio import SAMPLE_RATE_HZ, decode_path
from emotion_clf.settings import PROJECT_DIR
from scripts.browsing import launch, running_app

if TYPE_CHECKING:
    from playwright.sync_api import Page

RESULT = PROJECT_DIR / "benchmarks" / "results" / "live.json"
CLIP = PROJECT_DIR / "static" / "samples" / "even.flac"
SECONDS = int(os.environ.get("LIVE_SECONDS", "60"))
WINDOW_S = 3
UPLOAD = """async ({wav, token}) => {
  const bytes = Uint8Array.from(atob(wav), (letter) => letter.charCodeAt(0));
  const began = performance.now();
  const data = new FormData();
  data.set("audio", new File([bytes], "window.wav", { type: "audio/wav" }));
  const headers = { Accept: "application/json", "X-CSRFToken": token };
  const response = await fetch("/emotion_predict", { method: "POST", body: data, headers });
  if (!response.ok) throw new Error(String(response.status));
  await response.json();
  return performance.now() - began;
}"""


def listen(page: Page) -> tuple[list[float], int, int]:
    """Let the page listen for a while; latencies in milliseconds, windows that were due, and those skipped."""
    page.goto("/live")
    page.get_by_role("button", name="Use the microphone").click()
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_timeout(1000 * SECONDS)
    found = page.evaluate("() => performance.getEntriesByName('live-window').map((entry) => entry.duration)")
    words = page.locator("[data-skipped]").text_content() or ""
    skipped = int(words.split()[0]) if words.strip() else 0
    page.get_by_role("button", name="Stop").click()
    return found, len(found) + skipped, skipped


def upload(page: Page, wav: Path, times: int) -> list[float]:
    """Send a window as a file, over and over; milliseconds of each."""
    sent = base64.b64encode(wav.read_bytes()).decode()
    token = page.locator('[name="csrf_token"]').first.input_value()
    return [page.evaluate(UPLOAD, {"wav": sent, "token": token}) for _ in range(times)]


def summary(found: list[float]) -> dict[str, float]:
    """Median and 95th percentile, in milliseconds."""
    return {"median_ms": round(statistics.median(found), 1), "p95_ms": round(float(np.percentile(found, 95)), 1)}


def measure(folder: Path) -> dict[str, Any]:
    """Both ways, against the product in a folder of its own."""
    samples = np.resize(decode_path(CLIP).waveform.samples, WINDOW_S * SAMPLE_RATE_HZ)
    wav = folder / "window.wav"
    soundfile.write(wav, samples, SAMPLE_RATE_HZ, subtype="PCM_16")
    (folder / "instance").mkdir()
    with running_app(folder / "instance") as address, sync_playwright() as playwright:
        browser = launch(playwright.chromium, microphone=wav)
        page = browser.new_page(base_url=address)
        ours, due, skipped = listen(page)
        naive = upload(page, wav, len(ours))
        browser.close()
    return {
        "machine": {"processor": platform.machine(), "cores": os.cpu_count()},
        "window_s": WINDOW_S,
        "windows": due,
        "skipped": skipped,
        "end of window to display": summary(ours),
        "naive: the same window as a WAV file through the upload": summary(naive),
    }


def main() -> None:
    """Measure and write the result."""
    with tempfile.TemporaryDirectory() as folder:
        result = measure(Path(folder))
    text = json.dumps(result, indent=2)
    RESULT.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
