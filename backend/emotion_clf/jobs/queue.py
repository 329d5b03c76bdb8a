"""Tell the workers of a job."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from emotion_clf.jobs.app import RUN_JOB, make_celery, queue_name
from emotion_clf.logs import current_request_id
from emotion_clf.logs.context import REQUEST_ID

if TYPE_CHECKING:
    from celery import Celery

    from emotion_clf.pipeline.requests import Kind
    from emotion_clf.settings import Settings

log = logging.getLogger(__name__)

_SENDERS: Final = 4
# A page waits meanwhile; without these a broker that is down would be tried for good.
_IMPATIENCE: Final = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1}
_CONNECTS_WITHIN_S: Final = 4.0


def enqueue(settings: Settings, job_id: str, kind: Kind) -> None:
    """Tell those workers that a job waits who do its kind.

    The job's row is what counts: where the broker does not take the message, a worker finds the row by itself, a
    little later.

    Args:
        settings: the broker.
        job_id: the job.
        kind: its kind, which has a queue of its own.
    """
    try:
        _sender(_Broker(settings)).send_task(
            RUN_JOB,
            args=[job_id],
            queue=queue_name(kind),
            headers={REQUEST_ID: current_request_id()},
            ignore_result=True,
            retry=False,
        )
    except Exception:  # whatever a broker's client may raise, the row is stored
        log.exception("job %s could not be announced; a worker will find it", job_id)


class _Broker:
    """Settings told apart by what their broker follows from."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._key = (settings.broker_url, settings.instance_dir)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Broker) and other._key == self._key

    def __hash__(self) -> int:
        return hash(self._key)


@lru_cache(maxsize=_SENDERS)
def _sender(broker: _Broker) -> Celery:
    celery = make_celery(broker.settings)
    options = {**(celery.conf.broker_transport_options or {}), **_IMPATIENCE}
    if celery.conf.broker_url.startswith("redis"):
        options["socket_connect_timeout"] = _CONNECTS_WITHIN_S
    celery.conf.broker_transport_options = options
    return celery
