"""How much an address takes, and of which media type: checked before a byte of the body is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from flask import current_app, request

from emotion_clf.api.refusals import BodyTooLargeError, MalformedBodyError, MediaTypeError

if TYPE_CHECKING:
    from collections.abc import Callable

    View = TypeVar("View", bound=Callable[..., object])

FIELDS_BYTES: Final = 64 * 1024
JSON: Final = "application/json"
FORM: Final = "multipart/form-data"
_MARK: Final = "api_media_type"


def takes(media_type: str) -> Callable[[View], View]:
    """Mark an address with the media type of its body."""

    def mark(view: View) -> View:
        setattr(view, _MARK, media_type)
        return view

    return mark


def refuse_other_bodies(limit_bytes: int) -> None:
    """Refuse a body of another type, or one that is longer.

    Args:
        limit_bytes: the longest body taken.

    Raises:
        MediaTypeError: the body is of another type.
        MalformedBodyError: JSON was promised, and something else came.
        BodyTooLargeError: it says itself that it is longer; one that does not say is cut off while it is read.
    """
    request.max_content_length = limit_bytes
    wanted = getattr(current_app.view_functions[request.endpoint or ""], _MARK, None)
    if wanted is None:
        return
    if request.mimetype != wanted:
        raise MediaTypeError(f"Send this as Content-Type: {wanted}.")
    if (request.content_length or 0) > limit_bytes:
        raise BodyTooLargeError(f"The request is larger than {limit_bytes / 1024:,.0f} KiB. Send less at a time.")
    if wanted == JSON and request.get_json(silent=True) is None:
        raise MalformedBodyError("The body is not a JSON object.")
