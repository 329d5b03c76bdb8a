"""What can be taken away from a job: its sentences as files, and its sound."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Response, jsonify, send_file

from emotion_clf.errors import JobStateError, NotFoundError
from emotion_clf.pipeline.requests import SOURCES
from emotion_clf.pipeline.sentence_table import COLUMNS, as_row
from emotion_clf.spreadsheet import to_csv
from emotion_clf.storage import JobState
from emotion_clf.transcription import Segment, Transcript, to_srt, to_webvtt
from emotion_clf.web import job_view
from emotion_clf.web.services import services
from emotion_clf.web.signed_in import guard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

    from emotion_clf.pipeline.requests import ReadSentence
    from emotion_clf.storage import Job

blueprint = Blueprint("job_results", __name__, url_prefix="/admin/jobs")
guard(blueprint)

_SUBTITLES: Final = {"vtt": (to_webvtt, "text/vtt"), "srt": (to_srt, "application/x-subrip")}
_MEDIA_POLICY: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"


@blueprint.get("/<job_id>/result.json")
def as_json(job_id: str) -> ResponseReturnValue:
    """The job and its sentences as a JSON file."""
    job, sentences = _finished(job_id)
    body = {**job_view.as_dict(job), "sentences": [sentence.as_dict() for sentence in sentences]}
    return _attached(jsonify(body), job.id, "json")


@blueprint.get("/<job_id>/result.csv")
def as_csv(job_id: str) -> ResponseReturnValue:
    """One row for each sentence."""
    job, sentences = _finished(job_id)
    return _attached(Response(sentences_csv(sentences), mimetype="text/csv"), job.id, "csv")


@blueprint.get("/<job_id>/result.<any(vtt, srt):form>")
def as_subtitles(job_id: str, form: str) -> ResponseReturnValue:
    """Subtitles that name the emotion after each sentence.

    Raises:
        NotFoundError: the source is a text, so that nothing has a time.
    """
    job, sentences = _finished(job_id)
    text, kind = subtitles(job, sentences, form)
    return _attached(Response(text, mimetype=kind), job.id, form)


@blueprint.get("/<job_id>/media")
def media(job_id: str) -> ResponseReturnValue:
    """The sound of a job; ranges are served, so that a player can seek."""
    path = services().jobs.media(job_id)
    guessed = mimetypes.guess_type(path.name)[0] or ""
    kind = guessed if guessed.startswith(("audio/", "video/")) else "application/octet-stream"
    response = send_file(path, mimetype=kind, conditional=True)
    response.headers["Content-Security-Policy"] = _MEDIA_POLICY
    return response


def sentences_csv(sentences: Sequence[ReadSentence]) -> str:
    """A row for each sentence."""
    return to_csv(COLUMNS, map(as_row, sentences))


def subtitles(job: Job, sentences: Sequence[ReadSentence], form: str) -> tuple[str, str]:
    """Subtitles that name the emotion after each sentence, and their media type.

    Args:
        job: whose.
        sentences: all of them.
        form: `vtt` or `srt`.

    Raises:
        NotFoundError: the source is a text, so that nothing has a time.
    """
    if any(sentence.start_s is None for sentence in sentences):
        raise NotFoundError("A text has no times, so there are no subtitles. Take CSV or JSON.")
    write, kind = _SUBTITLES[form]
    return write(_transcript(job, sentences)), kind


def _finished(job_id: str) -> tuple[Job, Sequence[ReadSentence]]:
    """A job that is done, with all its sentences.

    Raises:
        JobStateError: it is not done.
    """
    job = services().jobs.get(job_id, SOURCES)
    if job.state != JobState.SUCCEEDED:
        raise JobStateError("There is no result: this job is not done. Look at its page.")
    return job, services().jobs.sentences(job_id).items


def _transcript(job: Job, sentences: Sequence[ReadSentence]) -> Transcript:
    """The sentences as a transcript again, each with its emotion behind it."""
    segments = tuple(
        Segment(
            sentence.text if sentence.translation else f"{sentence.text} [{_label(sentence)}]",
            sentence.start_s or 0.0,
            sentence.end_s or 0.0,
            sentence.speaker,
            translation=f"{sentence.translation} [{_label(sentence)}]" if sentence.translation else None,
        )
        for sentence in sentences
    )
    summary = job.reading
    return Transcript(
        segments,
        summary.language if summary else None,
        (summary.engine if summary else None) or "",
        (summary.engine_version if summary else None) or "",
        tuple(summary.notes) if summary else (),
    )


def _label(sentence: ReadSentence) -> str:
    found = sentence.emotion
    finer = found.sub_emotion if found.sub_emotion != found.emotion else None
    source = "from the translation" if sentence.translation else None
    return ", ".join(filter(None, (found.emotion, finer, found.intensity, source)))


def _attached(response: Response, job_id: str, ending: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="emotions-{job_id}.{ending}"'
    return response
