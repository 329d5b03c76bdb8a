"""Who asks, and whether they may: checked before every address of the API."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from flask import current_app, g, request

from emotion_clf.api.bodies import check_body
from emotion_clf.api.refusals import ForeignPageError, ScopeError, TokenError, TokenInvalidError, TokenRevokedError
from emotion_clf.api.resources import resources
from emotion_clf.api.tokens import read
from emotion_clf.errors import NotFoundError
from emotion_clf.storage.api_keys import PREFIX, SCOPES
from emotion_clf.web.audited import act_as
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotion_clf.api.tokens import Token
    from emotion_clf.storage import Admin

    View = TypeVar("View", bound=Callable[..., object])

PUBLIC: Final = "public"
_MARK: Final = "api_scope"
_RATE: Final = "api_rate"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_NAME: Final = re.compile("[0-9A-Za-z_-]{1,64}")  # every id and every name of a model
_OWN_PAGES: Final = frozenset({"same-origin", "none"})


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks.

    Attributes:
        owner: what their jobs and answers are marked with: `key:<id>`, `admin:<id>` or `local`.
        scopes: what they may do.
        name: what the audit log calls them; None: whoever is on this machine, whose acts are not noted.
    """

    owner: str
    scopes: frozenset[str]
    name: str | None = None


LOCAL: Final = Principal("local", frozenset(SCOPES))


def needs(scope: str, rate: str | None = None) -> Callable[[View], View]:
    """Mark an address with the scope it needs, `PUBLIC` where it needs none; one without a mark answers nobody.

    Args:
        scope: one of `SCOPES`, or `PUBLIC`.
        rate: the kind of its own rate limit, one of `limits.RATE_KINDS`; None: the general one alone.
    """

    def mark(view: View) -> View:
        setattr(view, _MARK, scope)
        setattr(view, _RATE, rate)
        return view

    return mark


def scope_of(endpoint: str) -> str | None:
    """The scope an address needs; None where it was forgotten."""
    scope: str | None = getattr(current_app.view_functions[endpoint], _MARK, None)
    return scope


def principal() -> Principal:
    """Who asks, known since `check`."""
    found: Principal = g.principal
    return found


def check() -> None:
    """Refuse whoever may not ask this, or asks too often; then what no address would take.

    Raises:
        NotFoundError: no id looks like that.
        InvalidRequestError: the body is of another type, or a field comes twice.
        BodyTooLargeError: the body is longer than this address takes.
        RateLimitError: too many requests.
        TokenError: nothing shows who asks, or it does not count.
        ScopeError: they may not.
        ForeignPageError: another site's page asks through a browser on this machine.
    """
    endpoint = request.endpoint or ""
    scope = scope_of(endpoint)
    limited = services().settings.asks_for_tokens
    if limited:
        resources().limits.count("requests", f"address:{request.remote_addr}")
    if scope != PUBLIC:
        g.principal = _who_asks()
        act_as(g.principal.name)
        if scope not in g.principal.scopes:
            raise ScopeError(f"This takes the scope '{scope}', which the token or key does not have.")
    if limited:
        _count_for(scope, getattr(current_app.view_functions[endpoint], _RATE, None))
    if not all(_NAME.fullmatch(str(value)) for value in (request.view_args or {}).values()):
        raise NotFoundError("There is nothing of that name here.")
    check_body()


def count_more(rate: str, further: int) -> None:
    """Count what one request brings beyond the first.

    Args:
        rate: the kind of limit, one of `limits.RATE_KINDS`.
        further: how many there are beyond the one `check` has counted.

    Raises:
        RateLimitError: they are too many.
    """
    if further and services().settings.asks_for_tokens:
        resources().limits.count(rate, principal().owner, further)


def _count_for(scope: str | None, rate: str | None) -> None:
    """Count a request for whoever asks: for an address where nobody has to say who they are."""
    limits, is_public = resources().limits, scope == PUBLIC
    who = f"address:{request.remote_addr}" if is_public else principal().owner
    if not is_public:
        limits.count("requests", who)
    if rate is not None:
        limits.count(rate, who)


def _who_asks() -> Principal:
    secret = _shown()
    if secret is None and not services().settings.asks_for_tokens:
        _refuse_other_sites()
        return LOCAL
    if secret is None:
        raise TokenError("Send a token in 'Authorization: Bearer …' or a key in 'X-API-Key: …'.")
    if secret.startswith(PREFIX):
        key = resources().keys.find(secret)
        if key is None:
            raise TokenInvalidError("This key is not known here, or was revoked. Ask the operator for another.")
        return Principal(key.owner, frozenset(key.scopes), f"key {key.name}")
    return _admin_of(secret)


def administrator(token: Token) -> Admin:
    """Whose token it is.

    Raises:
        TokenInvalidError: they are gone.
    """
    try:
        return services().admins.get(token.admin_id)
    except NotFoundError:
        raise TokenInvalidError("The administrator of this token is gone.") from None


def _admin_of(secret: str) -> Principal:
    token = read(secret, "access")
    if resources().revocations.has(token.jti):
        raise TokenRevokedError("The token was revoked. Ask /api/v1/auth/token for a new one.")
    admin = administrator(token)
    return Principal(admin.owner, frozenset(token.scopes), admin.name)


def _shown() -> str | None:
    """The token or key that was sent; cookies are never looked at.

    Raises:
        TokenInvalidError: what was sent is neither.
    """
    key, header = request.headers.get("X-API-Key"), request.headers.get("Authorization")
    if key is not None:
        if not key.startswith(PREFIX):
            raise TokenInvalidError(f"A key begins with '{PREFIX}'. Tokens go into 'Authorization: Bearer …'.")
        return key
    if header is None:
        return None
    kind, _, secret = header.partition(" ")
    if kind.casefold() != "bearer" or not secret.strip():
        raise TokenInvalidError("Write the header as 'Authorization: Bearer …'.")
    return secret.strip()


def _refuse_other_sites() -> None:
    """On an open server, whatever a browser on this machine is made to do by another site's page is refused."""
    if request.method in _SAFE_METHODS:
        return
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    foreign = origin is not None and origin.partition("://")[2] != request.host
    if foreign or (site is not None and site not in _OWN_PAGES):
        raise ForeignPageError("A page of another site may not use this server. Ask from a program, or from /docs.")
