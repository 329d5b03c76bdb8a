from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from emotion_clf import errors
from emotion_clf.fetch import process
from emotion_clf.fetch.child import Job
from emotion_clf.fetch.watch import Watch
from emotion_clf.settings import Settings
from tests.support.processes import children

if TYPE_CHECKING:
    from pathlib import Path

CHILD = """
import sys, time
{body}
"""


def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, **changed: object) -> dict[str, object]:
    """The outcome of a fetching process that does what is written here."""
    (tmp_path / "stand_in.py").write_text(CHILD.format(body=body), encoding="utf-8")
    monkeypatch.setattr(process, "_PACKAGES", tmp_path)
    monkeypatch.setattr(process, "_CHILD", "stand_in")
    settings = Settings(**changed)  # type: ignore[arg-type]
    job = Job("https://a.test/", str(tmp_path), False, False, [], 1000, 10.0, 1.0, False)
    before = children()
    try:
        return process.run_job(job, Watch.start(settings, None), None)
    finally:
        assert children() <= before


def test_a_process_that_says_nothing_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(errors.FetchError) as caught:
        run(tmp_path, monkeypatch, "sys.exit(3)")
    assert caught.value.code == "fetch_failed"


@pytest.mark.parametrize("said", ["nonsense", "[1]", '{"event": "odd"}'])
def test_a_process_that_talks_nonsense_has_failed(said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(errors.FetchError) as caught:
        run(tmp_path, monkeypatch, f"print({said!r}, flush=True); time.sleep(60)")
    assert caught.value.code == "fetch_failed"


def test_a_line_without_end_is_not_collected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(errors.FetchError) as caught:
        run(tmp_path, monkeypatch, "while True: sys.stdout.write('x' * 65536)")
    assert caught.value.code == "fetch_failed"


def test_a_process_out_of_memory_met_something_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(errors.MediaTooLargeError):
        run(tmp_path, monkeypatch, "bytearray(1 << 30)", fetch_memory_bytes=256 * 1024**2)


def test_files_are_bounded_by_the_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(errors.FetchError):
        run(tmp_path, monkeypatch, "open('big', 'wb').write(bytes(64 * 1024**2))")
    assert (tmp_path / "big").stat().st_size < 32 * 1024**2


def test_a_process_that_hangs_is_ended_with_all_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = "import subprocess; subprocess.Popen(['sleep', '60']); time.sleep(60)"
    started_s = time.monotonic()
    with pytest.raises(errors.FetchTimedOutError):
        run(tmp_path, monkeypatch, body, fetch_timeout_s=1)
    assert time.monotonic() - started_s < 5


def test_no_secret_of_ours_is_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "x" * 40)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test")
    body = "import json, os; print(json.dumps({'event': 'done', 'names': sorted(os.environ)}), flush=True)"
    told = run(tmp_path, monkeypatch, body)
    expected = {"HOME", "LC_ALL", "PATH", "PYTHONPATH", "TMPDIR", "YTDLP_NO_PLUGINS"}
    assert set(told["names"]) - {"PWD", "LC_CTYPE"} == expected  # type: ignore[call-overload]
