"""Every way the API says no that the other doors do not know."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.errors import EmotionError, InvalidRequestError, UploadTooLargeError
from emotion_clf.web.problems import json_answer

if TYPE_CHECKING:
    from apiflask import HTTPError
    from flask.typing import ResponseReturnValue

_ERRORS_TOLD: Final = 20
_NAME_CHARACTERS: Final = 100
_OR_NOTHING: Final = ".none"  # of a field that may be left out: that it was not is no fault
_PLACES: Final = {"json": "body", "form_and_files": "body", "form": "body", "view_args": "path"}


class TokenError(EmotionError):
    """Nothing that shows who asks, or nothing that counts."""

    status = 401
    code = "token_missing"
    title = "A token or a key is needed"
    headers = MappingProxyType({"WWW-Authenticate": 'Bearer realm="emotion-clf"'})


class CredentialsError(TokenError):
    """A name or a password that is wrong; the answer does not tell which."""

    code = "credentials_wrong"
    title = "The name or the password is wrong"


class TokenInvalidError(TokenError):
    """A token that is not ours, not for this, or a key that is not known."""

    code = "token_invalid"
    title = "The token or the key does not count"
    headers = MappingProxyType({"WWW-Authenticate": 'Bearer realm="emotion-clf", error="invalid_token"'})


class TokenExpiredError(TokenInvalidError):
    """A token whose time is over."""

    code = "token_expired"


class TokenRevokedError(TokenInvalidError):
    """A token that was taken back, or used up."""

    code = "token_revoked"


class ScopeError(EmotionError):
    """Known, and not allowed to do this."""

    status = 403
    code = "scope_missing"
    title = "Not allowed with this token or key"


class ForeignPageError(EmotionError):
    """A page of another site makes somebody's browser ask."""

    status = 403
    code = "foreign_page"
    title = "Not from another site"


class InvalidFieldsError(InvalidRequestError):
    """Well formed, and with values that will not do; `errors` names each."""

    status = 422
    code = "invalid_fields"
    title = "Some values will not do"

    def __init__(self, message: str, errors: tuple[dict[str, str], ...]) -> None:
        super().__init__(message)
        self.errors = errors


class MediaTypeError(InvalidRequestError):
    """A body of another media type than this address takes."""

    status = 415
    code = "unsupported_media_type"
    title = "Another media type is needed"


class MalformedBodyError(InvalidRequestError):
    """A body that is not what its media type says."""

    code = "malformed_body"
    title = "The body cannot be read"


class BodyTooLargeError(UploadTooLargeError):
    """More bytes than this address takes."""

    code = "body_too_large"
    title = "The request is too large"


class RateLimitError(EmotionError):
    """Too many requests in too little time."""

    status = 429
    code = "rate_limited"
    title = "Too many requests"


class RepeatDiffersError(InvalidRequestError):
    """An Idempotency-Key that stands for another request."""

    status = 422
    code = "idempotency_key_reused"
    title = "This key was used for something else"


class RepeatRunningError(EmotionError):
    """The first request under this Idempotency-Key is still at work."""

    status = 409
    code = "idempotency_in_progress"
    title = "Still at work"


class LabelError(EmotionError):
    """An emotion that the model which answered does not know."""

    status = 409
    code = "label_unknown"
    title = "The model does not know this emotion"


def field_error(place: str, field: str, message: str) -> dict[str, str]:
    """One entry of `errors`."""
    return {"in": place, "field": field, "message": message}


def invalid_fields(error: HTTPError) -> ResponseReturnValue:
    """What APIFlask finds wrong with a request, in our shape; nothing of what was sent is quoted."""
    found = tuple(_told(error.detail if isinstance(error.detail, dict) else {}))[:_ERRORS_TOLD]
    listed = "; ".join(f"{each['field'] or each['in']}: {each['message']}" for each in found[:1])
    return json_answer(InvalidFieldsError(f"{listed or error.message}. See 'errors' for all.", found))


def _told(detail: dict[str, Any]) -> list[dict[str, str]]:
    found = {
        (_PLACES.get(place, place), _sent_name(str(field)), str(message).removeprefix("Value error, ")): None
        for place, fields in detail.items()
        for field, messages in fields.items()
        for message in messages
        if not str(field).endswith(_OR_NOTHING)
    }
    return [field_error(*each) for each in found]


def _sent_name(place: str) -> str:
    """A field as it was sent, with its place in a list: Pydantic adds which of several types did not fit."""
    first, *inner = place.split(".")
    return ".".join([first, *(part for part in inner if part.isdecimal())])[:_NAME_CHARACTERS]
