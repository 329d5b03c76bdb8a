"""What is given to Azure ML, Vertex AI and Cloud Run keeps their contracts, asked as they ask."""

from __future__ import annotations

import base64
import json
import os
import re
import runpy
import site
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
import requests
import yaml

from emotion_clf.settings import PROJECT_DIR, Settings, get_settings
from scripts.browsing import running_app
from tests.support.deploy import DEPLOY, tool
from tests.support.processes import free_port
from tests.support.sound import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

AZURE, GCP = DEPLOY / "azure", DEPLOY / "gcp"
KNOWN = {name.upper() for name in Settings.model_fields}
CLIP = {"b64": base64.b64encode((SAMPLES / "even.flac").read_bytes()).decode()}
TEXT = {"text": "I am so happy!"}
START_S = 60.0


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def post(address: str, body: object) -> tuple[int, dict[str, Any]]:
    """Status and answer of a request as the platforms send it."""
    answer = requests.post(address, json=body, timeout=30)
    return answer.status_code, answer.json()


def keeps_the_contract(ask: Callable[[object], tuple[int, dict[str, Any]]]) -> None:
    """Answers in their places, an instance that is refused alone, requests that are refused whole."""
    status, found = ask({"instances": [TEXT, CLIP, {"text": " "}]})
    assert status == 200
    text, clip, blank = found["predictions"]
    assert text["sentences"][0]["emotion"] == "happiness"
    assert sum(clip["probabilities"].values()) == pytest.approx(1)
    assert blank["error"]["code"] == "empty_text"
    for body, told in (
        ({"instances": [{"b64": "no!"}]}, "instances.0.b64"),
        ({"instances": [TEXT] * 33}, "33 instances"),
        ({"data": [1, 2]}, "instances"),
    ):
        status, problem = ask(body)
        assert status == 400
        assert told in problem["detail"]
    status, problem = ask({"instances": [{"b64": "A" * 4 * 1024**2}]})
    assert status == 413
    assert problem["code"] == "upload_too_large"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process with a low limit on uploads."""
    monkeypatch.setenv("MAX_UPLOAD_BYTES", str(1024**2))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.mark.usefixtures("small")
def test_azure_s_script_keeps_the_contract() -> None:
    script = runpy.run_path(str(AZURE / "score.py"))
    script["init"]()

    def ask(body: object) -> tuple[int, dict[str, Any]]:
        answer = script["run"](json.dumps(body))
        return (200, answer) if isinstance(answer, dict) else (answer.status_code, answer.get_json())

    keeps_the_contract(ask)
    assert ask([])[0] == 400


@pytest.mark.usefixtures("small")
def test_azure_s_script_tells_a_fault_of_its_own_without_its_details() -> None:
    script = runpy.run_path(str(AZURE / "score.py"))
    answer = script["run"]("{}")  # before init
    assert answer.status_code == 500
    assert answer.get_json()["code"] == "internal_error"
    assert "analyser" not in answer.get_data(as_text=True)


@pytest.fixture
def azure_server(tmp_path: Path) -> Iterator[str]:
    """Azure ML's own inference server with our script."""
    server, port = tool("azure", "bin", "azmlinfsrv"), free_port()
    # The server's own libraries come first; what it does not have is the product's.
    libraries = f"import sys; sys.path.extend({site.getsitepackages()!r})"
    (tmp_path / "sitecustomize.py").write_text(libraries, encoding="utf-8")
    environment = {
        **{name: value for name, value in os.environ.items() if name not in KNOWN},
        "PYTHONPATH": os.pathsep.join(map(str, (tmp_path, PROJECT_DIR / "backend", PROJECT_DIR))),
        "INSTANCE_DIR": str(tmp_path / "instance"),
        "MAX_UPLOAD_BYTES": str(1024**2),
    }
    command = [
        server,
        "--entry_script",
        str(AZURE / "score.py"),
        "--port",
        str(port),
        "--health_port",
        str(free_port()),
    ]
    with (
        (tmp_path / "server.log").open("wb") as log,
        subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=log, stderr=log) as process,
    ):
        try:
            await_health(f"http://127.0.0.1:{port}/")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def await_health(address: str) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            if requests.get(address, timeout=5).ok:
                return
        except requests.RequestException:  # refused, or accepted before the models are loaded
            pass
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.2)


def test_azure_s_own_server_runs_the_script(azure_server: str) -> None:
    keeps_the_contract(lambda body: post(f"{azure_server}/score", body))


def test_azure_is_told_where_the_image_answers() -> None:
    environment, deployment, endpoint = (
        read(AZURE / name) for name in ("environment.yml", "deployment.yml", "endpoint.yml")
    )
    dockerfile = (AZURE / "Dockerfile").read_text(encoding="utf-8")
    port = int(re.findall(r'"--port", "(\d+)"', dockerfile)[0])
    assert {route["port"] for route in environment["inference_config"].values()} == {port}
    assert environment["inference_config"]["scoring_route"]["path"] == "/score"
    assert re.findall(r"^USER (.*)$", dockerfile, re.MULTILINE)[-1] == "10001:10001"
    assert deployment["endpoint_name"] == endpoint["name"]
    assert deployment["environment"] == f"azureml:{environment['name']}@latest"
    assert set(deployment["environment_variables"]) - {"WORKER_COUNT"} <= KNOWN
    assert endpoint["auth_mode"] != "none"


def azure_reads(*files: Path) -> str:
    """What Azure's own clients have against files; empty where nothing."""
    command = [tool("azure-client", "bin", "python"), str(DEPLOY / "tools" / "check_azure.py"), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


def test_azure_s_clients_take_every_file() -> None:
    files = sorted(AZURE.glob("*.yml"))
    assert len(files) == 6
    assert not azure_reads(*files)


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [("aks-deployment.yml", "instance_count", "instance_cuont"), ("aci.yml", "periodSeconds", "periodSecs")],
)
def test_azure_s_clients_find_faults(tmp_path: Path, name: str, right: str, wrong: str) -> None:
    text = (AZURE / name).read_text(encoding="utf-8")
    (tmp_path / name).write_text(text.replace(right, wrong), encoding="utf-8")
    assert wrong in azure_reads(tmp_path / name)


def test_aks_and_aci_serve_what_azure_ml_s_own_machines_do() -> None:
    ours, aks, aci = (read(AZURE / name) for name in ("deployment.yml", "aks-deployment.yml", "aci.yml"))
    for key in ("environment", "environment_variables", "request_settings", "liveness_probe", "readiness_probe"):
        assert aks[key] == ours[key], key
    assert aks["endpoint_name"] == read(AZURE / "aks-endpoint.yml")["name"]
    environment = read(AZURE / "environment.yml")
    (container,) = aci["properties"]["containers"]
    assert container["properties"]["image"] == environment["image"]
    assert {each["name"] for each in container["properties"]["environmentVariables"]} <= KNOWN
    for probe, route in (("livenessProbe", "liveness_route"), ("readinessProbe", "readiness_route")):
        asked = container["properties"][probe]["httpGet"]
        assert {"path": asked["path"], "port": asked["port"]} == environment["inference_config"][route]
    # The server asks for no key: its address must be no public one.
    assert aci["properties"]["ipAddress"]["type"] == "Private"


def test_azure_s_server_runs_with_the_pydantic_of_the_product() -> None:
    override = re.findall(r"^pydantic==.*$", (AZURE / "overrides.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert override[0] in (PROJECT_DIR / "requirements.txt").read_text(encoding="utf-8").splitlines()


def test_a_server_in_vertex_s_environment_keeps_the_contract(tmp_path: Path) -> None:
    vertex = {"AIP_HEALTH_ROUTE": "/health", "AIP_PREDICT_ROUTE": "/predict", "MAX_UPLOAD_BYTES": str(1024**2)}
    with running_app(tmp_path, **vertex) as address:
        await_health(f"{address}/health")
        keeps_the_contract(lambda body: post(f"{address}/predict", body))


def test_the_server_listens_on_vertex_s_port(tmp_path: Path) -> None:
    program = "from emotion_clf.web import gunicorn_conf; print(gunicorn_conf.bind)"
    environment = {**os.environ, "INSTANCE_DIR": str(tmp_path), "HOST": "0.0.0.0", "AIP_HTTP_PORT": "8080"}  # noqa: S104
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0.0.0.0:8080"


def test_vertex_is_told_of_the_process_that_compose_runs() -> None:
    script = (GCP / "vertex.sh").read_text(encoding="utf-8")
    command = re.findall(r"--container-(?:command |args=)(\S+)", script)
    compose = read(PROJECT_DIR / "compose.yaml")["services"]
    assert ",".join(command).split(",") == compose["web"]["command"]
    subprocess.run(["bash", "-n", str(GCP / "vertex.sh")], check=True)


def test_cloud_run_gets_settings_that_exist_and_no_secret() -> None:
    service = read(GCP / "service.yaml")["spec"]["template"]["spec"]
    job = read(GCP / "job.yaml")["spec"]["template"]["spec"]["template"]["spec"]
    compose = read(PROJECT_DIR / "compose.yaml")["services"]
    for pod, command in ((service, ["emotion-clf", "serve"]), (job, compose["migrate"]["command"])):
        (container,) = pod["containers"]
        assert container["args"] == command
        given = {each["name"]: each for each in container["env"]}
        assert set(given) <= KNOWN
        for name in {"DATABASE_URL", "BROKER_URL", "SECRET_KEY"} & set(given):
            assert "secretKeyRef" in given[name]["valueFrom"]
    web = service["containers"][0]
    hosts = json.loads(next(each["value"] for each in web["env"] if each["name"] == "TRUSTED_HOSTS"))
    for probe in ("startupProbe", "livenessProbe"):
        assert web[probe]["httpGet"]["httpHeaders"][0]["value"] in hosts
