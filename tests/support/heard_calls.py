"""A call that was really heard: its job is done step by step in this process."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from emotion_clf.pipeline.call_requests import CallOptions, CallRequest
from emotion_clf.pipeline.calls import CallSteps
from emotion_clf.pipeline.requests import CALL, CLASSIFY, steps_of
from emotion_clf.pipeline.step import StepWatch
from emotion_clf.storage.leases import LeaseDesk
from tests.support.sound import wav

if TYPE_CHECKING:
    import numpy as np
    from flask import Flask


def heard_call(app: Flask, samples: np.ndarray, *, owner: str, customer: str | None = None) -> str:
    """The job's id of a call that was analysed for an owner.

    Args:
        app: whose models and database.
        samples: (n,) or (n, channels) at 16 kHz.
        owner: a visitor's number.
        customer: as `CallOptions`.
    """
    services = app.extensions["emotion_clf"]
    request = CallRequest("call.wav", CallOptions(customer=customer))
    job = services.jobs.create(request, owner=owner, upload=io.BytesIO(wav(samples)))
    desk, steps = LeaseDesk(services.database, services.settings), CallSteps(services.settings, services.models)
    claimed = desk.claim(job.id)
    assert claimed is not None
    watch, folder = StepWatch(lambda _share, _line: None, lambda: False), services.jobs.folder(job.id)
    for step in steps_of(CALL):
        assert desk.begin(claimed[0], step)
        if step == CLASSIFY:
            assert desk.succeed(claimed[0], steps.classify(request, folder, watch))
        else:
            assert desk.end(claimed[0], step, steps.run(step, request, folder, watch))
    return str(job.id)


def judged_windows(app: Flask, job_id: str) -> list[int]:
    """The numbers of those windows that have an answer."""
    windows = app.extensions["emotion_clf"].calls.get(job_id).timeline.windows
    return [number for number, window in enumerate(windows) if window.label is not None]
