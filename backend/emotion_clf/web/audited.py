"""What administrators do through the pages, noted in the audit log."""

from __future__ import annotations

import re
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
# A test compares these with the addresses that change something under /admin.
ACTS: Final = {
    SIGN_IN: "sign in",
    "admin.leave": "sign out",
    "jobs.create": "create job",
    "job.cancel": "cancel job",
    "job.retry": "retry job",
    "job.delete": "delete job",
}
_WRONG_PASSWORD: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS})
_JOB_ID: Final = re.compile(r"/([0-9a-f]{32})$")


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
        if request.endpoint in ACTS and request.endpoint != SIGN_IN and request.method == "POST":
            admin = current_admin()
            g.audited_admin = None if admin is None else admin.name

    def end(self, response: Response) -> None:
        """Note what was done, or that it failed."""
        if request.endpoint not in ACTS or request.method != "POST":
            return
        done = response.status_code < HTTPStatus.BAD_REQUEST
        who = _who_signs_in(response.status_code) if request.endpoint == SIGN_IN else g.get("audited_admin")
        if who is None and request.endpoint != SIGN_IN:
            return
        outcome = "done" if done else str(g.get("error_code") or response.status_code)
        self.audit.note(ACTS[request.endpoint], who=who, what=_job_id(response), outcome=outcome)


def _who_signs_in(status: int) -> str | None:
    """The administrator who did or tried; a name nobody has is not noted, since it may be a password."""
    if status < HTTPStatus.BAD_REQUEST:
        admin = current_admin()
        return None if admin is None else admin.name
    if status not in _WRONG_PASSWORD:
        return None
    try:
        known = services().admins.find(request.form.get("name", ""))
    except EmotionError:
        return None
    return None if known is None else known.name


def _job_id(response: Response) -> str | None:
    """The job that was meant, or made."""
    given = (request.view_args or {}).get("job_id")
    if given is not None:
        return str(given) if _JOB_ID.fullmatch(f"/{given}") else None
    made = _JOB_ID.search(response.location or "")
    return None if made is None else made.group(1)
