"""A call as files: how it was made, its timeline, what was computed of its voices, its sound."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emotion_clf.belongings.given_files import given_files, present
from emotion_clf.belongings.zip_stream import Entry
from emotion_clf.calls.exports import timeline_csv, timeline_json
from emotion_clf.calls.moments import key_moments
from emotion_clf.calls.score import score
from emotion_clf.errors import JobStateError, NotFoundError
from emotion_clf.pipeline.call_requests import PEAKS_PER_S
from emotion_clf.spreadsheet import csv_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import numpy.typing as npt

    from emotion_clf.calls import Timeline
    from emotion_clf.storage import CallStore, JobStore, StoredCall


def call_files(jobs: JobStore, calls: CallStore, job_id: str) -> Iterator[Entry]:
    """The files of one call, of one that is not analysed yet too."""
    try:
        job = jobs.get(job_id)
        at, folder = job.created_at, f"calls/{job_id}"
        yield Entry(f"{folder}/job.json", [json.dumps(job.as_dict(), indent=2).encode()], at)
        yield from given_files(jobs, job_id, folder, at)
        sound = present(lambda: calls.sound(job_id))
        if sound is not None:
            yield Entry(f"{folder}/sound.flac", sound, at)
        yield from _found(calls, calls.get(job_id), folder)
    except (JobStateError, NotFoundError):
        return


def _found(calls: CallStore, stored: StoredCall, folder: str) -> Iterator[Entry]:
    at, timeline = stored.job.created_at, stored.timeline
    told = timeline_json(timeline, score(timeline), key_moments(timeline), stored.job.title)
    yield Entry(f"{folder}/call.json", [json.dumps(told, indent=2).encode()], at)
    yield Entry(f"{folder}/timeline.csv", [timeline_csv(timeline).encode()], at)
    peaks = {"peaks_per_s": PEAKS_PER_S, "channels": calls.peaks(stored.job.id).tolist()}
    yield Entry(f"{folder}/waveform.json", [json.dumps(peaks).encode()], at)
    yield Entry(f"{folder}/voices.csv", _voices(timeline, calls.embeddings(stored.job.id)), at)


def _voices(timeline: Timeline, embeddings: npt.NDArray[np.float32]) -> Iterator[bytes]:
    """One row for each window: when, whose voice, and its embedding."""
    numbers = [f"e{place}" for place in range(embeddings.shape[1])]
    rows: Iterator[dict[str, Any]] = (
        {
            "start_s": round(window.start_s, 3),
            "end_s": round(window.end_s, 3),
            "speaker": window.speaker,
            **dict(zip(numbers, embedding.tolist(), strict=True)),
        }
        for window, embedding in zip(timeline.windows, embeddings, strict=True)
    )
    return (line.encode() for line in csv_lines(["start_s", "end_s", "speaker", *numbers], rows))
