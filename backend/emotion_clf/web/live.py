"""The emotion of the last seconds while somebody speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Blueprint, jsonify, render_template, request

from emotion_clf.errors import InvalidRequestError, UnsupportedAudioError, UploadTooLargeError
from emotion_clf.pipeline.live import MAX_BYTES, WINDOW_S, hear_window, pcm_window
from emotion_clf.web.forms import DeleteForm
from emotion_clf.web.presentation import look_of
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("live", __name__, url_prefix="/live")

_MEDIA_TYPE: Final = "application/octet-stream"


@blueprint.get("")
def page() -> ResponseReturnValue:
    """The page that listens."""
    models = services().models
    manifest = models.manifest(models.default_name)
    return render_template(
        "live.html",
        settings=services().settings,
        manifest=manifest,
        looks=[(label, look_of(label)) for label in manifest.labels],
        window_s=WINDOW_S,
        form=DeleteForm(formdata=None),
    )


@blueprint.post("/window")
def window() -> ResponseReturnValue:
    """Hear one window; nothing of it is stored."""
    return jsonify(hear_window(services().models, pcm_window(_sent_bytes())).as_dict())


def _sent_bytes() -> bytes:
    """The body, refused by its length before it is read.

    Raises:
        UnsupportedAudioError: it is said to be something else than bytes.
        InvalidRequestError: its length is not given, or less has arrived.
        UploadTooLargeError: it is longer than a window.
    """
    if request.mimetype != _MEDIA_TYPE:
        raise UnsupportedAudioError(f"Send 16-bit PCM at 16 kHz, one channel, as {_MEDIA_TYPE}.")
    length = request.content_length
    if length is None:
        raise InvalidRequestError("Give the length of the window in the header Content-Length.")
    if length > MAX_BYTES:
        raise UploadTooLargeError(f"A window holds {MAX_BYTES:,} bytes at most. Send the last {WINDOW_S:g} s only.")
    data = request.get_data()
    if len(data) != length:
        raise InvalidRequestError("Only a part of the window has arrived. Send it again.")
    return data
