from __future__ import annotations

import io
import stat
from typing import TYPE_CHECKING

import pytest

from emotion_clf.errors import StorageError
from emotion_clf.pipeline.step import StepReport
from emotion_clf.pipeline.work_folder import WorkFolder

if TYPE_CHECKING:
    from pathlib import Path

REPORT = StepReport("Fetched.", title="A talk", media="media.webm")


def test_a_step_is_done_once_its_outcome_is_there(tmp_path: Path) -> None:
    folder = WorkFolder(tmp_path / "new")
    assert (folder.is_done("fetch"), folder.outcome("fetch"), folder.report("fetch")) == (False, {}, None)
    assert folder.finish("fetch", {"media": "media.webm"}, REPORT) == REPORT
    assert (folder.outcome("fetch"), folder.report("fetch")) == ({"media": "media.webm"}, REPORT)
    assert [path.name for path in folder.path.iterdir()] == ["fetch.json"]


def test_steps_are_forgotten_from_one_on(tmp_path: Path) -> None:
    folder = WorkFolder(tmp_path)
    for step in ("fetch", "decode", "transcribe"):
        folder.finish(step, {}, REPORT)
    folder.forget(["decode", "transcribe", "classify"])
    assert [folder.is_done(step) for step in ("fetch", "decode", "transcribe")] == [True, False, False]


@pytest.mark.parametrize("content", ["", "{", "[]", "7"])
def test_an_outcome_that_cannot_be_read_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "fetch.json").write_text(content, encoding="utf-8")
    folder = WorkFolder(tmp_path)
    assert (folder.outcome("fetch"), folder.report("fetch")) == ({}, None)


@pytest.mark.parametrize(
    ("suffix", "name"), [(".wav", "upload.wav"), ("", "upload"), (".a/b", "upload"), (".é", "upload")]
)
def test_a_file_keeps_a_plain_ending_alone(tmp_path: Path, suffix: str, name: str) -> None:
    folder = WorkFolder(tmp_path / "new")
    kept = folder.keep_upload(io.BytesIO(b"sound"), suffix)
    assert (kept.name, folder.upload) == (name, kept)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_disk_that_takes_nothing_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    folder = WorkFolder(tmp_path / "file")
    with pytest.raises(StorageError, match="INSTANCE_DIR"):
        folder.finish("fetch", {}, REPORT)
    with pytest.raises(StorageError, match="INSTANCE_DIR"):
        folder.keep_upload(io.BytesIO(b"x"), "")
