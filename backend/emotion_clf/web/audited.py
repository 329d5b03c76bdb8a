"""What administrators do through the pages, and they and keys through the API, noted in the audit log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Self

from flask import g, request

from emotion_clf.errors import EmotionError
from emotion_clf.logs.audit import Audit
from emotion_clf.web.services import services
from emotion_clf.web.signed_in import current_admin

if TYPE_CHECKING:
    from flask import Response

    from emotion_clf.settings import Settings

SIGN_IN: Final = "admin.enter"
_SIGN_INS: Final = frozenset({SIGN_IN, "api_auth.token"})
# A test compares these with the addresses that change something under /admin. One under /api that has no name here is
# noted by its method and address.
ACTS: Final = {
    SIGN_IN: "sign in",
    "admin.leave": "sign out",
    "jobs.create": "create job",
    "job.cancel": "cancel job",
    "job.retry": "retry job",
    "job.delete": "delete job",
    "api_auth.token": "make tokens",
    "api_auth.refresh": "refresh tokens",
    "api_auth.revoke": "revoke token",
    "api_jobs.create": "create job",
    "api_jobs.cancel": "cancel job",
    "api_jobs.retry": "retry job",
    "api_jobs.delete": "delete job",
    "api_calls.create": "create call",
    "api_clips.create": "hear clip",
    "api_clips.batch": "hear clips",
    "api_analyses.delete": "delete analysis",
    "api_me.delete": "delete data",
    "api_feedback.give": "give feedback",
    "api_feedback.withdraw": "withdraw feedback",
    "api_feedback.give_of_window": "give feedback",
    "api_feedback.withdraw_of_window": "withdraw feedback",
}
_API: Final = "api_"
_CHANGES_NOTHING: Final = frozenset({"api_texts.create"})
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_RATE_LIMITED: Final = "rate_limited"  # refusing a flood must not fill the disk
_WRONG_PASSWORD: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS})
_ID: Final = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Auditor:
    """Notes the acts of `ACTS`; what strangers are refused is no act, wrong passwords are.

    Attributes:
        audit: where they are noted.
    """

    audit: Audit

    @classmethod
    def make(cls, settings: Settings) -> Self:
        """One that notes where the settings say."""
        return cls(Audit(settings.audit_path))

    def begin(self) -> None:
        """Remember who asks: somebody who signs out is nobody afterwards.

        Raises:
            StorageError: the database cannot be used.
        """
        if request.endpoint != SIGN_IN and not _of_api() and _act() is not None:
            admin = current_admin()
            act_as(None if admin is None else admin.name)

    def end(self, response: Response) -> None:
        """Note what was done, or that it failed."""
        act, code = _act(), g.get("error_code")
        if act is None or code == _RATE_LIMITED:
            return
        signs_in = request.endpoint in _SIGN_INS
        who = _who_signs_in(response.status_code) if signs_in else g.get("audited_who")
        if who is None and not signs_in:
            return
        done = response.status_code < HTTPStatus.BAD_REQUEST
        outcome = "done" if done else str(code or response.status_code)
        self.audit.note(act, who=who, what=_what(response), outcome=outcome)


def act_as(name: str | None) -> None:
    """Remember who is found to ask, whatever becomes of it; None: nobody who is known."""
    g.audited_who = name


def _of_api() -> bool:
    return (request.endpoint or "").startswith(_API)


def _act() -> str | None:
    """What the request at hand does; None: nothing that is noted."""
    endpoint = request.endpoint
    if endpoint is None or request.method in _SAFE_METHODS or endpoint in _CHANGES_NOTHING:
        return None
    unnamed = f"{request.method} {request.url_rule}" if _of_api() else None
    return ACTS.get(endpoint, unnamed)


def _who_signs_in(status: int) -> str | None:
    """The administrator who did or tried; a name nobody has is not noted, since it may be a password."""
    if status < HTTPStatus.BAD_REQUEST:
        known = g.get("audited_who") if _of_api() else current_admin()
        return known if known is None or isinstance(known, str) else known.name
    if status not in _WRONG_PASSWORD:
        return None
    try:
        found = services().admins.find(_name_sent())
    except EmotionError:
        return None
    return None if found is None else found.name


def _name_sent() -> str:
    sent = request.get_json(silent=True) if _of_api() else request.form
    name = sent.get("name", "") if isinstance(sent, Mapping) else ""
    return name if isinstance(name, str) else ""


def _what(response: Response) -> str | None:
    """What was meant, or made: the id of a job or of an analysis."""
    given = next((str(value) for name, value in (request.view_args or {}).items() if name.endswith("_id")), None)
    named = given if given is not None else (response.location or "").rpartition("/")[2]
    return named if _ID.fullmatch(named) else None
