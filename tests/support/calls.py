"""Calls in the database, without a worker: stored through the worker's own desk."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import numpy as np
import soundfile

from emotion_clf.audio import SAMPLE_RATE_HZ
from emotion_clf.calls import Timeline, Turn, Window
from emotion_clf.pipeline.call_requests import PEAKS_PER_S, CallAnalysis, CallRequest
from emotion_clf.storage.leases import LeaseDesk
from tests.support.bundles import LABELS, ONNX_DIM
from tests.support.readings import fail
from tests.support.sound import voice

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from emotion_clf.errors import EmotionError
    from emotion_clf.storage import Job

WINDOW_S: Final = 3.0
TURN_S: Final = 6.0
SPEAKERS: Final = ("left", "right")
CALMS_DOWN: Final = ("angry",) * 4 + ("calm",) * 4
OWNER: Final = "0123456789abcdef" * 2


def as_owner(client: FlaskClient, owner: str = OWNER) -> FlaskClient:
    """The client as the browser whose calls these are."""
    with client.session_transaction() as session:
        session["visitor"] = owner
    return client


def timeline(
    said: tuple[str, ...] = CALMS_DOWN, *, labels: tuple[str, ...] = LABELS, judged: str = "right"
) -> Timeline:
    """A call in which the agent and the customer take turns of six seconds.

    Args:
        said: what the customer sounds like in each turn.
        labels: of the model.
        judged: whose windows have emotions.
    """
    turns, windows = [], []
    for place in range(2 * len(said)):
        start, speaker = place * TURN_S, SPEAKERS[place % 2]
        turns.append(Turn(start, start + TURN_S - 0.4, speaker, 20))
        label = said[place // 2] if speaker == judged else None
        windows += [_window(begin, speaker, label, labels) for begin in (start, start + WINDOW_S)]
    return Timeline(
        duration_s=2 * len(said) * TURN_S,
        window_s=WINDOW_S,
        hop_s=WINDOW_S,
        layout="channels",
        speakers=SPEAKERS,
        customer="right",
        customer_chosen=False,
        labels=labels,
        turns=tuple(turns),
        windows=tuple(windows),
        model_name="tiny",
        model_version="0.0.1",
        notes=("Two channels: one person on each.",),
    )


def waiting(app: Flask, title: str = "call.wav", *, owner: str = OWNER) -> Job:
    """A call that no worker was told of."""
    job: Job = app.extensions["emotion_clf"].jobs.create(CallRequest(title), owner=owner, upload=io.BytesIO(b"RIFF"))
    return job


def finished(
    app: Flask, title: str = "call.wav", *, owner: str = OWNER, found: Timeline | None = None, sound: bool = True
) -> Job:
    """A call that is analysed, with embeddings that tell its speakers apart."""
    made = app.extensions["emotion_clf"]
    job = waiting(app, title, owner=owner)
    found = found or timeline()
    desk = LeaseDesk(made.database, made.settings)
    claimed = desk.claim(job.id)
    assert claimed is not None
    rng = np.random.default_rng(3)
    embeddings = rng.normal(size=(len(found.windows), ONNX_DIM)).astype(np.float32)
    peaks = rng.integers(0, 255, size=(2, round(found.duration_s * PEAKS_PER_S)), dtype=np.uint8)
    assert desk.succeed(claimed[0], CallAnalysis(found, embeddings, peaks))
    if sound:
        samples = voice(found.duration_s)
        target = made.jobs.folder(job.id).sound
        soundfile.write(target, np.stack([samples, samples * 0.5], axis=1), SAMPLE_RATE_HZ, format="FLAC")
    stored: Job = made.jobs.get(job.id)
    return stored


def failed(app: Flask, error: EmotionError, title: str = "call.wav") -> Job:
    """A call whose first step failed."""
    return fail(app, waiting(app, title), error)


def _window(start: float, speaker: str, label: str | None, labels: tuple[str, ...]) -> Window:
    end = start + WINDOW_S
    if label is None:
        return Window(start, end, speaker, WINDOW_S, 0.0)
    rest = 0.2 / (len(labels) - 1)
    probabilities = {label: 0.8, **{other: rest for other in labels if other != label}}
    return Window(start, end, speaker, WINDOW_S, 0.0, label, probabilities, uncertain=False)
