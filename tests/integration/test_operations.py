"""The product run as an operator runs it: what it logs, what it counts, how it stops."""

from __future__ import annotations

import http.client
import http.cookiejar
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from emotion_clf.settings import PROJECT_DIR
from emotion_clf.storage import Database
from emotion_clf.storage.admins import AdminStore
from tests.support.bundles import LABELS
from tests.support.processes import free_port
from tests.support.sound import voice, wav

if TYPE_CHECKING:
    from collections.abc import Iterator

EMOTION_CLF = Path(sys.executable).with_name("emotion-clf")
MONITORING = PROJECT_DIR / "deploy" / "monitoring"
LIMIT_S = 90.0
NAME, PASSWORD = "ada", "planted-right-password"
SECRETS = {
    "text": "planted-words-of-a-text",
    "job": "planted-words-of-a-job",
    "file": "planted-file-name",
    "clip": "planted-clip-name",
    "query": "planted-query",
    "path": "planted-path",
    "password": "planted-wrong-password",
    "right": PASSWORD,
    "header": "planted-header",
    "cookie": "planted-cookie",
    "key": "planted-api-key",
    "name": "planted-admin-name",
    "address": "planted-address",
}
# Beyond these no label may have a value that is not a word of the code or a bundle's.
LABEL_NAMES = {
    "method", "route", "status_class", "where", "code", "stage", "model", "kind", "label", "uncertain", "outcome",
    "step", "role", "version", "python", "le", "of",
}  # fmt: skip


@dataclass
class Server:
    """A product that runs.

    Attributes:
        process: `emotion-clf serve`.
        port: of the pages.
        metrics_port: of the metrics.
        folder: where its instance folder is.
        ids: request ids by what was asked.
    """

    process: subprocess.Popen[bytes]
    port: int
    metrics_port: int
    folder: Path
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]

    def wait(self, condition: Any) -> Any:
        deadline = time.monotonic() + LIMIT_S
        while not (found := condition()):
            assert time.monotonic() < deadline, self.log
            time.sleep(0.1)
        return found

    def ask(self, path: str, data: bytes | None = None, **headers: str) -> tuple[int, Any, Any]:
        """Status, headers and body of an answer; programs ask, not browsers."""
        named = {"Accept": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, named)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - ours
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()
        except OSError:
            return 0, {}, b""

    def ready(self) -> bool:
        return self.ask("/health/ready")[0] == 200

    def metrics(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=10) as answer:
            return str(answer.read().decode())


def form(fields: dict[str, str], files: dict[str, tuple[str, bytes]]) -> tuple[bytes, str]:
    """A multipart body and its type."""
    boundary = uuid.uuid4().hex
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
             for name, value in fields.items()]  # fmt: skip
    for name, (file, content) in files.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n\r\n'
        parts.append(head.encode() + content + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, tiny_models: Path) -> Iterator[Server]:
    """A server that has been asked everything once: clip, text, jobs, errors, a wrong password."""
    folder = tmp_path_factory.mktemp("operations")
    port, metrics_port = free_port(), free_port()
    database = Database(f"sqlite:///{folder / 'instance' / 'emotion-clf.sqlite3'}")
    database.upgrade()
    AdminStore(database).create(NAME, PASSWORD)
    database.dispose()
    environment = {
        **os.environ,
        "INSTANCE_DIR": str(folder / "instance"),
        "MODELS_DIR": str(tiny_models),
        "MODEL": "tiny",
        "TEXT_MODEL": "tiny",
        "PORT": str(port),
        "METRICS_PORT": str(metrics_port),
        "WEB_WORKERS": "2",
        "MODEL_THREADS": "1",
        "ASSEMBLYAI_API_KEY": SECRETS["key"],
        "FETCH_ATTEMPTS": "1",
    }
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen([EMOTION_CLF, "serve"], cwd=folder, env=environment, stdout=log, stderr=log)
    found = Server(process, port, metrics_port, folder)
    try:
        found.wait(found.ready)
        try:
            use(found)
        except OSError as error:
            raise AssertionError(found.log) from error
        yield found
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def use(server: Server) -> None:
    """Everything an operator would see traces of."""
    sound = wav(voice(1.0))
    for kind, name in (("clip", f"{SECRETS['clip']}.wav"), ("bad clip", f"{SECRETS['file']}.wav")):
        body, media_type = form({}, {"audio": (name, sound if kind == "clip" else SECRETS["file"].encode())})
        status, headers, _ = server.ask("/emotion_predict", body, Content_Type=media_type)
        assert status == (200 if kind == "clip" else 415)
        server.ids[kind] = headers["X-Request-ID"]
    text = json.dumps({"text": f"All is well, {SECRETS['text']}."}).encode()
    status, headers, _ = server.ask("/predict", text, Content_Type="application/json", X_Request_ID="from-the-proxy")
    assert (status, headers["X-Request-ID"]) == (200, "from-the-proxy")
    asked = json.dumps({"url": f"https://www.youtube.com/watch?v={SECRETS['address']}"}).encode()
    assert server.ask("/predict", asked, Content_Type="application/json")[0] == 422
    server.ask(f"/{SECRETS['path']}?token={SECRETS['query']}", Cookie=f"session={SECRETS['cookie']}")
    server.ask(f"/jobs/{'0' * 32}?q={SECRETS['query']}", Authorization=SECRETS["header"], Referer=SECRETS["header"])
    # Not HTTP at all.
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(f"{SECRETS['header']} /{SECRETS['path']}\r\n\r\n".encode())
        connection.recv(1000)
    for name, password in ((NAME, SECRETS["password"]), (SECRETS["name"], PASSWORD)):
        fields = urllib.parse.urlencode({"name": name, "password": password}).encode()
        assert server.ask("/admin/login", fields)[0] == 401
    jobs_of_an_administrator(server)


def jobs_of_an_administrator(server: Server) -> None:
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def post(path: str, body: bytes, media_type: str = "application/x-www-form-urlencoded") -> tuple[Any, Any]:
        headers = {"Accept": "application/json", "Content-Type": media_type}
        request = urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", body, headers)
        with opener.open(request, timeout=30) as answer:
            return answer.headers, json.loads(answer.read() or b"null")

    post("/admin/login", urllib.parse.urlencode({"name": NAME, "password": PASSWORD}).encode())
    good = form({"kind": "text", "text": f"This is good, {SECRETS['job']}. I am glad."}, {})
    bad = form({"kind": "file"}, {"file": (f"{SECRETS['file']}.wav", b"not a sound: " + SECRETS["job"].encode())})
    for kind, body, state in (("good job", good, "succeeded"), ("bad job", bad, "failed")):
        headers, made = post("/admin/jobs", *body)
        server.ids[kind] = headers["X-Request-ID"]
        server.ids[f"{kind} id"] = made["id"]

        def ended(job_id: str = made["id"]) -> Any:
            with opener.open(f"http://127.0.0.1:{server.port}/admin/jobs/{job_id}.json", timeout=30) as answer:
                found = json.loads(answer.read())
                return found["state"] if found["state"] in {"succeeded", "failed"} else None

        assert server.wait(ended) == state, server.log
    post(f"/admin/jobs/{server.ids['bad job id']}/delete", b"")
    post("/admin/logout", b"")


def test_every_line_is_json_of_a_known_process(server: Server) -> None:
    processes = {line["process"] for line in server.lines}
    assert {"serve", "web", "worker", "metrics"} <= processes <= {"serve", "web", "worker", "metrics", "heart"}
    other = [line for line in server.log.splitlines() if not line.startswith("{")]
    # Celery warns of root before it asks for the logs to be configured.
    assert os.getuid() == 0 or not other
    assert all({"at", "level", "event", "logger"} <= set(line) for line in server.lines)


def test_no_line_holds_what_people_sent(server: Server) -> None:
    audit = (server.folder / "instance" / "audit.log").read_text(encoding="utf-8")
    for kind, secret in SECRETS.items():
        assert secret not in server.log, kind
        assert secret not in audit, kind
    assert "planted" not in server.log


def test_the_metrics_hold_no_word_of_people(server: Server) -> None:
    told = server.metrics()
    assert "planted" not in told
    routes = {rule for rule in re.findall(r'route="([^"]*)"', told) if rule != "other"}
    for family in text_string_to_metric_families(told):
        for sample in family.samples:
            if not sample.name.startswith("emotion_clf_"):
                continue
            assert set(sample.labels) <= LABEL_NAMES, sample
            assert all(re.fullmatch(r"[\w. /<>:+-]+", value) for value in sample.labels.values()), sample
    assert all(route.startswith("/") for route in routes)
    assert "/jobs/<job_id>" in routes
    labels = set(re.findall(r'emotion_clf_answers_total\{kind="clip",label="([^"]*)"', told))
    assert labels <= set(LABELS)
    assert labels


def test_a_request_is_followed_into_the_worker(server: Server) -> None:
    lines = server.lines
    for kind, word in (("good job", "done"), ("bad job", "failed")):
        request_id, job_id = server.ids[kind], server.ids[f"{kind} id"]
        of_request = [line for line in lines if line.get("request_id") == request_id]
        assert {"web", "worker"} <= {line["process"] for line in of_request}
        at_work = [line for line in of_request if line.get("job_id") == job_id]
        assert any(line["event"] == f"job {job_id}: {word}" for line in at_work)
    (line,) = [line for line in lines if line.get("request_id") == server.ids["clip"] and line["event"] == "request"]
    assert (line["route"], line["method"], line["status"]) == ("/emotion_predict", "POST", 200)
    assert any(line.get("code") == "unsupported_audio" for line in lines if line["event"] == "request")


def test_the_audit_log_has_what_the_administrator_did(server: Server) -> None:
    path = server.folder / "instance" / "audit.log"
    acts = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [(act["action"], act["who"], act["outcome"]) for act in acts] == [
        ("sign in", NAME, "sign_in_needed"),
        ("sign in", None, "sign_in_needed"),
        ("sign in", NAME, "done"),
        ("create job", NAME, "done"),
        ("create job", NAME, "done"),
        ("delete job", NAME, "done"),
        ("sign out", NAME, "done"),
    ]
    assert acts[-2]["what"] == server.ids["bad job id"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_figures_come_from_the_web_server_and_the_worker(server: Server) -> None:
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(server.metrics())
        for sample in family.samples
    }

    def value(name: str, **labels: str) -> float:
        return samples[f"emotion_clf_{name}", tuple(sorted(labels.items()))]

    assert value("processes", role="web") == 2
    assert value("processes", role="worker") == 1
    assert value("job_duration_seconds_count", kind="text", outcome="done") == 1
    assert value("job_duration_seconds_count", kind="file", outcome="failed") == 1
    assert value("job_step_duration_seconds_count", kind="file", step="decode", outcome="failed") == 1
    assert value("errors_total", where="job", code="unsupported_audio") == 1
    assert value("errors_total", where="web", code="unsupported_audio") == 1
    assert value("sound_seconds_total", kind="clip") == pytest.approx(1.0, abs=0.05)
    assert value("stage_duration_seconds_count", stage="decode", model="none") >= 1
    assert value("stage_duration_seconds_count", stage="text", model="tiny") >= 2
    assert value("http_request_duration_seconds_count", method="POST", route="/predict", status_class="2xx") == 1
    assert value("jobs_waiting", kind="url") == 0


def test_the_pages_do_not_have_the_metrics(server: Server) -> None:
    assert server.ask("/metrics")[0] == 404


def names_in(expressions: list[str]) -> set[str]:
    return set(re.findall(r"\bemotion_clf_\w+", " ".join(expressions)))


def test_rules_and_dashboard_ask_for_figures_that_exist(server: Server) -> None:
    rules = [rule["expr"] for group in yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]
             for rule in group["rules"]]  # fmt: skip
    dashboard = json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))
    panels = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    families = list(text_string_to_metric_families(server.metrics()))
    told = {sample.name for family in families for sample in family.samples}
    # Named from the start, told once there are a hundred answers: tests/integration/test_drift.py has them.
    named = {family.name for family in families if family.name.startswith("emotion_clf_drift_")}
    only_with_a_gpu = {"emotion_clf_gpu_memory_bytes"}
    assert len(rules) > 5
    assert names_in(rules) <= told | named
    assert names_in(panels) - only_with_a_gpu <= told | named


def test_the_documentation_names_every_figure(server: Server) -> None:
    documented = (PROJECT_DIR / "docs" / "operations.md").read_text(encoding="utf-8")
    told = [family.name for family in text_string_to_metric_families(server.metrics())]
    named = [name.removeprefix("emotion_clf_") for name in told]
    assert len(named) > 15
    assert [name for name in named if f"`{name}`" not in documented and f"`{name}_total`" not in documented] == []


def test_promtool_accepts_rules_and_figures(server: Server) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed; scripts/system_packages.sh fetches it on Debian")
    for arguments, given in (
        (["check", "rules", str(MONITORING / "alerts.yml")], ""),
        (["check", "config", str(MONITORING / "prometheus.yml")], ""),
        (["check", "metrics"], server.metrics()),
    ):
        done = subprocess.run([promtool, *arguments], input=given, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_web_process_that_dies_takes_no_count_along(server: Server) -> None:
    def count() -> float:
        return sum(map(float, re.findall(r"emotion_clf_sound_seconds_total\{.*\} (\S+)", server.metrics())))

    def living() -> str:
        return str(re.findall(r'emotion_clf_processes\{role="web"\} (\S+)', server.metrics())[0])

    before = count()
    names = [path.name for path in (server.folder / "instance" / "metrics").glob("counter_web-*.db")]
    os.kill(int(names[0].removesuffix(".db").rpartition("-")[2]), signal.SIGKILL)
    server.wait(lambda: len(list((server.folder / "instance" / "metrics").glob("counter_web-*.db"))) > len(names))
    server.wait(lambda: living() == "2.0")
    server.wait(server.ready)
    assert count() == before > 0


def test_a_request_at_hand_is_finished_when_the_server_is_asked_to_stop(server: Server) -> None:
    """The last test of this file: afterwards the server is gone."""
    body = json.dumps({"text": "I am glad that you waited for me."}).encode()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.putrequest("POST", "/predict")
    for name, value in (("Content-Type", "application/json"), ("Content-Length", str(len(body)))):
        connection.putheader(name, value)
    connection.endheaders(body[:10])
    time.sleep(1.0)
    server.process.send_signal(signal.SIGTERM)
    # Longer than the manager of the processes would wait by itself after the worker has stopped.
    time.sleep(7.0)
    connection.send(body[10:])
    answer = connection.getresponse()
    assert answer.status == 200, server.log
    assert json.loads(answer.read())["sentences"]
    connection.close()
    assert server.process.wait(60) in {0, 143}
    assert not server.ready()
    live = list((server.folder / "instance" / "metrics").glob("gauge_live*_web-*.db"))
    assert not live
