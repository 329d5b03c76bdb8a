"""gunicorn's settings: threads in few processes, the model loaded after the fork and warmed up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotion_clf.errors import EmotionError
from emotion_clf.monitoring import begin, files
from emotion_clf.settings import get_settings
from emotion_clf.storage.media_sweep import sweep_for_good
from emotion_clf.web.job_events import streams

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter
    from gunicorn.workers.base import Worker

_settings = get_settings()
_host = f"[{_settings.host}]" if ":" in _settings.host else _settings.host

wsgi_app = "emotion_clf.web:create_app()"
bind = f"{_host}:{_settings.web_port}"
workers = _settings.web_workers
worker_class = "emotion_clf.web.gunicorn_worker.PatientWorker"
threads = _settings.web_threads
timeout = 120
graceful_timeout = max(1, round(_settings.stop_grace_s))
logger_class = "emotion_clf.web.gunicorn_logs.Lines"
loglevel = _settings.log_level.lower()
preload_app = False
sendfile = False  # it waits without end for a client that takes nothing
control_socket_disable = True  # nothing here needs it, and a home folder may be missing


def on_starting(_server: Arbiter) -> None:
    """Begin to count anew."""
    files.forget_dead(files.folder(_settings), "web")


def post_fork(_server: Arbiter, _worker: Worker) -> None:
    """Keep figures in this worker."""
    begin(_settings, "web")


def child_exit(_server: Arbiter, worker: Worker) -> None:
    """Drop what was true only while the worker ran."""
    files.forget_moment(files.folder(_settings), "web", worker.pid)


def worker_exit(_server: Arbiter, worker: Worker) -> None:
    """Write what was counted and not written yet; a worker that never came up has counted nothing."""
    services = getattr(worker.wsgi, "extensions", {}).get("emotion_clf")
    if services is not None:
        services.observer.flush()


def post_worker_init(worker: Worker) -> None:
    """Warm the models up; without it the pages still answer and say what is missing."""
    services = worker.wsgi.extensions["emotion_clf"]
    sweep_for_good(_settings)
    streams(worker.wsgi.extensions).stopping = lambda: not worker.alive
    for models in (services.models, services.text_models):
        try:
            models.warm_up()
        except EmotionError as error:
            worker.log.error("a model is not ready: %s", error.message)  # noqa: TRY400 - the sentence says it all
    worker.log.info("emotion-clf answers at http://%s", bind)
