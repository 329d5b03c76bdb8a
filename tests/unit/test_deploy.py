"""The deployment files say what the code does."""

from __future__ import annotations

import re
import subprocess

import pytest
import yaml

from emotion_clf import __version__
from emotion_clf.settings import PROJECT_DIR, Settings
from tests.support.deploy import DEPLOY, tool

DOCKERFILE = (PROJECT_DIR / "Dockerfile").read_text(encoding="utf-8")
COMPOSE_TEXT = (PROJECT_DIR / "compose.yaml").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load(COMPOSE_TEXT)


def test_the_image_runs_as_an_ordinary_user_and_probes_itself() -> None:
    last_stage = DOCKERFILE.rsplit("\nFROM ", 1)[1]
    assert re.search(r"^USER 10001:10001$", last_stage, re.MULTILINE)
    assert "/health/ready" in last_stage
    assert DOCKERFILE.count("\nFROM ") == 2
    assert "ARG TORCH_BACKEND=cpu" in DOCKERFILE


def test_the_image_says_what_it_is_and_holds_no_secret() -> None:
    labels = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]*)"', DOCKERFILE))
    assert labels["version"] == __version__
    assert labels["licenses"] == "MIT"
    assert labels["revision"] == "${REVISION}"
    assert not re.search(r"^(ARG|ENV|COPY) .*(SECRET|PASSWORD|TOKEN|KEY|\.env)", DOCKERFILE, re.MULTILINE)


def test_the_image_holds_every_folder_the_product_reads() -> None:
    ignored = (PROJECT_DIR / ".dockerignore").read_text(encoding="utf-8")
    for name in ("backend", "ml_models", "templates", "static", "wsgi.py", "pyproject.toml"):
        assert f"!{name}" in ignored
        assert re.search(rf"^COPY .*\b{re.escape(name)}\b", DOCKERFILE, re.MULTILINE)


def test_compose_has_web_worker_and_the_optional_servers() -> None:
    services = COMPOSE["services"]
    assert set(services) == {"migrate", "web", "worker", "metrics", "postgres", "redis"}
    assert services["metrics"]["profiles"] == ["metrics"]
    assert "ports" not in services["metrics"]
    assert services["postgres"]["profiles"] == ["postgres"]
    assert services["redis"]["profiles"] == ["redis"]
    assert services["web"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    for name in ("web", "worker", "migrate", "metrics"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
    assert all(port.startswith("127.0.0.1:") for port in services["web"]["ports"])


def test_compose_sets_only_settings_that_exist_and_no_secret() -> None:
    known = {name.upper() for name in Settings.model_fields}
    for name in ("migrate", "web", "worker", "metrics"):
        environment = COMPOSE["services"][name]["environment"]
        assert set(environment) <= known
        assert environment["SECRET_KEY"] == "${SECRET_KEY:-}"
    assert COMPOSE["services"]["postgres"]["environment"]["POSTGRES_PASSWORD"] == "${POSTGRES_PASSWORD:-}"


def compose_fault(text: str) -> str:
    """What is wrong with a compose file once its variables have their defaults; empty where nothing is."""
    command = [tool("tools", "bin", "python"), DEPLOY / "tools" / "check_compose.py"]
    filled = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)
    done = subprocess.run(command, input=filled, capture_output=True, text=True, check=False)
    assert bool(done.returncode) == bool(done.stderr)
    return done.stderr


def test_compose_keeps_to_the_specification() -> None:
    assert not compose_fault(COMPOSE_TEXT)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("restart: unless-stopped", "restart: sometimes"),
        ("read_only:", "readonly:"),
        ("condition: service_healthy", "condition: service_well"),
        ("interval: 5s", "interval: soon"),
    ],
)
def test_faults_of_compose_would_be_found(right: str, wrong: str) -> None:
    assert right in COMPOSE_TEXT
    assert compose_fault(COMPOSE_TEXT.replace(right, wrong, 1))


def test_what_compose_names_is_there() -> None:
    services = COMPOSE["services"]
    for name, service in services.items():
        assert set(service.get("depends_on", ())) <= set(services) - {name}
        volumes = {each.split(":")[0] for each in service.get("volumes", ())}
        assert volumes <= set(COMPOSE["volumes"])
