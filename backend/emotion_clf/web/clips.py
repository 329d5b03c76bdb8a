"""Record or upload a clip, see its emotion."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, jsonify, redirect, render_template, request, send_file, url_for

from emotion_clf.errors import EmotionError, InvalidRequestError
from emotion_clf.spreadsheet import to_csv
from emotion_clf.storage import MEDIA_TYPE
from emotion_clf.web import presentation, voices, why, why_view
from emotion_clf.web.counted import count_clip
from emotion_clf.web.forms import ClipForm, DeleteForm, clip_form
from emotion_clf.web.problems import refused, too_large
from emotion_clf.web.samples import SAMPLE_MARK, sample_of, sample_path, samples
from emotion_clf.web.security import wants_json
from emotion_clf.web.services import services
from emotion_clf.web.visitor import ensure_visitor_id, visitor_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.typing import ResponseReturnValue

    from emotion_clf.speech import Manifest
    from emotion_clf.storage import StoredAnalysis

blueprint = Blueprint("clips", __name__)

_RECENT: Final = 5


@blueprint.get("/emotion")
def form() -> ResponseReturnValue:
    """The card with its two ways in."""
    return _form_page(clip_form())


@blueprint.post("/emotion_predict")
def predict() -> ResponseReturnValue:
    """Analyse a clip: JSON at once, or a redirect to the result's permalink."""
    sent = clip_form()
    try:
        stored = _analyse(sent)
    except EmotionError as error:
        return refused(error, lambda told: _form_page(sent, told))
    permalink = url_for("clips.result", analysis_id=stored.id)
    if wants_json():
        return jsonify({**presentation.as_json(stored), "permalink": permalink})
    return redirect(permalink, code=303)


@blueprint.get("/analyses/<analysis_id>")
def result(analysis_id: str) -> ResponseReturnValue:
    """One result, for the browser that made it."""
    stored = services().analyses.get(analysis_id, owner=visitor_id())
    if wants_json():
        return jsonify(presentation.as_json(stored))
    clip = stored.clip
    return render_template(
        "analysis.html",
        stored=stored,
        clip=clip,
        prediction=clip.prediction,
        look=presentation.look_of(clip.prediction.label),
        bars=presentation.bars(clip),
        certainty=presentation.certainty(clip),
        manifest=_manifest(clip.prediction.model_name),
        sample=sample_of(stored.source_name),
        agreed_text=services().analyses.agreed_text(stored),
        delete_form=DeleteForm(),
        feedback=services().feedback.find(stored.id, owner=visitor_id()),
        said=request.args.get("feedback"),
        look_of=presentation.look_of,
        **_why(stored),
    )


@blueprint.get("/analyses/<analysis_id>.json")
def result_json(analysis_id: str) -> ResponseReturnValue:
    """One result as a JSON file."""
    stored = services().analyses.get(analysis_id, owner=visitor_id())
    response = jsonify(presentation.as_json(stored))
    response.headers["Content-Disposition"] = f'attachment; filename="emotion-{analysis_id}.json"'
    return response


@blueprint.get("/analyses/<analysis_id>.csv")
def result_csv(analysis_id: str) -> ResponseReturnValue:
    """One result as a CSV file of one row."""
    stored = services().analyses.get(analysis_id, owner=visitor_id())
    response = Response(_csv(stored), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="emotion-{analysis_id}.csv"'
    return response


@blueprint.get("/analyses/<analysis_id>/recording")
def recording(analysis_id: str) -> ResponseReturnValue:
    """The kept recording; ranges are served, so that a player can seek."""
    path = services().analyses.recording(analysis_id, owner=visitor_id())
    return send_file(path, mimetype=MEDIA_TYPE, conditional=True)


@blueprint.post("/analyses/<analysis_id>/delete")
def delete(analysis_id: str) -> ResponseReturnValue:
    """Delete a result and its recording now."""
    services().analyses.delete(analysis_id, owner=visitor_id())
    if wants_json():
        return "", 204
    return redirect(url_for("clips.form", deleted=analysis_id), code=303)


def _analyse(sent: ClipForm) -> StoredAnalysis:
    if not sent.validate():
        raise InvalidRequestError("The form is not complete. Reload the page and send it again.")
    manifest = services().models.manifest(sent.model.data)
    earlier = voices.earlier_clips(manifest, visitor_id()) if voices.ticked(sent) else None
    with _clip(sent) as (source, name):
        heard = services().analyser.analyse(source, manifest.name, voices.voice_of(earlier or ()))
    if not sent.sample.data:
        count_clip(heard.analysis.prediction)
    return services().analyses.save(
        heard,
        owner=ensure_visitor_id(),
        source_name=name,
        keep_recording=bool(sent.keep.data),
        keep_embedding=manifest.adaptation is not None and not sent.sample.data,
        same_voice=earlier,
    )


@contextmanager
def _clip(sent: ClipForm) -> Iterator[tuple[IO[bytes], str]]:
    """The sent clip as a nameless open file, and what the user calls it.

    A nameless file is gone when it is closed, whatever happens to this process.

    Raises:
        InvalidRequestError: neither a file nor the name of a sample was sent.
        UploadTooLargeError: the file is over the limit.
    """
    if sent.sample.data:
        path = sample_path(sent.sample.data)
        with path.open("rb") as source:
            yield source, SAMPLE_MARK + path.name
        return
    upload = request.files.get("audio")
    if upload is None or not (upload.filename or upload.content_length):
        raise InvalidRequestError("No recording arrived. Send an audio file in the form field 'audio'.")
    with tempfile.TemporaryFile() as source:
        shutil.copyfileobj(upload.stream, source)
        if source.tell() > services().settings.max_upload_bytes:
            raise too_large()
        source.flush()
        yield source, upload.filename or "recording"


def _form_page(sent: ClipForm, error: EmotionError | None = None) -> str:
    owned = visitor_id()
    recent = services().analyses.recent(owner=owned, limit=_RECENT) if owned else []
    return render_template(
        "emotion.html",
        form=sent,
        error=error,
        samples=samples(),
        settings=services().settings,
        models=services().models.manifests(),
        words_of=presentation.words_of,
        offers=voices.offers(owned),
        recent=[(stored, presentation.look_of(stored.clip.prediction.label)) for stored in recent],
        deleted=request.args.get("deleted"),
    )


def _manifest(name: str) -> Manifest | None:
    """What a model says of itself, None where it is no longer installed."""
    try:
        return services().models.manifest(name)
    except EmotionError:
        return None


def _why(stored: StoredAnalysis) -> dict[str, Any]:
    """The explanation, where the page is asked for it; and whether a page without scripts can ask."""
    has_sound = why.kept_sound(stored) is not None
    if request.args.get("why") != "1" or not has_sound:
        return {"has_sound": has_sound}
    try:
        found, note = why.explained(stored)
    except EmotionError as error:
        return {"has_sound": has_sound, "why_error": error}
    return {
        "has_sound": has_sound,
        "why_sentence": why_view.sentence(found, stored.clip.prediction.label),
        "why_note": note,
        "stretches": why_view.stretches(found),
    }


def _csv(stored: StoredAnalysis) -> str:
    """One header and one row."""
    row = stored.as_row()
    return to_csv(list(row), [row])
