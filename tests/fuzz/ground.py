"""What the attack stands on: an application with a clip, a call, a job and a link, and who may see them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.support import calls, readings
from tests.support.admins import signed_in_client
from tests.support.sound import voice, wav
from tests.support.web import send_html, token

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.fuzz.sent import Sent

COOKIE = "emotion-clf"
_PLACE = re.compile(rb"~([a-z]+)~")


@dataclass
class Ground:
    """Whatever a request may name, made anew once it was deleted.

    Attributes:
        app: over the same database as the server under attack.
        client: signed in as an administrator, and the owner of a clip and of a call.
        known: what the places of a request stand for.
    """

    app: Flask
    client: FlaskClient = field(init=False)
    known: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client = signed_in_client(self.app)
        calls.as_owner(self.client)
        self.known["csrf"] = token(self.client)
        self.refresh()

    @property
    def cookie(self) -> str:
        """The header that shows who asks."""
        found = self.client.get_cookie(COOKIE)
        assert found is not None
        return f"{COOKIE}={found.value}"

    def refresh(self) -> None:
        """Make what is gone again."""
        services = self.app.extensions["emotion_clf"]
        if not services.analyses.search(owner=calls.OWNER, per_page=1).total:
            sent = send_html(self.client, wav(voice(1.0)), keep="y")
            assert sent.status_code == 303, sent.get_data(as_text=True)
            self.known["clip"] = sent.location.rpartition("/")[2]
        if not self._is_there("call"):
            self.known["call"] = calls.finished(self.app).id
            share, secret = services.shares.create(self.known["call"], timedelta(days=1), with_sound=True)
            self.known["share"], self.known["token"] = share.id, secret
        if not self._is_there("job"):
            self.known["job"] = readings.finished(self.app).id

    def _is_there(self, name: str) -> bool:
        from emotion_clf.errors import NotFoundError

        try:
            found = self.app.extensions["emotion_clf"].jobs.get(self.known.get(name, "-"))
        except NotFoundError:
            return False
        return bool(found.state == "succeeded")

    def filled(self, sent: Sent) -> tuple[str, bytes]:
        """The target and the body with what is known in their places."""
        return self._fill(sent.target.encode("latin-1", "replace")).decode("latin-1"), self._fill(sent.body)

    def _fill(self, data: bytes) -> bytes:
        return _PLACE.sub(lambda found: self.known.get(found.group(1).decode(), "x").encode(), data)


def routes(app: Flask) -> list[tuple[str, tuple[str, ...], str, str]]:
    """Every address of the application: rule, arguments, method, endpoint; none is left out."""
    found = []
    for rule in app.url_map.iter_rules():
        arguments = tuple(re.findall(r"<([^>]+)>", rule.rule))
        found += [(rule.rule, arguments, method, rule.endpoint) for method in sorted(rule.methods or ())]
    return found
