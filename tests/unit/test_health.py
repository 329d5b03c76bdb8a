from __future__ import annotations

from emotion_clf.doctor import examine, surroundings
from emotion_clf.settings import Settings
from emotion_clf.web.health import LOOKS_EVERY_S, LastLook
from tests.conftest import running
from tests.support.processes import free_port


def test_what_lies_outside_is_looked_at_once_in_two_seconds() -> None:
    now, looks = [100.0], []

    def look() -> dict[str, bool]:
        looks.append(now[0])
        return {"disk": len(looks) == 1}

    last = LastLook(look, clock=lambda: now[0])
    assert last.checks() == last.checks() == {"disk": True}
    now[0] += LOOKS_EVERY_S
    assert last.checks() == {"disk": False}
    assert looks == [100.0, 100.0 + LOOKS_EVERY_S]


def test_a_full_disk_and_a_broker_that_is_gone_are_said(settings: Settings) -> None:
    changed = settings.model_copy(
        update={"disk_least_bytes": 1 << 60, "broker_url": f"redis://127.0.0.1:{free_port()}/0"}
    )
    with running(changed) as app:
        answer = app.test_client().get("/health/ready")
    assert answer.status_code == 503
    assert answer.get_json()["checks"] | {"model": 0, "text_model": 0} == {
        "model": 0,
        "text_model": 0,
        "database": True,
        "broker": False,
        "disk": False,
    }
    assert "127.0.0.1" not in answer.get_data(as_text=True)


def test_the_doctor_makes_the_same_checks(settings: Settings) -> None:
    changed = settings.model_copy(update={"disk_least_bytes": 1 << 60})
    found = {finding.subject: finding for finding in examine(changed)}
    assert {"database", "broker", "disk"} <= set(found)
    assert not found["disk"].ok
    assert "DISK_LEAST_BYTES" in found["disk"].mend
    assert surroundings.disk(settings).ok
