"""One property of every address: whatever is sent, the answer is a right one, soon, and in the shape it should have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.conftest import running
from tests.fuzz import strange
from tests.fuzz.ground import Ground, routes
from tests.fuzz.in_process import send
from tests.fuzz.judge import Judge
from tests.fuzz.sent import CORPUS, Sent, saved_requests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emotion_clf.settings import Settings

EXAMPLES = 250
JSON = {"Content-Type": "application/json", "Accept": "application/json"}
# Every type of JSON, alone and as the value of a field.
TYPES = [None, True, 0, -1, 10**400, 1.5, "", "x", "\0", [], [1], [[]], {}, {"a": {}}]


@pytest.fixture
def ground(settings: Settings) -> Iterator[Ground]:
    with running(settings.model_copy(update={"fetch_hosts": ()})) as app:
        yield Ground(app)


@pytest.fixture
def judge(ground: Ground) -> Judge:
    return Judge(ground.client.get("/openapi.json").get_json())


def test_strange_requests_to_every_address_are_answered(ground: Ground, judge: Judge) -> None:
    @seed(6)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strange.requests(routes(ground.app)))
    def each(sent: Sent) -> None:
        assert judge.fault(sent, send(ground, sent)) is None, sent.as_json()

    each()


def test_every_type_of_json_is_answered_by_every_address_that_takes_a_body(ground: Ground, judge: Judge) -> None:
    asked = 0
    for rule, arguments, method, endpoint in routes(ground.app):
        if method not in {"POST", "PUT", "DELETE"}:
            continue
        target = rule
        for name in arguments:
            target = target.replace(f"<{name}>", {"job_id": "~call~", "analysis_id": "~clip~"}.get(name, "0"))
        for body in [*TYPES, *(dict.fromkeys(strange.FIELDS[:12], value) for value in TYPES)]:
            sent = Sent(method, target, tuple(JSON.items()), json.dumps(body).encode(), endpoint)
            answer = send(ground, sent)
            assert judge.fault(sent, answer) is None, (answer, sent.as_json())
            asked += 1
    assert asked > 30 * len(TYPES)


@pytest.mark.parametrize("path", saved_requests(), ids=lambda path: path.stem)
def test_what_once_failed_is_answered(ground: Ground, judge: Judge, path: Path) -> None:
    sent = Sent.from_json(path.read_text(encoding="utf-8"))
    answer = send(ground, sent)
    assert judge.fault(sent, answer) is None, answer
    assert 200 <= answer.status < 500


@pytest.mark.parametrize("path", sorted((CORPUS / "media").iterdir()), ids=lambda path: path.name)
def test_files_that_once_failed_are_answered(ground: Ground, judge: Judge, path: Path) -> None:
    body = strange.multipart([("audio", path.name, path.read_bytes())])
    headers = (("Content-Type", "multipart/form-data; boundary=b"), ("Accept", "application/json"))
    sent = Sent("POST", "/emotion_predict", headers, body, "clips.predict")
    answer = send(ground, sent)
    assert judge.fault(sent, answer) is None, answer
