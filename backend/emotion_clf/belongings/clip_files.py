"""Answers to clips as files: each as JSON, all as one table, recordings, embeddings of voices."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from emotion_clf.belongings.zip_stream import Entry
from emotion_clf.spreadsheet import csv_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from emotion_clf.storage import AnalysisStore, StoredAnalysis

    Owned = Sequence[tuple[str, Sequence[str]]]


_AT_A_TIME: Final = 200


def clip_files(analyses: AnalysisStore, mine: Owned, now: datetime) -> Iterator[Entry]:
    """The files of clips.

    Args:
        analyses: where they are.
        mine: owners, each with the ids of their analyses.
        now: the date of the table.
    """
    columns: dict[str, None] = {}
    for stored in _found(analyses, mine):
        columns.update(dict.fromkeys(stored.as_row()))
        yield from _files(analyses, stored)
    if columns:
        rows = (stored.as_row() for stored in _found(analyses, mine))
        known = ({name: row.get(name) for name in columns} for row in rows)
        yield Entry("clips.csv", (line.encode() for line in csv_lines(list(columns), known)), now)


def _found(analyses: AnalysisStore, mine: Owned) -> Iterator[StoredAnalysis]:
    """Yield those that are still there, asked for many at a time."""
    for owner, ids in mine:
        for start in range(0, len(ids), _AT_A_TIME):
            yield from analyses.some(ids[start : start + _AT_A_TIME], owner=owner)


def _files(analyses: AnalysisStore, stored: StoredAnalysis) -> Iterator[Entry]:
    yield Entry(f"clips/{stored.id}.json", [json.dumps(stored.as_dict(), indent=2).encode()], stored.created_at)
    embedding = stored.clip.prediction.embedding
    if embedding is not None:
        told = {"voice": stored.voice, "embedding": embedding.tolist()}
        yield Entry(f"voices/{stored.id}.json", [json.dumps(told).encode()], stored.created_at)
    path = analyses.recording_of(stored)
    if path is not None:
        yield Entry(f"recordings/{stored.id}.flac", path, stored.created_at)
