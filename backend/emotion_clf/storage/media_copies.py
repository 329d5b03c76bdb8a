"""Copies of a store's files on one host, each with a note of which version of the file it is.

The note tells version, size and moment of the copy. A copy that was written to since is none of that version any more,
so that a file that changed here and one that changed elsewhere are both told from one that did not.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emotion_clf.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NO_ROOM: Final = "Copies of recordings cannot be written: make room in INSTANCE_DIR, or set another."
_NOTES: Final = ".notes"


@dataclass(frozen=True, slots=True)
class Unit:
    """What is dropped as a whole: the folder of a job, or a recording.

    Attributes:
        key: of the folder or the file.
        size_bytes: of all its files.
        used_at_s: when it was last asked for or written, in seconds since 1970.
        copied: whether it has a note, so that the store has it too.
    """

    key: str
    size_bytes: int
    used_at_s: float
    copied: bool


class Copies:
    """A folder of copies and a folder of notes on them, readable by this user alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, key: str) -> Path:
        """Where the copy lies, whether or not it is there."""
        return self._folder / key

    def version(self, key: str) -> str | None:
        """Which version of its file a copy is; None where there is no copy, or it was written to since."""
        try:
            version, *noted = json.loads(self._note(key).read_text(encoding="utf-8"))
            return str(version) if noted == _state(self.path(key)) else None
        except (OSError, ValueError):
            return None

    def note(self, key: str, version: str, state: list[int]) -> None:
        """Note which version a copy is.

        Args:
            key: of the copy.
            version: as the store calls it.
            state: `state_of` the copy when it was that version.

        Raises:
            StorageError: the disk does not take it.
        """
        self._write(self._note(key), [json.dumps([version, *state]).encode()])

    def state_of(self, key: str) -> list[int]:
        """What changes with a copy whenever it is written to.

        Raises:
            StorageError: there is none.
        """
        try:
            return _state(self.path(key))
        except OSError as error:
            raise StorageError("A file that was just written is gone. Try again.") from error

    def touch(self, key: str) -> None:
        """Note that a copy was asked for."""
        with suppress(OSError):
            os.utime(self._note(key))

    def write(self, key: str, chunks: Iterable[bytes], version: str) -> None:
        """Make a copy, in one stroke.

        Raises:
            StorageError: the disk does not take it.
        """
        self.note(key, version, self._write(self.path(key), chunks))

    def files(self, folder: str) -> list[str]:
        """Keys of the files directly in a folder, hidden ones among them."""
        with suppress(FileNotFoundError), os.scandir(self.path(folder)) as entries:
            return sorted(f"{folder}/{entry.name}" for entry in entries if entry.is_file(follow_symlinks=False))
        return []

    def noted(self, folder: str) -> set[str]:
        """Keys directly in a folder that have a note, whether or not their copies are there."""
        with suppress(FileNotFoundError), os.scandir(self._note(folder)) as entries:
            return {f"{folder}/{entry.name}" for entry in entries if entry.is_file(follow_symlinks=False)}
        return set()

    def drop(self, *keys: str) -> None:
        """Delete copies, those that are there."""
        for key in keys:
            for path in (self._note(key), self.path(key)):
                with suppress(OSError):
                    path.unlink()

    def drop_folder(self, folder: str) -> None:
        """Delete a folder of copies, or one."""
        self.drop(folder)
        for path in (self._note(folder), self.path(folder)):
            shutil.rmtree(path, ignore_errors=True)

    def units(self) -> list[Unit]:
        """All there is, by what is dropped as a whole."""
        keys = {
            f"{place.name}/{entry.name}"
            for root in (self._folder, self._folder / _NOTES)
            for place in root.glob("[!.]*")
            for entry in place.glob("*")
        }
        return [self.unit(key) for key in sorted(keys)]

    def unit(self, key: str) -> Unit:
        """One of them, as it is now."""
        found, notes = list(_under(self.path(key))), list(_under(self._note(key)))
        return Unit(
            key,
            size_bytes=sum(stat.st_size for stat in found),
            used_at_s=max((stat.st_mtime for stat in (*found, *notes)), default=0.0),
            copied=bool(notes),
        )

    def _note(self, key: str) -> Path:
        return self._folder / _NOTES / key

    def _write(self, target: Path, chunks: Iterable[bytes]) -> list[int]:
        partial = target.with_name(f".{target.name}-{secrets.token_hex(4)}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.writelines(chunks)
            state = _state(partial)
            partial.replace(target)
        except OSError as error:
            raise StorageError(NO_ROOM) from error
        finally:
            with suppress(OSError):
                partial.unlink()
        return state


def _state(path: Path) -> list[int]:
    stat = path.stat()
    return [stat.st_ino, stat.st_size, stat.st_mtime_ns]


def _under(path: Path) -> Iterator[os.stat_result]:
    """Of a file; or of a folder, and all files in it."""
    with suppress(OSError):
        yield path.stat()
    for folder, _, names in os.walk(path):
        for name in names:
            with suppress(OSError):
                yield Path(folder, name).stat()


def idle_s(unit: Unit) -> float:
    """For how long it was not used, in seconds."""
    return time.time() - unit.used_at_s
