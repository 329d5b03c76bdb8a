"""An address, file or text that was read, as files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from emotion_clf.belongings.given_files import given_files, present
from emotion_clf.belongings.zip_stream import Entry
from emotion_clf.errors import NotFoundError
from emotion_clf.pipeline.sentence_table import COLUMNS, as_row
from emotion_clf.spreadsheet import csv_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emotion_clf.storage import JobStore


def source_files(jobs: JobStore, job_id: str) -> Iterator[Entry]:
    """The files of one source, of one that is not read yet too."""
    try:
        job = jobs.get(job_id)
    except NotFoundError:
        return
    at, folder = job.created_at, f"sources/{job_id}"
    sentences = jobs.sentences(job_id).items
    told = {**job.as_dict(), "sentences": [sentence.as_dict() for sentence in sentences]}
    yield Entry(f"{folder}/source.json", [json.dumps(told, indent=2, ensure_ascii=False).encode()], at)
    if sentences:
        lines = csv_lines(COLUMNS, map(as_row, sentences))
        yield Entry(f"{folder}/sentences.csv", (line.encode() for line in lines), at)
    transcript = jobs.transcript(job_id)
    if transcript is not None:
        written = json.dumps(transcript.as_dict(), indent=2, ensure_ascii=False)
        yield Entry(f"{folder}/transcript.json", [written.encode()], at)
    media = present(lambda: jobs.media(job_id))
    if media is not None:
        yield Entry(f"{folder}/recording{media.suffix}", media, at)
    yield from given_files(jobs, job_id, folder, at, but=media)
