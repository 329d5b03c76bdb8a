"""Jobs that are done, without a worker: stored through the worker's own desk."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from emotion_clf.pipeline.requests import ReadSentence, SourceAnalysis, SourceOptions, SourceRequest
from emotion_clf.storage.leases import LeaseDesk
from emotion_clf.text import EMOTIONS, SUB_EMOTIONS, TextEmotion

if TYPE_CHECKING:
    from flask import Flask

    from emotion_clf.errors import EmotionError
    from emotion_clf.storage import Job

SAID = (
    ("Good morning.", "neutral"),
    ("I am so glad!", "happiness"),
    ("=SUM(A1) is what he said", "anger"),
    ("<b>Look</b> at that", "surprise"),
    ("I am so glad again.", "happiness"),
)


def answer(text: str, emotion: str, confidence: float = 0.7) -> TextEmotion:
    """An answer with these values and made-up rest."""
    rest = (1 - confidence) / (len(EMOTIONS) - 1)
    probabilities = {emotion: confidence, **{other: rest for other in EMOTIONS if other != emotion}}
    finer = None if emotion == "neutral" else SUB_EMOTIONS[emotion][0]
    degree = "mild" if emotion in {"happiness", "anger"} else None
    sub_emotions = {finer or "neutral": 0.6}
    return TextEmotion(text, emotion, confidence, probabilities, confidence < 0.5, finer, sub_emotions, degree)  # type: ignore[arg-type]


def waiting(app: Flask, title: str = "talk.wav", sound: bytes = b"RIFF") -> Job:
    """A job for a file that no worker was told of."""
    jobs = app.extensions["emotion_clf"].jobs
    request = SourceRequest("file", title, SourceOptions())
    job: Job = jobs.create(request, owner="link", upload=io.BytesIO(sound))
    return job


def finished(
    app: Flask,
    title: str = "talk.wav",
    *,
    sound: bytes = b"RIFF",
    said: tuple[tuple[str, str], ...] = SAID,
    language: str = "en",
    meant: dict[str, str] | None = None,
) -> Job:
    """A job that is done: each sentence two seconds long, by two speakers in turn, with the English in `meant`."""
    made = app.extensions["emotion_clf"]
    job = waiting(app, title, sound)
    desk = LeaseDesk(made.database, made.settings)
    claimed = desk.claim(job.id)
    assert claimed is not None
    sentences = tuple(
        ReadSentence(
            place,
            text,
            2.0 * place,
            2.0 * place + 1.5,
            f"Speaker {'AB'[place % 2]}",
            answer((meant or {}).get(text, text), emotion),
            (meant or {}).get(text),
        )
        for place, (text, emotion) in enumerate(said)
    )
    notes = ("A rough transcript: many words are misheard.",)
    analysis = SourceAnalysis(title, 2.0 * len(said), language, "whisper", "5", notes, "tiny", "1.0.0", sentences)
    assert desk.succeed(claimed[0], analysis)
    found: Job = made.jobs.get(job.id)
    return found


def failed(app: Flask, error: EmotionError, title: str = "talk.wav") -> Job:
    """A job whose first step failed."""
    return fail(app, waiting(app, title), error)


def fail(app: Flask, job: Job, error: EmotionError) -> Job:
    """Let the step `decode` of a job that waits fail."""
    made = app.extensions["emotion_clf"]
    desk = LeaseDesk(made.database, made.settings)
    claimed = desk.claim(job.id)
    assert claimed is not None
    desk.begin(claimed[0], "decode")
    assert desk.fail(claimed[0], "decode", error)
    found: Job = made.jobs.get(job.id)
    return found
