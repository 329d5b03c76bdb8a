"""Tell those who asked that their job has ended."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import time
from typing import TYPE_CHECKING, Final

from emotion_clf.errors import WebhookError
from emotion_clf.fetch.webhook import post
from emotion_clf.secret import derived_key
from emotion_clf.storage.webhooks import ATTEMPTS, WebhookStore

if TYPE_CHECKING:
    from emotion_clf.settings import Settings
    from emotion_clf.storage import Database, Job
    from emotion_clf.storage.webhooks import Webhook

log = logging.getLogger(__name__)

SIGNATURE: Final = "Emotion-Clf-Signature"
_OK: Final = range(200, 300)


def webhook_secret(settings: Settings, owner: str) -> str:
    """What the news for an owner is signed with; nobody else's follows from it."""
    return derived_key(settings, f"webhooks 1 {owner}")


def tell_all(settings: Settings, database: Database) -> int:
    """Tell every address that waits; how many were told."""
    store = WebhookStore(database)
    return sum(_tell(settings, store, webhook) for webhook in store.take_due())


def _tell(settings: Settings, store: WebhookStore, webhook: Webhook) -> bool:
    """Tell one address; whether it took the news."""
    job = webhook.job
    body = json.dumps(_news(job)).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "emotion-clf",
        SIGNATURE: signature(webhook_secret(settings, job.owner), int(time.time()), body),
    }
    try:
        told = post(webhook.url, body, headers, settings) in _OK
    except WebhookError as error:
        log.info("job %s: its address could not be told: %s", job.id, error.message)
        told = False
    if told or webhook.attempt >= ATTEMPTS:
        store.settle(job.id)
    if not told and webhook.attempt >= ATTEMPTS:
        log.warning("job %s: its address was tried %d times and is not told", job.id, webhook.attempt)
    return told


def signature(secret: str, at_s: int, body: bytes) -> str:
    """`t=<seconds since 1970>,v1=<HMAC-SHA256 of "t.body" in hexadecimal>`: old news cannot be told as new."""
    signed = hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at_s},v1={signed}"


def _news(job: Job) -> dict[str, object]:
    """That a job has ended, and how; what came of it is asked for with a key."""
    return {
        "event": "job.ended",
        "job": {
            "id": job.id,
            "kind": job.request.kind,
            "state": str(job.state),
            "ended_at": None if job.ended_at is None else job.ended_at.isoformat(),
            "error": job.error_code,
        },
    }
