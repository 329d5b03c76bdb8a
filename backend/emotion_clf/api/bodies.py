"""How much an address takes, and of which media type: checked before a byte of the body is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from flask import current_app, request

from emotion_clf.api.refusals import (
    BodyTooLargeError,
    InvalidFieldsError,
    MalformedBodyError,
    MediaTypeError,
    field_error,
)
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from emotion_clf.settings import Settings

    View = TypeVar("View", bound=Callable[..., object])

FIELDS_BYTES: Final = 64 * 1024
JSON: Final = "application/json"
FORM: Final = "multipart/form-data"
_MARK: Final = "api_body"


def takes(media_type: str, room: Callable[[Settings], int] = lambda _: 0) -> Callable[[View], View]:
    """Mark an address with the media type of its body.

    Args:
        media_type: the only one taken.
        room: bytes of the longest body under these settings, over those of a few fields.
    """

    def mark(view: View) -> View:
        setattr(view, _MARK, (media_type, room))
        return view

    return mark


def check_body() -> None:
    """Refuse a body of another type, or one that is longer, or fields that come twice.

    Raises:
        MediaTypeError: the body is of another type.
        MalformedBodyError: JSON was promised, and something else came.
        BodyTooLargeError: it says itself that it is longer; one that does not say is cut off while it is read.
        InvalidFieldsError: a field that stands for one value has several.
    """
    _refuse_twice("query", request.args.lists())
    wanted, room = getattr(current_app.view_functions[request.endpoint or ""], _MARK, (None, lambda _: 0))
    limit_bytes = FIELDS_BYTES + room(services().settings)
    request.max_content_length = limit_bytes
    if wanted is None:
        return
    if request.mimetype != wanted:
        raise MediaTypeError(f"Send this as Content-Type: {wanted}.")
    if _is_longer(limit_bytes, is_json=wanted == JSON):
        raise BodyTooLargeError(f"The request is larger than {limit_bytes / 1024:,.0f} KiB. Send less at a time.")
    if wanted == JSON and not _is_json():
        raise MalformedBodyError("The body is not a JSON object.")
    if wanted == FORM:
        _refuse_twice("body", request.form.lists())
        _refuse_twice("body", (found for found in request.files.lists() if found[0] != "files"))


def _is_longer(limit_bytes: int, *, is_json: bool) -> bool:
    """Whether the body is too long; JSON that does not say how long it is is read, and cut off there."""
    if request.content_length is None and is_json:
        return len(request.get_data()) >= limit_bytes
    return (request.content_length or 0) > limit_bytes


def _is_json() -> bool:
    return request.get_json(silent=True) is not None


def _refuse_twice(place: str, fields: Iterable[tuple[str, Sequence[object]]]) -> None:
    for name, values in fields:
        if len(values) > 1:
            wrong = field_error(place, name[:100], "is sent more than once")
            raise InvalidFieldsError("A field is sent more than once. See 'errors'.", (wrong,))
