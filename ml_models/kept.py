"""What a run has found already, kept in its work folder so that one that was stopped goes on."""

from __future__ import annotations

import json
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar

import joblib

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Found = TypeVar("Found")


def digest(*parts: object) -> str:
    """Return a name for what follows from some values."""
    return sha256(repr(parts).encode()).hexdigest()[:16]


def stamp(path: Path) -> tuple[str, int, int]:
    """Return what tells a file from another one, or from itself once it was changed."""
    found = path.stat()
    return str(path), found.st_size, found.st_mtime_ns


def kept(path: Path, find: Callable[[], Found]) -> Found:
    """Read what was found before, or find it and keep it.

    Args:
        path: where it is kept; its name has to change with all that the finding follows from.
        find: finds it.
    """
    if path.is_file():
        before: Found = joblib.load(path)
        return before
    found = find()
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".part")
    joblib.dump(found, half)
    half.replace(path)
    return found


class Ledger:
    """Lines of findings by name; each is on the disk before the next one is looked for."""

    def __init__(self, path: Path) -> None:
        """Read what is there; a line that was never written whole is passed over.

        Args:
            path: a file of JSON lines, made by the first finding.
        """
        self._path = path
        self._found: dict[str, Any] = dict(_lines(path))

    @contextmanager
    def open(self) -> Iterator[Callable[[str, Callable[[], Any]], Any]]:
        """Yield a function that gives the finding of a name, looking for it only where it is not there."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            if file.tell():
                file.write("\n")  # ends a line that was cut off

            def of(name: str, find: Callable[[], Any]) -> Any:
                if name not in self._found:
                    self._found[name] = find()
                    file.write(json.dumps([name, self._found[name]]) + "\n")
                    file.flush()
                return self._found[name]

            yield of


def _lines(path: Path) -> Iterator[tuple[str, Any]]:
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            name, found = json.loads(line)
        except ValueError:
            continue
        yield name, found
