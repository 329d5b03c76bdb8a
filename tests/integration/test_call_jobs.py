"""Calls through real workers: analysed, stopped, deleted, and taken up again where a worker died."""

from __future__ import annotations

import os
import shutil
import time
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from emotion_clf import EmotionPredictor
from emotion_clf.errors import NotFoundError
from emotion_clf.jobs.queue import enqueue
from emotion_clf.pipeline.call_requests import CallOptions, CallRequest
from emotion_clf.settings import PROJECT_DIR
from emotion_clf.speech import Manifest
from emotion_clf.storage import CallStore, Job, JobState
from tests.support.dialogues import small_call
from tests.support.jobs import OWNER, Site, site
from tests.support.sound import wav

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CALL = wav(small_call(8))
LONG_TURNS = 80  # four minutes
DIM = Manifest.read(PROJECT_DIR / "ml_models" / "models" / "embedded").embedder.dim


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Site]:
    with with_the_embedded_model(tmp_path) as found:
        yield found


def with_the_embedded_model(folder: Path, **changed: str) -> Any:
    shutil.copytree(PROJECT_DIR / "ml_models" / "models" / "embedded", folder / "models" / "embedded")
    return site(folder, [], MODEL="embedded", **changed)


def create(found: Site, content: bytes, name: str = "call.wav", **options: Any) -> Job:
    job = found.jobs.create(CallRequest(name, CallOptions(**options)), owner=OWNER, upload=BytesIO(content))
    enqueue(found.settings, job.id, job.request.kind)
    return job


def long_call() -> bytes:
    return wav(np.tile(small_call(8), (LONG_TURNS // 8, 1)))


def test_a_call_is_the_same_through_every_door(here: Site, tmp_path: Path) -> None:
    here.start()
    job = create(here, CALL)
    ended = here.ended(job)
    assert ended.state is JobState.SUCCEEDED, ended
    calls = CallStore(here.database, here.settings)
    stored = calls.get(job.id)
    (tmp_path / "call.wav").write_bytes(CALL)
    report = EmotionPredictor(settings=here.settings).analyze_call(tmp_path / "call.wav")
    assert stored.timeline == report.timeline
    assert stored.timeline.customer == "right"
    assert any(window.label for window in stored.timeline)
    assert stored.has_sound
    assert here.jobs.folder(job.id).upload is None
    assert calls.embeddings(job.id).shape == (len(stored.timeline.windows), DIM)
    assert calls.peaks(job.id).shape[0] == 2
    here.jobs.retry(job.id, "decode")
    again = here.ended(job)
    assert (again.state, again.steps[0].state.value) == (JobState.SUCCEEDED, "skipped")
    assert calls.get(job.id).timeline == stored.timeline


def test_what_is_no_call_ends_with_a_sentence(here: Site) -> None:
    here.start()
    refused = [
        (wav(small_call(2))[:20_000], {}, "too_short"),
        (b"no recording " * 99, {}, "unsupported_audio"),
        (wav(small_call(4)), {"customer": "A"}, "invalid_request"),
    ]
    jobs = [create(here, content, **options) for content, options, _ in refused]
    for job, (_, _, code) in zip(jobs, refused, strict=True):
        ended = here.ended(job)
        assert (ended.state, ended.error_code) == (JobState.FAILED, code)
        assert ended.error_message


def test_a_worker_killed_in_every_step_makes_one_result(here: Site, tmp_path: Path) -> None:
    content = long_call()
    job = create(here, content, hop_s=0.5)
    folder = here.jobs.folder(job.id)
    for before in ("upload.wav", "decode.json", "voices.json", "embed.json"):
        worker = here.start()
        deadline = time.monotonic() + 60
        while not (folder.path / before).is_file() or not started(here, job):
            assert time.monotonic() < deadline, here.log.read_text(encoding="utf-8")
            time.sleep(0.005)
        here.kill(worker)
        assert not here.jobs.get(job.id).state.ended
    here.start()
    ended = here.ended(job)
    assert ended.state is JobState.SUCCEEDED, ended
    assert ended.attempt >= 3
    calls = CallStore(here.database, here.settings)
    (tmp_path / "call.wav").write_bytes(content)
    report = EmotionPredictor(settings=here.settings).analyze_call(tmp_path / "call.wav", hop_s=0.5)
    assert calls.get(job.id).timeline == report.timeline
    left = sorted(path.name for path in folder.path.iterdir())
    assert not [name for name in left if name.startswith((".", "upload"))], left


def started(found: Site, job: Job) -> bool:
    """Whether the worker at hand has begun."""
    return found.jobs.get(job.id).state is JobState.RUNNING


def test_a_running_call_is_stopped_and_taken_up_again(here: Site) -> None:
    job = create(here, long_call())
    here.start()
    here.in_step(job, "voices")
    here.jobs.cancel(job.id)
    assert here.ended(job).state is JobState.CANCELLED
    here.jobs.retry(job.id)
    assert here.ended(job).state is JobState.SUCCEEDED


def test_a_running_call_is_deleted_and_nothing_of_it_stays(here: Site) -> None:
    job = create(here, long_call())
    here.start()
    here.in_step(job, "voices")
    here.jobs.delete(job.id)
    after = create(here, CALL)
    assert here.ended(after).state is JobState.SUCCEEDED
    with pytest.raises(NotFoundError):
        CallStore(here.database, here.settings).get(job.id)
    assert os.listdir(here.jobs.folder(after.id).path.parent) == [after.id]  # noqa: PTH208
