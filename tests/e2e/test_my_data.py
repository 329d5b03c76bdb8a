from __future__ import annotations

import sqlite3
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.calling import CALL_PAGE, send
from tests.e2e.test_everywhere import SIZES
from tests.e2e.visit import check_access, choose_file, hear, use_sample, visiting

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.e2e.calling import Calling

KEPT_HERE = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("emotion-clf");
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const asked = opening.result.transaction("clips").objectStore("clips").count();
    asked.onsuccess = () => { opening.result.close(); resolve(asked.result); };
  };
})"""


def rows_of(site: Calling, owner: str) -> list[int]:
    """How many rows of the tables with an owner are theirs."""
    with closing(sqlite3.connect(f"file:{site.instance / 'emotion-clf.sqlite3'}?mode=ro", uri=True)) as database:
        counted = [f"select count(*) from {table} where owner = ?" for table in ("analyses", "jobs", "feedback")]  # noqa: S608
        return [database.execute(sql, [owner]).fetchone()[0] for sql in counted]


def held(page: Page) -> dict[str, str]:
    """What the page says there is."""
    rows = page.locator("[data-holding]").all()
    return {str(row.get_attribute("data-holding")): row.locator("td").first.inner_text() for row in rows}


def delete_everything(page: Page) -> None:
    page.get_by_text("Delete everything", exact=True).click()
    page.get_by_role("button", name="Delete everything for good").click()
    expect(page.get_by_role("status").filter(has_text="Everything is deleted.")).to_be_visible()


def test_everything_is_seen_taken_away_and_deleted(
    browser: Browser, call_site: Calling, voice_file: Path, tmp_path: Path
) -> None:
    with visiting(browser, call_site.address) as page:
        choose_file(page, voice_file)
        hear(page)
        page.get_by_role("button", name="Yes, it was").click()
        expect(page.locator("[data-feedback]")).to_be_visible()
        choose_file(page, voice_file)
        page.get_by_label("Keep the recording").check()
        hear(page)
        send(page, call_site)
        assert CALL_PAGE.search(page.url)
        call_id = page.url.rsplit("/", 1)[-1]
        assert page.evaluate(KEPT_HERE) == 1

        page.get_by_role("link", name="My data").first.click()
        number = page.locator("code").inner_text()
        assert held(page) == {"clips": "2", "recordings": "1", "calls": "1", "call_sounds": "1", "feedback": "1"}
        assert rows_of(call_site, number) == [2, 1, 1]
        with page.expect_download() as download:
            page.get_by_role("link", name="Download everything").click()
        download.value.save_as(tmp_path / "mine.zip")
        with zipfile.ZipFile(tmp_path / "mine.zip") as zipped:
            assert zipped.testzip() is None
            names = zipped.namelist()
        assert {"README.txt", "clips.csv", "feedback.json", "consent.json"} < set(names)
        assert {f"calls/{call_id}/{name}" for name in ("call.json", "timeline.csv", "sound.flac")} < set(names)
        assert sum(name.startswith("recordings/") for name in names) == 1

        delete_everything(page)
        assert rows_of(call_site, number) == [0, 0, 0]
        assert not (call_site.instance / "jobs" / call_id).exists()
        kept = (call_site.instance / "recordings").glob("*")
        assert not {path.stem for path in kept} & {name.split("/")[-1].removesuffix(".flac") for name in names}
        page.wait_for_function(KEPT_HERE.replace("resolve(asked.result)", "resolve(asked.result === 0)"))
        page.reload()
        expect(page.get_by_text("Nothing. What this browser sends")).to_be_visible()
        expect(page.get_by_text("Everything is deleted.")).to_have_count(0)


def test_it_works_without_scripts(browser: Browser, call_site: Calling) -> None:
    with visiting(browser, call_site.address, java_script_enabled=False) as page:
        use_sample(page)
        page.goto("/my-data")
        assert held(page) == {"clips": "1"}
        delete_everything(page)
        expect(page.get_by_text("Nothing. What this browser sends")).to_be_visible()


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "dark"), ("phone", "light")])
def test_nobody_is_shut_out(browser: Browser, call_site: Calling, size: str, scheme: str) -> None:
    with visiting(browser, call_site.address, color_scheme=scheme, viewport=SIZES[size]) as page:
        page.goto("/my-data")
        check_access(page)
        use_sample(page)
        page.goto("/my-data")
        page.get_by_text("Delete everything", exact=True).click()
        check_access(page)
