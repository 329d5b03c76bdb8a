"""Files → one ZIP, piece by piece, so that it can be sent while it is made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

_CHUNK_BYTES: Final = 1 << 16
_PRIVATE: Final = 0o600 << 16


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a ZIP.

    Attributes:
        name: its path in there.
        content: its bytes in pieces; or a file of sound, which is passed over where it is gone by then.
        at: its date.
    """

    name: str
    content: Iterable[bytes] | Path
    at: datetime


def zipped(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The pieces of a ZIP, none of them empty. Sound is compressed already, and stored as it is.

    Every entry is in the format for large files, since their sizes are not known before. A ZIP that is cut off has no
    table of contents, so that nobody takes it for the whole.
    """
    sink = _Sink()
    with ZipFile(cast("IO[bytes]", sink), "w") as archive:
        for entry in entries:
            yield from _added(archive, sink, entry)
    yield sink.take()


def _added(archive: ZipFile, sink: _Sink, entry: Entry) -> Iterator[bytes]:
    is_sound = isinstance(entry.content, Path)
    try:
        chunks = _opened(entry.content) if isinstance(entry.content, Path) else entry.content
    except OSError:
        return
    info = ZipInfo(entry.name, entry.at.timetuple()[:6])
    info.compress_type, info.external_attr = ZIP_STORED if is_sound else ZIP_DEFLATED, _PRIVATE
    with archive.open(info, "w", force_zip64=True) as file:
        for chunk in chunks:
            file.write(chunk)
            if sink.size_bytes >= _CHUNK_BYTES:
                yield sink.take()


def _opened(path: Path) -> Iterator[bytes]:
    """The bytes of a file, which is open from now on.

    Raises:
        OSError: it cannot be opened.
    """
    file = path.open("rb")

    def chunks() -> Iterator[bytes]:
        with file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk

    return chunks()


class _Sink:
    """A file that can only be written, and is emptied as it goes."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size_bytes = 0

    def write(self, data: bytes) -> int:
        """Take some bytes."""
        self._parts.append(bytes(data))
        self.size_bytes += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back that could be written out."""

    def take(self) -> bytes:
        """What was written since the last time."""
        taken = b"".join(self._parts)
        self._parts.clear()
        self.size_bytes = 0
        return taken
