"""The Celery application: folders as the default broker, Redis or RabbitMQ by URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from celery import Celery, signals

from emotion_clf.logs import configure
from emotion_clf.settings import get_settings

if TYPE_CHECKING:
    from emotion_clf.settings import Settings

PURGE_EVERY_S: Final = 300.0
RUN_JOB: Final = "emotion_clf.run_job"


def broker_options(settings: Settings) -> dict[str, Any]:
    """Celery's broker settings; the default broker's folders are made here."""
    if settings.broker_url:
        return {"broker_url": settings.broker_url}
    queue = settings.instance_dir / "queue"
    folders = {name: queue / name for name in ("messages", "processed", "control")}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {
        "broker_url": "filesystem://",
        "broker_transport_options": {
            "data_folder_in": str(folders["messages"]),
            "data_folder_out": str(folders["messages"]),
            "processed_folder": str(folders["processed"]),
            "control_folder": str(folders["control"]),
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
        broker_connection_retry_on_startup=True,
        beat_schedule_filename=str(settings.instance_dir / "beat-schedule"),
        beat_schedule={"purge-expired": {"task": "emotion_clf.purge_expired", "schedule": PURGE_EVERY_S}},
    )
    return celery


@signals.worker_init.connect  # type: ignore[untyped-decorator]
def _configure_logs(**_: object) -> None:
    configure(get_settings())


app = make_celery(get_settings())
