"""What answers have in common: conditions, pages, links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlencode

from flask import request

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Response

    from emotion_clf.storage import Page

T = TypeVar("T")

_OK: Final = 200


def offer_condition(response: Response) -> Response:
    """Give what was read a tag, and answer 304 where the client has it already."""
    if request.method in {"GET", "HEAD"} and response.status_code == _OK and not response.direct_passthrough:
        response.add_etag()
        response.make_conditional(request)
    return response


def paged(found: Page[T], tell: Callable[[T], dict[str, Any]]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """One page of many things, with links to the others."""
    body = {
        "items": [tell(item) for item in found.items],
        "page": found.page,
        "pages": found.pages,
        "total": found.total,
    }
    return body, _OK, {"Link": _links(found.page, found.pages)}


def _links(page: int, pages: int) -> str:
    wanted = {"first": 1, "last": pages}
    if 1 < page <= pages:
        wanted["prev"] = page - 1
    if page < pages:
        wanted["next"] = page + 1
    return ", ".join(f'<{_address(number)}>; rel="{name}"' for name, number in wanted.items())


def _address(page: int) -> str:
    return f"{request.path}?{urlencode({**request.args, 'page': page})}"
