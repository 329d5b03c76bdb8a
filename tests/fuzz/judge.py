"""Whether an answer is one that the product may give, whatever was sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import jsonschema

if TYPE_CHECKING:
    from tests.fuzz.sent import Answer, Sent

LONGEST_S: Final = 10.0
# Of what docs/api.md lists, all that a server in good health may answer: everything else above 500 is a finding.
DOCUMENTED: Final = {503: {"busy"}, 507: {"disk_full"}}
# What gunicorn refuses before the application hears of it: a line or a head too long, or none that HTTP has.
_BEFORE_US: Final = {400, 414, 431}
_PROBLEM: Final = "application/problem+json"


class Judge:
    """Knows the schema of problems, as the server's own document has it."""

    def __init__(self, document: dict[str, Any]) -> None:
        schemas = document["components"]["schemas"]
        schema = {**schemas["Problem"], "components": {"schemas": schemas}}
        self._problem = jsonschema.Draft202012Validator(schema)

    def fault(self, sent: Sent, answer: Answer) -> str | None:
        """What is wrong with an answer, in a few words; None where nothing is."""
        if answer.took_s > LONGEST_S:
            return f"hang: {answer.took_s:.1f} s"
        if answer.status == 0 or (answer.status >= 500 and not _is_documented(answer)):
            return f"unexpected {answer.status or 'end without an answer'}"
        is_before_us = answer.status in _BEFORE_US and answer.body.startswith(b"<html>")
        return None if is_before_us else self._shape(sent, answer)

    def _shape(self, sent: Sent, answer: Answer) -> str | None:
        of_api = sent.target.startswith("/api/") and answer.status >= 400
        if of_api and sent.method != "HEAD" and answer.media_type != _PROBLEM:
            return f"{answer.status} as {answer.media_type or 'nothing'} from the API"
        if answer.media_type == _PROBLEM and sent.method != "HEAD":
            return self._not_a_problem(answer)
        return None

    def _not_a_problem(self, answer: Answer) -> str | None:
        try:
            told = json.loads(answer.body)
        except ValueError:
            return "a problem that is not JSON"
        wrong = jsonschema.exceptions.best_match(self._problem.iter_errors(told))
        if wrong is not None:
            return f"a problem against its schema: {wrong.message[:80]}"
        return None if told["status"] == answer.status and told["detail"].strip() else "a problem without a sentence"


def _is_documented(answer: Answer) -> bool:
    codes = DOCUMENTED.get(answer.status, set())
    if answer.media_type != _PROBLEM:
        return bool(codes)
    try:
        return json.loads(answer.body).get("code") in codes
    except ValueError:
        return False
