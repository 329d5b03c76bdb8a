"""Jobs done by real workers: processes of `emotion-clf worker` over an instance folder of their own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion_clf.jobs.queue import enqueue
from emotion_clf.pipeline.sources import SourceOptions, SourceRequest
from emotion_clf.settings import Settings
from emotion_clf.storage import Database, Job, JobState, JobStore, open_jobs
from tests.support.text_bundles import make_text_bundle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EMOTION_CLF = Path(sys.executable).with_name("emotion-clf")
OWNER = "link"
LIMIT_S = 120.0


@dataclass
class Site:
    """An instance folder with its database, and the workers over it.

    Attributes:
        settings: as the workers read them.
        environment: what the workers are told beside.
        database: the database of the site.
        jobs: the store of the site.
        log: where the workers write.
        workers: all that were started.
    """

    settings: Settings
    environment: dict[str, str]
    database: Database
    jobs: JobStore
    log: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *before: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a worker in a process group of its own.

        Args:
            before: what comes before its command line, such as another program that starts it.
            environment: what it is told beside the rest.
        """
        with self.log.open("ab") as log:
            worker = subprocess.Popen(
                [*before, EMOTION_CLF, "worker"],
                cwd=self.log.parent,
                env={**os.environ, **self.environment, **environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.workers.append(worker)
        return worker

    def create(self, source: str, kind: str = "url", *, text: str | None = None, **options: Any) -> Job:
        """A job in the database of which no worker was told."""
        request = SourceRequest(kind, source, SourceOptions(**options))  # type: ignore[arg-type]
        return self.jobs.create(request, owner=OWNER, text=text)

    def file(self, path: Path, **options: Any) -> Job:
        """A job for a file, announced."""
        with path.open("rb") as upload:
            job = self.jobs.create(
                SourceRequest("file", path.name, SourceOptions(**options)), owner=OWNER, upload=upload
            )
        enqueue(self.settings, job.id, job.request.kind)
        return job

    def send(self, source: str, kind: str = "url", *, text: str | None = None, **options: Any) -> Job:
        """A job that the workers are told of."""
        job = self.create(source, kind, text=text, **options)
        enqueue(self.settings, job.id, job.request.kind)
        return job

    def wait(self, condition: Callable[[], Any], what: str = "") -> None:
        """Until something is so."""
        deadline = time.monotonic() + LIMIT_S
        while not condition():
            assert time.monotonic() < deadline, f"{what}\n{self.log.read_text(encoding='utf-8')}"
            time.sleep(0.05)

    def ended(self, job: Job) -> Job:
        """The job once it has ended."""
        self.wait(lambda: self.jobs.get(job.id).state.ended, "the job never ended")
        return self.jobs.get(job.id)

    def in_step(self, job: Job, step: str) -> None:
        """Wait until a step is at work."""

        def at_work() -> bool:
            found = self.jobs.get(job.id)
            assert not found.state.ended, (found, self.log.read_text(encoding="utf-8"))
            return any(each.name == step and each.state == "running" for each in found.steps)

        self.wait(at_work, f"step {step} was never begun")

    def result(self, job: Job) -> list[str]:
        """The sentences of a job that has to end well."""
        found = self.ended(job)
        assert found.state is JobState.SUCCEEDED, (found, self.log.read_text(encoding="utf-8"))
        return [sentence.text for sentence in self.jobs.sentences(job.id).items]

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """What a machine does that loses its power: the worker alone, so that what it started has to notice."""
        worker.kill()
        worker.wait()

    def empty_broker(self) -> None:
        """Lose every message of the embedded broker."""
        shutil.rmtree(self.settings.instance_dir / "queue", ignore_errors=True)

    def close(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                os.killpg(worker.pid, signal.SIGKILL)
                worker.wait()
        self.database.dispose()


@contextmanager
def site(folder: Path, hosts: list[str], **changed: str) -> Iterator[Site]:
    """A migrated site without workers yet, which end with the block.

    Args:
        folder: where everything goes, a tiny text bundle included.
        hosts: where media may be fetched from.
        changed: further environment variables.
    """
    models = folder / "models"
    make_text_bundle(models / "text", "tiny", context=2)
    environment = {
        "INSTANCE_DIR": str(folder / "instance"),
        "MODELS_DIR": str(models),
        "TEXT_MODEL": "tiny",
        "FETCH_HOSTS": json.dumps(hosts),
        "FETCH_ALLOW_PRIVATE_ADDRESSES": "true",
        "FETCH_ATTEMPTS": "1",
        "JOB_LEASE_S": "2",
        # A machine with too much to do may keep a heart from beating in time.
        "JOB_ATTEMPTS": "6",
        # Threads that wait for one another are slow beside other tests.
        "MODEL_THREADS": "1",
        "TRANSCRIPTION_METHOD": "auto",
        **changed,
    }
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        settings = Settings()
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)
    database = Database(settings.database)
    database.upgrade()
    found = Site(settings, environment, database, open_jobs(settings, database), folder / "workers.log")
    try:
        yield found
    finally:
        found.close()
