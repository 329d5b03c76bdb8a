"""What was handed to a job, where it still lies there as it came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotion_clf.belongings.zip_stream import Entry
from emotion_clf.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from emotion_clf.storage import JobStore


def given_files(jobs: JobStore, job_id: str, folder: str, at: datetime, but: Path | None = None) -> Iterator[Entry]:
    """The upload and the text of a job.

    Args:
        jobs: where it is.
        job_id: the job.
        folder: where they go in the ZIP.
        at: their date.
        but: a file that is there already.
    """
    for path in jobs.given(job_id):
        if path != but:
            yield Entry(f"{folder}/given{path.suffix}", path, at)


def present(find: Callable[[], Path]) -> Path | None:
    """A file, None where there is none."""
    try:
        return find()
    except NotFoundError:
        return None
