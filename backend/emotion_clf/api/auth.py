"""Tokens for administrators; programs of their own have keys, made by `emotion-clf key create`."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from emotion_clf.api import answers, bodies, schemas, tokens
from emotion_clf.api.area import area
from emotion_clf.api.guard import PUBLIC, administrator, needs
from emotion_clf.api.refusals import CredentialsError, TokenInvalidError, TokenRevokedError
from emotion_clf.api.resources import resources
from emotion_clf.errors import SignInError
from emotion_clf.web.admin import checked_admin
from emotion_clf.web.audited import act_as

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = area("api_auth", "Tokens")


@blueprint.post("/auth/token")
@needs(PUBLIC, "logins")
@bodies.takes(bodies.JSON)
@blueprint.input(schemas.TokenRequest, arg_name="asked")
@blueprint.output(answers.TokenPair)
def token(asked: schemas.TokenRequest) -> ResponseReturnValue:
    """Tokens for an administrator's name and password."""
    try:
        admin = checked_admin(asked.name, asked.password)
    except SignInError as error:
        raise CredentialsError(error.message) from None
    act_as(admin.name)
    return tokens.issue(admin.id, asked.scopes)


@blueprint.post("/auth/refresh")
@needs(PUBLIC, "logins")
@bodies.takes(bodies.JSON)
@blueprint.input(schemas.RefreshRequest, arg_name="asked")
@blueprint.output(answers.TokenPair)
def refresh(asked: schemas.RefreshRequest) -> ResponseReturnValue:
    """New tokens for a refresh token, which is used up."""
    found = tokens.read(asked.refresh_token, "refresh")
    act_as(administrator(found).name)
    if not resources().revocations.add(found.jti, found.expires_at):
        raise TokenRevokedError("The refresh token was used or revoked. Ask /api/v1/auth/token for new ones.")
    return tokens.issue(found.admin_id, found.scopes)


@blueprint.post("/auth/revoke")
@needs(PUBLIC, "logins")
@bodies.takes(bodies.JSON)
@blueprint.input(schemas.RevokeRequest, arg_name="asked")
@blueprint.doc(responses={204: "Revoked, now or before"})
def revoke(asked: schemas.RevokeRequest) -> ResponseReturnValue:
    """Let a token count no more; whoever holds it may do so."""
    found = tokens.read(asked.token, None)
    with suppress(TokenInvalidError):
        act_as(administrator(found).name)
    resources().revocations.add(found.jti, found.expires_at)
    return "", 204
