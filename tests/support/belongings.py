"""Something of everything for one owner, made without a worker."""

from __future__ import annotations

import io
import tempfile
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from emotion_clf.pipeline.requests import ReadSentence, SourceAnalysis, SourceRequest
from emotion_clf.storage import Repeats, WebhookStore
from emotion_clf.storage.leases import LeaseDesk
from emotion_clf.storage.repeats import Answer
from emotion_clf.web.feedback import judged_clip
from tests.support import calls
from tests.support.readings import SAID, answer
from tests.support.sound import voice, wav

if TYPE_CHECKING:
    from flask import Flask

    from emotion_clf.storage import Job, StoredAnalysis


def clip(app: Flask, owner: str, name: str = "clip.wav") -> StoredAnalysis:
    """A clip that was heard, with its recording and an embedding."""
    made = app.extensions["emotion_clf"]
    with tempfile.TemporaryFile() as sound:
        sound.write(wav(voice(1.0)))
        sound.flush()
        heard = made.analyser.analyse(sound, None)
    stored: StoredAnalysis = made.analyses.save(
        heard, owner=owner, source_name=name, keep_recording=True, keep_embedding=True, same_voice=()
    )
    return stored


def source(app: Flask, owner: str) -> Job:
    """A recording of which every sentence is read."""
    made = app.extensions["emotion_clf"]
    job: Job = made.jobs.create(SourceRequest("file", "talk.wav"), owner=owner, upload=io.BytesIO(wav(voice(1.0))))
    desk = LeaseDesk(made.database, made.settings)
    claimed = desk.claim(job.id)
    assert claimed is not None
    sentences = tuple(
        ReadSentence(place, text, 2.0 * place, 2.0 * place + 1.5, "A", answer(text, emotion))
        for place, (text, emotion) in enumerate(SAID)
    )
    analysis = SourceAnalysis("talk.wav", 10.0, "en", "whisper", "5", (), "tiny", "1.0.0", sentences)
    assert desk.succeed(claimed[0], analysis)
    return job


def everything(app: Flask, owner: str) -> list[str]:
    """Something in every table that can hold something of an owner; the ids of the clip, the call and the source."""
    made = app.extensions["emotion_clf"]
    heard = clip(app, owner)
    made.feedback.give(judged_clip(heard), owner=owner, right=False, correction="calm")
    call = calls.finished(app, owner=owner)
    made.shares.create(call.id, timedelta(days=1), with_sound=True)
    WebhookStore(made.database).add(call.id, "https://example.org/hook")
    read = source(app, owner)
    repeats = Repeats(made.database)
    repeats.begin(owner, "again", "0" * 64)
    repeats.end(owner, "again", Answer(201, {}, b'{"label": "calm"}'))
    return [heard.id, call.id, read.id]


def voices(content: str) -> np.ndarray:
    """The embeddings of a call's table, without its first three columns."""
    rows = [line.split(",")[3:] for line in content.splitlines()[1:]]
    return np.array(rows, dtype=np.float32)
