from __future__ import annotations

import multiprocessing
import os
import sys
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from emotion_clf import monitoring
from emotion_clf.exposition.server import exposition, registries
from emotion_clf.monitoring import files
from emotion_clf.settings import Settings
from emotion_clf.storage import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

FORK = multiprocessing.get_context("spawn")


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A site whose figures this process keeps."""
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    settings = Settings()
    monitoring.begin(settings, "web")
    yield settings
    monitoring.end()


def told(settings: Settings) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample by its name and labels."""
    database = Database(settings.database)
    database.upgrade()
    kind, body = exposition(registries(settings, database), "")
    database.dispose()
    assert kind.startswith("text/plain")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def value(found: dict[tuple[str, tuple[tuple[str, str], ...]], float], name: str, **labels: str) -> float:
    return found[f"emotion_clf_{name}", tuple(sorted(labels.items()))]


def answer_elsewhere(settings: Settings, role: str, count: int) -> None:
    """What another process does."""
    monitoring.begin(settings, role)
    for _ in range(count):
        monitoring.failed("job", "busy")


def test_processes_are_added_up_also_after_they_ended(site: Settings) -> None:
    monitoring.failed("job", "busy")
    for count in (2, 3):
        other = FORK.Process(target=answer_elsewhere, args=(site, "worker", count))
        other.start()
        other.join(60)
        assert other.exitcode == 0
    assert value(told(site), "errors_total", where="job", code="busy") == 6
    assert value(told(site), "processes", role="web") == 1
    assert value(told(site), "processes", role="worker") == 0
    files.forget_dead(files.folder(site), "worker")
    assert value(told(site), "errors_total", where="job", code="busy") == 1


def test_what_a_request_may_choose_becomes_no_label(site: Settings) -> None:
    monitoring.request_answered("BREW", None, 418, 0.2)
    monitoring.request_answered("GET", "/results/<result_id>", 200, 0.2)
    found = told(site)
    counts = {key: count for key, count in found.items() if key[0].endswith("http_request_duration_seconds_count")}
    assert {dict(labels)["method"] for _, labels in counts} == {"other", "GET"}
    assert {dict(labels)["route"] for _, labels in counts} == {"other", "/results/<result_id>"}
    assert {dict(labels)["status_class"] for _, labels in counts} == {"4xx", "2xx"}


def test_answers_stages_and_jobs_are_counted(site: Settings) -> None:
    with monitoring.clocked("embed", "tiny"):
        time.sleep(0.01)
    with pytest.raises(RuntimeError), monitoring.clocked("embed", "tiny"):
        raise RuntimeError
    monitoring.sound_analysed("clip", 2.5)
    monitoring.answered("clip", "tiny", [("angry", 0.75, False), ("calm", 0.25, True)])
    monitoring.step_ended("url", "fetch", "skipped", 0.5)
    monitoring.job_ended("url", "done", 4.0)
    found = told(site)
    assert value(found, "stage_duration_seconds_count", stage="embed", model="tiny") == 1
    assert value(found, "stage_duration_seconds_sum", stage="embed", model="tiny") >= 0.01
    assert value(found, "sound_seconds_total", kind="clip") == 2.5
    assert value(found, "confidence_sum", kind="clip", model="tiny") == 1.0
    assert value(found, "answers_total", kind="clip", model="tiny", label="calm", uncertain="yes") == 1
    assert value(found, "job_step_duration_seconds_count", kind="url", step="fetch", outcome="skipped") == 1
    assert value(found, "job_duration_seconds_sum", kind="url", outcome="done") == 4.0


def test_the_machine_and_the_build_are_told(site: Settings) -> None:
    found = told(site)
    assert value(found, "process_resident_memory_bytes", role="web") > 1 << 20
    assert value(found, "process_open_files", role="web") > 3
    assert value(found, "disk_free_bytes") > 0
    assert value(found, "disk_least_bytes") == site.disk_least_bytes
    assert value(found, "database_up") == 1
    assert [labels for name, labels in found if name == "emotion_clf_build_info"]


def test_a_database_that_is_gone_is_a_figure_too(site: Settings) -> None:
    database = Database(site.database)
    _, body = exposition(registries(site, database), "")  # never migrated: there is no table
    database.dispose()
    assert b"emotion_clf_database_up 0.0" in body


def test_memory_on_a_gpu_is_told_where_torch_has_begun_to_use_one(
    site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    cuda = SimpleNamespace(
        is_initialized=lambda: True, device_count=lambda: 2, memory_allocated=lambda device: 100 + device
    )
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    with monitoring.clocked("embed", "tiny"):
        pass
    found = told(site)
    assert value(found, "gpu_memory_bytes", device="0") == 100
    assert value(found, "gpu_memory_bytes", device="1") == 101
    files.forget_moment(files.folder(site), "web", os.getpid())
    assert not [name for name, _ in told(site) if name == "emotion_clf_gpu_memory_bytes"]


def test_without_a_port_nothing_is_kept() -> None:
    settings = Settings(metrics_port=0)
    monitoring.begin(settings, "web")
    monitoring.failed("web", "busy")
    assert not files.folder(settings).exists()


def test_no_room_is_no_reason_to_stop(caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings()
    settings.instance_dir.parent.mkdir(parents=True, exist_ok=True)
    settings.instance_dir.write_text("a file in the way", encoding="utf-8")
    monitoring.begin(settings, "web")
    monitoring.failed("web", "busy")
    assert "no figures are kept" in caplog.text


def test_blocks_are_taken_before_they_are_written_to(site: Settings) -> None:
    for file in files.files(files.folder(site)):
        found = file.path.stat()
        assert found.st_size == files.SIZES_BYTES[file.kind]
        assert found.st_blocks * 512 >= found.st_size
        assert found.st_mode & 0o077 == 0


def test_files_of_strangers_are_kept_for_a_week(site: Settings) -> None:
    stranger = files.folder(site) / "counter_worker-another-1.db"
    stranger.write_bytes(bytes(1 << 16))
    files.forget_dead(files.folder(site), "worker")
    assert stranger.exists()
    # Whether those run cannot be told from here, so nothing is said of them.
    assert not [
        labels for name, labels in told(site) if name == "emotion_clf_processes" and ("role", "worker") in labels
    ]
    os.utime(stranger, (0, 0))
    files.forget_dead(files.folder(site), "worker")
    assert not stranger.exists()
