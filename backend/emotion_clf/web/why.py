"""Why a clip got its answer: from the recording that is kept, from the sample, or from the clip sent once more."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from flask import Blueprint, jsonify, redirect, request, url_for

from emotion_clf.errors import NotFoundError
from emotion_clf.web import why_view
from emotion_clf.web.allowance import count_explanation
from emotion_clf.web.problems import too_large
from emotion_clf.web.samples import sample_of, sample_path
from emotion_clf.web.security import wants_json
from emotion_clf.web.services import services
from emotion_clf.web.visitor import visitor_id
from emotion_clf.web.voices import voice_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.typing import ResponseReturnValue

    from emotion_clf.speech import Voice
    from emotion_clf.speech.saliency import Saliency
    from emotion_clf.storage import StoredAnalysis

blueprint = Blueprint("why", __name__)

_LOST = "The recording of this result was not kept. Send it again in the form field 'audio' to ask why."


@blueprint.post("/analyses/<analysis_id>/why")
def of_clip(analysis_id: str) -> ResponseReturnValue:
    """Which stretches speak for the answer: JSON for programs and scripts, the result's page for people."""
    stored = services().analyses.get(analysis_id, owner=visitor_id())
    if not wants_json():
        return redirect(url_for("clips.result", analysis_id=analysis_id, why=1, _anchor="why"), code=303)
    found, note = explained(stored)
    return jsonify(why_view.as_json(found, stored.clip.prediction.label, note))


def explained(stored: StoredAnalysis) -> tuple[Saliency, str | None]:
    """The explanation of a result, and what is to be known of it.

    Raises:
        NotFoundError: its sound is neither here nor sent along.
        EmotionError: the sound or the model cannot be used, or the server is busy.
    """
    count_explanation()
    prediction = stored.clip.prediction
    services().why.manifest(prediction.model_name, prediction.model_version)
    voice = _voice(stored)
    with _sound(stored) as source:
        found = services().why.of_file(source, model=prediction.model_name, label=prediction.label, voice=voice)
    known = 0 if voice is None else voice.count
    if known == prediction.adapted_to_clips:
        return found, None
    return found, (
        f"The answer was adapted to {prediction.adapted_to_clips} earlier clips of this voice, of which {known} are "
        "still here; the explanation is adapted to these."
    )


def kept_sound(stored: StoredAnalysis) -> Path | None:
    """The file of a result's sound, where it is here: the kept recording, or the sample."""
    sample = sample_of(stored.source_name)
    if sample is not None:
        return sample_path(sample.name)
    try:
        return services().analyses.recording(stored.id, owner=visitor_id())
    except NotFoundError:
        return None


@contextmanager
def _sound(stored: StoredAnalysis) -> Iterator[IO[bytes]]:
    """The sound that is sent along, else what is kept of it."""
    upload = request.files.get("audio")
    if upload is not None:
        with tempfile.TemporaryFile() as source:
            shutil.copyfileobj(upload.stream, source)
            if source.tell() > services().settings.max_upload_bytes:
                raise too_large()
            source.flush()
            yield source
        return
    path = kept_sound(stored)
    if path is None:
        raise NotFoundError(_LOST)
    with path.open("rb") as source:
        yield source


def _voice(stored: StoredAnalysis) -> Voice | None:
    """The earlier clips that the answer was adapted to, as far as they are still here."""
    prediction = stored.clip.prediction
    if not prediction.adapted_to_clips:
        return None
    manifest = services().models.manifest(prediction.model_name)
    marked = services().analyses.my_voice(manifest, owner=visitor_id())
    return voice_of([clip for clip in marked if clip.created_at < stored.created_at])
