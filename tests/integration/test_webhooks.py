"""Addresses that are told of a job's end: a real receiver, or one that nobody may reach."""

from __future__ import annotations

import json
import re
import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from emotion_clf.errors import WebhookError
from emotion_clf.fetch.webhook import check_webhook, post
from emotion_clf.jobs.webhooks import SIGNATURE, tell_all
from emotion_clf.settings import PROJECT_DIR, Settings
from emotion_clf.storage import WebhookStore
from emotion_clf.storage.webhooks import ATTEMPTS
from tests.conftest import running
from tests.support.api import V1, code, key, resources
from tests.support.receiver import Receiver, receiving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

VIDEO = "https://youtu.be/dQw4w9WgXcQ"
GUIDE = (PROJECT_DIR / "docs" / "api.md").read_text(encoding="utf-8")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def hooked(settings: Settings, receiver: Receiver) -> Iterator[Flask]:
    """An application whose operator lets the receiver be told."""
    hosts = [f"127.0.0.1:{receiver.server_port}"]
    with running(settings.model_copy(update={"webhook_hosts": hosts, "auth_required": True})) as app:
        yield app


def ended_job(app: Flask, receiver: Receiver, headers: dict[str, str]) -> str:
    """A job that was cancelled, and asks for its end to be told."""
    client = app.test_client()
    asked = {"url": VIDEO, "webhook_url": f"http://127.0.0.1:{receiver.server_port}/hook?from=here"}
    sent = client.post(f"{V1}/urls", json=asked, headers=headers)
    assert sent.status_code == 202, sent.get_json()
    assert tell(app) == 0
    client.post(f"{sent.headers['Location']}/cancel", headers=headers)
    return str(sent.get_json()["id"])


def tell(app: Flask) -> int:
    found = app.extensions["emotion_clf"]
    return tell_all(found.settings, found.database)


def is_genuine(*arguments: Any) -> bool:
    """The check that docs/api.md gives to integrators."""
    (program,) = [each for each in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL) if "is_genuine" in each]
    names: dict[str, Any] = {}
    exec(program, names)  # noqa: S102 - our own guide
    return bool(names["is_genuine"](*arguments))


def test_the_end_of_a_job_is_told_once_and_signed(hooked: Flask, receiver: Receiver) -> None:
    headers = key(hooked)
    job_id = ended_job(hooked, receiver, headers)
    assert tell(hooked) == 1
    assert tell(hooked) == 0
    ((path, sent, body),) = receiver.told
    assert path == "/hook?from=here"
    assert sent["Host"] == f"127.0.0.1:{receiver.server_port}"
    news = json.loads(body)
    assert (news["event"], news["job"]["id"], news["job"]["state"]) == ("job.ended", job_id, "cancelled")
    secret = hooked.test_client().get(f"{V1}/webhooks/secret", headers=headers).get_json()["secret"]
    other = hooked.test_client().get(f"{V1}/webhooks/secret", headers=key(hooked)).get_json()["secret"]
    assert is_genuine(secret, sent[SIGNATURE], body)
    assert not is_genuine(other, sent[SIGNATURE], body)
    assert not is_genuine(secret, sent[SIGNATURE], body + b" ")
    old = re.sub(r"t=(\d+)", lambda found: f"t={int(found[1]) - 600}", sent[SIGNATURE])
    assert not is_genuine(secret, old, body)


@pytest.mark.parametrize("status", [301, 404, 500])
def test_who_does_not_take_the_news_is_told_later_and_not_for_good(
    hooked: Flask, receiver: Receiver, status: int
) -> None:
    receiver.status = status
    ended_job(hooked, receiver, key(hooked))
    assert (tell(hooked), tell(hooked), len(receiver.told)) == (0, 0, 1)
    store = resources(hooked).webhooks
    now, waits = datetime.now(UTC), []
    for attempt in range(2, ATTEMPTS + 1):
        wait = 10.0 * 4 ** (attempt - 2)
        waits.append(wait)
        assert not store.take_due(now + timedelta(seconds=wait - 2))
        now += timedelta(seconds=wait + 2)
        (again,) = store.take_due(now)
        assert again.attempt == attempt
    assert sum(waits) < 3600


def test_an_address_is_given_up_after_its_last_attempt(hooked: Flask, receiver: Receiver) -> None:
    receiver.status = 500
    job_id = ended_job(hooked, receiver, key(hooked))
    store = resources(hooked).webhooks
    far = datetime.now(UTC)
    for _ in range(ATTEMPTS - 1):
        store.take_due(far)
        far += timedelta(days=1)
    from sqlalchemy import update

    from emotion_clf.storage.access_tables import WebhookRow

    with hooked.extensions["emotion_clf"].database.session() as session:
        session.execute(update(WebhookRow).values(due_at=datetime.now(UTC)))
    assert tell(hooked) == 0
    assert not store.take_due(far + timedelta(days=9))
    assert resources(hooked).webhooks is store
    assert hooked.extensions["emotion_clf"].jobs.get(job_id)


def test_two_workers_do_not_tell_the_same(hooked: Flask, receiver: Receiver) -> None:
    ended_job(hooked, receiver, key(hooked))
    database = hooked.extensions["emotion_clf"].database
    with database.session():
        found = [len(WebhookStore(database).take_due()) for _ in range(2)]
    assert found == [1, 0]


def test_a_deleted_job_is_not_told_of(hooked: Flask, receiver: Receiver) -> None:
    headers = key(hooked)
    job_id = ended_job(hooked, receiver, headers)
    assert hooked.test_client().delete(f"{V1}/jobs/{job_id}", headers=headers).status_code == 204
    assert (tell(hooked), receiver.told) == (0, [])


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/hook",
        "https://127.0.0.1/hook",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://user:word@example.org/",
        "ftp://example.org/",
        "https://",
        "https://example.org:99999/",
        "https://exam ple.org/",
        "https://example.org/\r\nX: y",
        "hook",
    ],
)
def test_other_addresses_are_refused_at_once(app: Flask, url: str) -> None:
    refused = app.test_client().post(f"{V1}/urls", json={"url": VIDEO, "webhook_url": url})
    assert (refused.status_code, code(refused)) == (422, "webhook_refused")
    assert app.test_client().get(f"{V1}/jobs").get_json()["total"] == 0


def test_a_name_that_leads_inside_is_found_out_when_it_is_told(receiver: Receiver) -> None:
    url = f"https://localhost:{receiver.server_port}/"
    check_webhook(url, Settings())
    with pytest.raises(WebhookError, match="private network"):
        post(url, b"{}", {}, Settings())
    with pytest.raises(WebhookError, match="not known"):
        post("https://nobody.invalid/", b"{}", {}, Settings())
    assert not receiver.told


def test_a_receiver_has_to_prove_who_it_is(tmp_path: Path) -> None:
    with receiving(context=_self_signed(tmp_path)) as receiver:
        place = f"localhost:{receiver.server_port}"
        with pytest.raises(WebhookError, match="cannot be reached"):
            post(f"https://{place}/", b"{}", {}, Settings(webhook_hosts=[place]))
        assert not receiver.told


def _self_signed(folder: Path) -> ssl.SSLContext:
    """A server's certificate for localhost that nobody vouches for."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(private, hashes.SHA256())
    )
    pem = folder / "server.pem"
    key_bytes = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(key_bytes + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
