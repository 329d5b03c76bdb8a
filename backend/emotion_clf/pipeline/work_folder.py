"""The folder of one source: what was given, and what each finished step left for the next.

A step is done once its outcome lies here, which happens in one stroke after all its other files are there: whoever
finds an outcome may rely on it, however the one who wrote it ended.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from dataclasses import asdict
from typing import IO, TYPE_CHECKING, Any, Final

from emotion_clf.audio import open_audio
from emotion_clf.errors import DiskFullError, StorageError
from emotion_clf.pipeline.step import StepReport

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SOUND_NAME: Final = "sound.flac"
_TEXT_NAME: Final = "text.txt"
_UPLOAD_NAME: Final = "upload"
_SUFFIX: Final = re.compile(r"\.[a-z0-9]{1,5}", re.ASCII)
_NO_ROOM = "The files of this job cannot be written: make room in INSTANCE_DIR, or set another."


def outcome_name(step: str) -> str:
    """The name of the file that a step leaves as its last."""
    return f"{step}.json"


def is_given(name: str) -> bool:
    """Whether a file of the folder is what was handed to the job."""
    return name == _TEXT_NAME or name.startswith(_UPLOAD_NAME)


class WorkFolder:
    """A folder of files under fixed names, readable by this user alone."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def text(self) -> Path:
        """The text to be classified, where the source is one."""
        return self.path / _TEXT_NAME

    @property
    def sound(self) -> Path:
        """The sound that the decoder made."""
        return self.path / SOUND_NAME

    @property
    def chunks(self) -> Path:
        """Where parts of a transcript wait for the rest."""
        return self.path / "chunks"

    @property
    def upload(self) -> Path | None:
        """The file that was given, None where there is none."""
        return next(iter(sorted(self.path.glob(f"{_UPLOAD_NAME}*"))), None)

    def make(self) -> None:
        """Make the folder.

        Raises:
            StorageError: the disk does not take it.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise _not_written(error) from error

    def take(self, given: Path | None, suffix: str, text: str | None) -> None:
        """Make the folder, and copy what was given into it.

        Raises:
            InvalidRequestError: the file cannot be read.
            StorageError: the disk does not take it.
        """
        self.make()
        if given is not None:
            with open_audio(given) as source:
                self.keep_upload(source, suffix)
        if text is not None:
            self.keep_text(text)

    def keep_upload(self, source: IO[bytes], suffix: str) -> Path:
        """Copy the file that was given, with the ending of its name where that is a plain one.

        Raises:
            StorageError: the disk does not take it.
        """
        target = self.path / f"{_UPLOAD_NAME}{suffix if _SUFFIX.fullmatch(suffix) else ''}"
        self.make()
        try:
            with self._private(target) as copy:
                shutil.copyfileobj(source, copy)
        except OSError as error:
            raise _not_written(error) from error
        return target

    def keep_text(self, text: str) -> None:
        """Write the text to be classified.

        Raises:
            StorageError: the disk does not take it.
        """
        self._replace(self.text, text.encode("utf-8", "replace"))

    def is_done(self, step: str) -> bool:
        """Whether a step left its outcome here."""
        return self._outcome(step).is_file()

    def outcome(self, step: str) -> dict[str, Any]:
        """What a finished step left for the next; empty where it left nothing that can be read."""
        return dict(self._left(step).get("outcome") or {})

    def report(self, step: str) -> StepReport | None:
        """What a finished step said; None where it is not done."""
        found = self._left(step).get("report")
        return None if found is None else StepReport(**found)

    def finish(self, step: str, outcome: dict[str, Any], report: StepReport) -> StepReport:
        """Leave what a step found and says, after which it is done; its report again.

        Raises:
            StorageError: the disk does not take it.
        """
        left = {"outcome": outcome, "report": asdict(report)}
        self._replace(self._outcome(step), json.dumps(left).encode())
        return report

    def forget(self, steps: Iterable[str]) -> None:
        """Let some steps be done anew."""
        for step in steps:
            self._outcome(step).unlink(missing_ok=True)

    def discard(self) -> None:
        """Delete the folder and all in it."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _left(self, step: str) -> dict[str, Any]:
        try:
            found = json.loads(self._outcome(step).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):  # what cannot be read for now is there all the same
            return {}
        return found if isinstance(found, dict) else {}

    def _outcome(self, step: str) -> Path:
        return self.path / outcome_name(step)

    def _replace(self, target: Path, content: bytes) -> None:
        """Write a file so that whoever reads sees all of it or nothing."""
        self.make()
        partial = target.with_name(f".{target.name}-{secrets.token_hex(4)}")
        try:
            with self._private(partial) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise _not_written(error) from error

    @staticmethod
    def _private(path: Path) -> IO[bytes]:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _not_written(error: OSError) -> StorageError:
    return DiskFullError() if DiskFullError.explains(error) else StorageError(_NO_ROOM)
