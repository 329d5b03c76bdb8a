"""The sound files of a folder, and what their names say."""

from __future__ import annotations

import csv
import filecmp
from typing import TYPE_CHECKING, Any

from ml_models.data.sources.corpus import LeftOut, Reading, Reason
from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from ml_models.data.corpora import Clip

SUFFIXES = frozenset({".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".aac", ".webm"})
POINTER_HEAD = b"version https://git-lfs.github.com/spec/"
POINTER_MAX_BYTES = 1024
MAC_EXTRAS = "__MACOSX"


def sound_files(folder: Path) -> tuple[Path, ...]:
    """List the sound files in a folder and below, sorted; what archivers add beside them is skipped.

    Raises:
        TrainingDataError: no such folder, no sound files, or Git LFS pointers among them.
    """
    if not folder.is_dir():
        raise TrainingDataError(f"There is no folder {folder}.")
    found = tuple(
        path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES and not _extra(path, folder)
    )
    if not found:
        raise TrainingDataError(f"{folder} holds no sound files ({', '.join(sorted(SUFFIXES))}).")
    require_pulled(found, folder)
    return found


def require_pulled(paths: Iterable[Path], folder: Path) -> None:
    """Check that the files are sound and not what Git LFS leaves in their place.

    Raises:
        TrainingDataError: some are pointers.
    """
    pointers = [path for path in paths if _is_pointer(path)]
    if pointers:
        raise TrainingDataError(
            f"{len(pointers):,} file(s) such as {pointers[0].name} are Git LFS pointers, not sound. Fetch the sound "
            f"with: git -C {folder} lfs pull"
        )


def read_names(paths: Iterable[Path], parse: Callable[[Path], Clip | None]) -> Reading:
    """Read a corpus whose file names say everything; of several files of one name the first is taken.

    Args:
        paths: the sound files.
        parse: from a path to its clip, or to None for a name that is not of this corpus.
    """
    clips: dict[tuple[str, str], Clip] = {}
    left_out = []
    for path in paths:
        clip = parse(path)
        if clip is None:
            left_out.append(LeftOut(path, Reason.FOREIGN))
            continue
        first = clips.setdefault((clip.speaker, path.stem), clip)
        if first is not clip:
            same = filecmp.cmp(first.path, path, shallow=False)
            left_out.append(LeftOut(path, Reason.COPY if same else Reason.OTHER_FORM))
    return Reading(tuple(clips.values()), tuple(left_out))


def beside(folder: Path, name: str) -> Path | None:
    """Find a file that comes with the recordings, in their folder or in the one above."""
    return next((path for home in (folder, folder.parent) if (path := home / name).is_file()), None)


def rows_of(table: Path, columns: Sequence[str], **dialect: Any) -> tuple[dict[str, str], ...]:
    """Read a table that comes with a corpus.

    Args:
        table: in UTF-8, with a header.
        columns: which have to be there.
        dialect: as `csv.DictReader` takes it.

    Raises:
        TrainingDataError: a column is missing.
    """
    with table.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines, restval="", **dialect)
        missing = [column for column in columns if column not in (reader.fieldnames or ())]
        if missing:
            raise TrainingDataError(f"{table} lacks the column(s) {', '.join(missing)}.")
        return tuple(reader)


def _extra(path: Path, folder: Path) -> bool:
    parts = path.relative_to(folder).parts
    return any(part.startswith(".") or part == MAC_EXTRAS for part in parts) or not path.is_file()


def _is_pointer(path: Path) -> bool:
    if not path.is_file() or path.stat().st_size > POINTER_MAX_BYTES:
        return False
    return path.read_bytes().startswith(POINTER_HEAD)
