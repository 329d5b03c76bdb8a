"""A body that broke off, or whose chunks are malformed: found out while it is read."""

from __future__ import annotations

from typing import Final

from gunicorn.http.errors import NoMoreData, ParseException
from werkzeug.exceptions import ClientDisconnected

from emotion_clf.errors import InvalidRequestError

BROKEN: Final = (ParseException, NoMoreData, ClientDisconnected)


class BrokenBodyError(InvalidRequestError):
    """The body is not whole, or not in the chunks it promises."""

    code = "broken_body"
    title = "The body did not arrive whole"

    def __init__(self) -> None:
        super().__init__("The body broke off, or its chunks are malformed. Send the request again.")
