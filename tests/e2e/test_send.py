from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.visit import check_player, check_result, choose_file, hear, use_sample, visiting

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page


@pytest.fixture
def no_audio(tmp_path: Path) -> Path:
    path = tmp_path / "notes.mp3"
    path.write_text("These are notes and no music.", encoding="utf-8")
    return path


def test_a_file_is_uploaded_and_played_from_this_browser(page: Page, voice_file: Path) -> None:
    choose_file(page, voice_file)
    expect(page.locator("[data-chosen-name]")).to_have_text("voice.wav")
    hear(page)
    check_result(page)
    expect(page.get_by_text("It was never stored on the server.")).to_be_visible()
    check_player(page)
    page.goto("/emotion")
    expect(page.get_by_role("link", name="voice.wav")).to_be_visible()


def test_a_dropped_file_opens_the_upload_tab(page: Page) -> None:
    page.goto("/emotion")
    page.evaluate(
        """async () => {
          const bytes = await (await fetch("/static/samples/low.flac")).blob();
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([bytes], "dropped.flac", { type: "audio/flac" }));
          document.querySelector("#clip-form").dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
        }"""
    )
    expect(page.get_by_role("tab", name="Upload")).to_have_attribute("aria-selected", "true")
    expect(page.locator("[data-chosen-name]")).to_have_text("dropped.flac")
    hear(page)
    check_result(page)


def test_a_kept_recording_is_played_from_the_server(page: Page, voice_file: Path) -> None:
    choose_file(page, voice_file)
    assert not page.get_by_label("Keep the recording").is_checked()
    page.get_by_label("Keep the recording").check()
    hear(page)
    expect(page.get_by_text("Kept on the server until")).to_be_visible()
    check_player(page)


def test_a_sample_is_heard(page: Page) -> None:
    use_sample(page)
    check_result(page)
    expect(page.get_by_text("A synthetic voice")).to_be_visible()
    check_player(page)


def test_without_scripts_files_and_samples_still_work(
    browser: Browser, address: str, voice_file: Path, no_audio: Path
) -> None:
    with visiting(browser, address, java_script_enabled=False) as page:
        page.goto("/emotion")
        expect(page.get_by_text("Recording needs JavaScript")).to_be_visible()
        expect(page.get_by_role("button", name="Use the microphone")).to_be_hidden()
        page.get_by_label("Keep the recording").check()
        page.get_by_label("Choose an audio file").set_input_files(no_audio)
        page.get_by_role("button", name="Hear it").click()
        expect(page.get_by_role("alert").filter(has_text="not an audio file")).to_be_visible()
        assert page.get_by_label("Keep the recording").is_checked()

        page.get_by_label("Choose an audio file").set_input_files(voice_file)
        hear(page)
        check_result(page)
        expect(page.locator("audio[controls]")).to_be_visible()
        page.get_by_text("Delete now").click()
        page.get_by_role("button", name="Delete for good").click()
        expect(page.get_by_text("The result is gone")).to_be_visible()

        use_sample(page, "low")
        check_result(page)


def test_a_bad_file_is_explained_and_nothing_is_lost(page: Page, no_audio: Path) -> None:
    choose_file(page, no_audio)
    page.get_by_label("Keep the recording").check()
    page.get_by_role("button", name="Hear it").click()
    expect(page.locator("[data-error]")).to_contain_text("This is not an audio file we can read")
    expect(page.get_by_role("button", name="Hear it")).to_be_enabled()
    expect(page.locator("[data-chosen-name]")).to_have_text("notes.mp3")
    assert page.get_by_label("Keep the recording").is_checked()


@pytest.mark.parametrize(("size_bytes", "title"), [(0, "The file is empty"), (26 * 1024**2, "The file is too large")])
def test_an_impossible_file_is_not_sent(page: Page, tmp_path: Path, size_bytes: int, title: str) -> None:
    path = tmp_path / "clip.wav"
    with path.open("wb") as file:
        file.truncate(size_bytes)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    choose_file(page, path)
    page.get_by_role("button", name="Hear it").click()
    expect(page.locator("[data-error]")).to_contain_text(title)
    assert "POST" not in sent


def test_a_server_that_does_not_answer_loses_nothing(page: Page, voice_file: Path) -> None:
    choose_file(page, voice_file)
    page.context.set_offline(True)
    page.get_by_role("button", name="Hear it").click()
    expect(page.locator("[data-error]")).to_contain_text("The server did not answer")
    page.context.set_offline(False)
    hear(page)
    check_result(page)


def test_delete_now_removes_the_result_here_and_there(page: Page, voice_file: Path) -> None:
    choose_file(page, voice_file)
    hear(page)
    check_player(page)
    permalink = page.url
    page.get_by_text("Delete now").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("The result is gone")).to_be_visible()
    page.wait_for_function(
        """() => new Promise((resolve) => {
          const opening = indexedDB.open("emotion-clf");
          opening.onsuccess = () => {
            const asked = opening.result.transaction("clips").objectStore("clips").count();
            asked.onsuccess = () => { opening.result.close(); resolve(asked.result === 0); };
          };
        })"""
    )
    expect(page.get_by_text("Nothing yet")).to_be_visible()
    answer = page.goto(permalink)
    assert answer is not None
    assert answer.status == 404


def test_the_link_and_the_downloads(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    use_sample(page)
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("() => navigator.clipboard.readText()") == page.url
    for name in ("JSON", "CSV"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        assert download.value.suggested_filename.endswith(name.lower())
