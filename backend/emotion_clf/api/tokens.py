"""Tokens that say who asks: signed, short-lived, for this server alone, and taken back at will."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from flask_jwt_extended import JWTManager, create_access_token, create_refresh_token, decode_token
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt import ExpiredSignatureError, PyJWTError

from emotion_clf.api.refusals import TokenExpiredError, TokenInvalidError
from emotion_clf.secret import derived_key
from emotion_clf.storage.api_keys import SCOPES

if TYPE_CHECKING:
    from collections.abc import Collection

    from flask import Flask

    from emotion_clf.settings import Settings

Kind = Literal["access", "refresh"]

ALGORITHM: Final = "HS256"
ISSUER: Final = "emotion-clf"
AUDIENCE: Final = "emotion-clf/api"
ACCESS: Final = timedelta(minutes=15)
REFRESH: Final = timedelta(days=30)
_PURPOSE: Final = "api tokens 1"


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says that counts.

    Attributes:
        admin_id: whose it is.
        scopes: what it is good for.
        jti: its own number.
        expires_at: until when it counts, in UTC.
    """

    admin_id: str
    scopes: tuple[str, ...]
    jti: str
    expires_at: datetime


def signing_key(settings: Settings) -> str:
    """The key of tokens: it follows from the installation's secret, and is not the one that signs cookies."""
    return derived_key(settings, _PURPOSE)


def configure(app: Flask, settings: Settings) -> None:
    """Tell Flask-JWT-Extended the one way in which tokens are made and read here."""
    app.config.update(
        JWT_SECRET_KEY=signing_key(settings),
        JWT_ALGORITHM=ALGORITHM,
        JWT_DECODE_ALGORITHMS=[ALGORITHM],
        JWT_ENCODE_ISSUER=ISSUER,
        JWT_DECODE_ISSUER=ISSUER,
        JWT_ENCODE_AUDIENCE=AUDIENCE,
        JWT_DECODE_AUDIENCE=AUDIENCE,
        JWT_TOKEN_LOCATION=["headers"],
        JWT_ACCESS_TOKEN_EXPIRES=ACCESS,
        JWT_REFRESH_TOKEN_EXPIRES=REFRESH,
    )
    JWTManager(app)


def issue(admin_id: str, scopes: Collection[str]) -> dict[str, Any]:
    """A pair of new tokens, as the API gives them."""
    chosen = [scope for scope in SCOPES if scope in scopes]
    claims = {"scopes": chosen}
    return {
        "access_token": create_access_token(admin_id, additional_claims=claims),
        "refresh_token": create_refresh_token(admin_id, additional_claims=claims),
        "token_type": "Bearer",
        "expires_in": int(ACCESS.total_seconds()),
        "scopes": chosen,
    }


def read(token: str, kind: Kind | None) -> Token:
    """What a token says, once its signature, times, issuer, audience and type have been checked.

    Args:
        token: as it was sent.
        kind: the type it has to be of; None: either.

    Raises:
        TokenExpiredError: its time is over.
        TokenInvalidError: it is not one of ours, or not of that type.
    """
    try:
        claims = decode_token(token)
        found = Token(
            str(claims["sub"]),
            tuple(scope for scope in SCOPES if scope in claims["scopes"]),
            str(claims["jti"]),
            datetime.fromtimestamp(claims["exp"], UTC),
        )
        known = claims["type"] in ({"access", "refresh"} if kind is None else {kind})
    except ExpiredSignatureError:
        raise TokenExpiredError("The token's time is over. Ask /api/v1/auth/refresh for a new one.") from None
    except (PyJWTError, JWTExtendedException, KeyError, TypeError, ValueError):
        raise TokenInvalidError("This is no token of this server. Ask /api/v1/auth/token for one.") from None
    if not known:
        raise TokenInvalidError(f"This is a token of another type. Send the {kind} token.")
    return found
