"""The Celery application: folders as the default broker, Redis or RabbitMQ by URL."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from celery import Celery, signals
from kombu import Exchange, Queue

from emotion_clf import monitoring
from emotion_clf.jobs import folders
from emotion_clf.logs import configure
from emotion_clf.monitoring import files
from emotion_clf.settings import get_settings

if TYPE_CHECKING:
    from emotion_clf.pipeline.requests import Kind
    from emotion_clf.settings import Settings

PURGE_EVERY_S: Final = 300.0
RECOVER_EVERY_S: Final = 10.0
TELL_EVERY_S: Final = 5.0
HOUSEKEEPING: Final = "celery"
RUN_JOB: Final = "emotion_clf.run_job"
_POLL_S: Final = 0.25
# What they say of every message; the room says itself what becomes of a job.
_CHATTY: Final = ("celery.app.trace", "celery.beat", "celery.worker.request", "celery.worker.strategy")


def queue_name(kind: Kind) -> str:
    """The queue of a kind of job; what any worker does is in Celery's own."""
    return f"emotion_clf.{kind}"


def queues_of(settings: Settings) -> list[str]:
    """The queues that a worker listens to."""
    return [HOUSEKEEPING, *map(queue_name, settings.worker_kinds)]


def broker_options(settings: Settings) -> dict[str, Any]:
    """Return Celery's broker settings; the default broker's folders are made here, and again when they are used."""
    if settings.broker_url:
        return {"broker_url": settings.broker_url}
    queue = settings.instance_dir / "queue"
    folders.register()
    places = {name: queue / name for name in ("messages", "processed", "control")}
    with suppress(OSError):  # the channel and the doctor say what is in the way
        for folder in places.values():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {
        "broker_url": f"{folders.SCHEME}://localhost",
        "broker_transport_options": {
            "data_folder_in": str(places["messages"]),
            "data_folder_out": str(places["messages"]),
            "processed_folder": str(places["processed"]),
            "control_folder": str(places["control"]),
            "polling_interval": _POLL_S,
        },
    }


def make_celery(settings: Settings) -> Celery:
    """A Celery application under these settings."""
    celery = Celery("emotion_clf", include=["emotion_clf.jobs.tasks"])
    celery.conf.update(
        **broker_options(settings),
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        task_queues=[Queue(name, Exchange(name), name) for name in queues_of(settings)],
        task_default_queue=HOUSEKEEPING,
        # Nobody sends orders, and each worker would need a mailbox of its own.
        worker_enable_remote_control=False,
        broker_connection_retry_on_startup=True,
        beat_schedule={
            "purge-expired": _every(PURGE_EVERY_S, "emotion_clf.purge_expired"),
            "tell-webhooks": _every(TELL_EVERY_S, "emotion_clf.tell_webhooks"),
            "recover-jobs": _every(min(RECOVER_EVERY_S, settings.job_lease_s), "emotion_clf.recover_jobs"),
        },
    )
    return celery


def _every(period_s: float, task: str) -> dict[str, Any]:
    """An entry of the clock; what could not be done for a whole period, all workers being busy, is left."""
    return {"task": task, "schedule": period_s, "options": {"expires": period_s}}


@signals.worker_init.connect  # type: ignore[untyped-decorator]
def _keep_figures(**_: object) -> None:
    settings = get_settings()
    files.forget_dead(files.folder(settings), "worker")
    monitoring.begin(settings, "worker")


@signals.setup_logging.connect  # type: ignore[untyped-decorator]
def _configure_logs(**_: object) -> None:
    """Celery configures nothing itself where somebody listens to this."""
    settings = get_settings()
    configure(settings, "worker")
    if settings.log_level != "DEBUG":
        for name in _CHATTY:
            logging.getLogger(name).setLevel(logging.WARNING)


app = make_celery(get_settings())
