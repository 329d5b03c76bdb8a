"""Requests with an Idempotency-Key: done once, answered alike for 24 hours."""

from __future__ import annotations

import hashlib
import re
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from flask import Response, make_response, request

from emotion_clf.api.guard import principal
from emotion_clf.api.refusals import InvalidFieldsError, RepeatDiffersError, RepeatRunningError, field_error
from emotion_clf.api.resources import resources
from emotion_clf.storage.repeats import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue

HEADER: Final = "Idempotency-Key"
_KEY: Final = re.compile("[!-~]{1,255}")
_CHUNK_BYTES: Final = 64 * 1024
_KEPT_HEADERS: Final = ("Content-Type", "Location")
_RETRY_AFTER_S: Final = 2


def repeatable(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Let a request be sent again under its key without being done again.

    An error is not kept: what failed may be tried again under the same key.
    """

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        key = request.headers.get(HEADER)
        if key is None:
            return view(*args, **kwargs)
        _check(key)
        return _once(key, lambda: view(*args, **kwargs))

    return answer


def _once(key: str, work: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    repeats, owner = resources().repeats, principal().owner
    asked = _digest()
    earlier = repeats.begin(owner, key, asked)
    if earlier is not None:
        if earlier.request_sha256 != asked:
            raise RepeatDiffersError(f"This {HEADER} was sent with another request. Choose a new one for each.")
        if earlier.answer is None:
            raise RepeatRunningError(
                "The first request under this key is still at work. Ask again soon.", retry_after_s=_RETRY_AFTER_S
            )
        return _again(earlier.answer)
    try:
        response = make_response(work())
        kept = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        repeats.end(owner, key, Answer(response.status_code, kept, response.get_data()))
    except BaseException:
        repeats.forget(owner, key)
        raise
    return response


def _again(answer: Answer) -> Response:
    response = Response(answer.body, answer.status, answer.headers)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _check(key: str) -> None:
    if not _KEY.fullmatch(key):
        message = "takes 1 to 255 visible ASCII characters, without blanks"
        raise InvalidFieldsError(f"{HEADER} {message}.", (field_error("header", HEADER, message),))


def _digest() -> str:
    """What was asked, in 256 bits: method, address, and the body as far as it counts."""
    found = hashlib.sha256(f"{request.method} {request.full_path}\0".encode())
    if request.mimetype != "multipart/form-data":
        found.update(request.get_data())
        return found.hexdigest()
    for name, value in sorted(request.form.items(multi=True)):
        found.update(f"{name}\0{value}\0".encode())
    for name, upload in request.files.items(multi=True):
        found.update(f"{name}\0{upload.filename}\0".encode())
        while chunk := upload.stream.read(_CHUNK_BYTES):
            found.update(hashlib.sha256(chunk).digest())
        upload.stream.seek(0)
    return found.hexdigest()
