"""The delivery workflow, and the scripts it runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from emotion_clf.settings import PROJECT_DIR
from scripts.browsing import running_app
from tests.support.deploy import DEPLOY, tool
from tests.support.processes import free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATH = PROJECT_DIR / ".github" / "workflows" / "delivery.yml"
TEXT = PATH.read_text(encoding="utf-8")
WORKFLOW: dict[str, Any] = yaml.safe_load(TEXT)
JOBS: dict[str, dict[str, Any]] = WORKFLOW["jobs"]
HELM = """#!/usr/bin/env bash
printf '%s\\n' "$@" > "$SEEN"
stat --format %a "$KUBECONFIG" >> "$SEEN"
cat "$KUBECONFIG" >> "$SEEN"
echo "$KUBECONFIG" >> "$SEEN"
"""


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        cwd=PROJECT_DIR,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_actions_are_pinned_and_jobs_may_do_no_more_than_they_must() -> None:
    used = re.findall(r"uses: (\S+)", TEXT)
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", each) for each in used)
    assert WORKFLOW["permissions"] == {}
    assert [name for name, job in JOBS.items() if "packages" in job["permissions"]] == ["image", "production"]
    assert all(job["timeout-minutes"] <= 90 for job in JOBS.values())


def test_what_is_deployed_was_tested_and_asked_first() -> None:
    assert set(JOBS["image"]["needs"]) == {"lint", "test", "deployment-files"}
    assert JOBS["staging"]["needs"] == "image"
    assert set(JOBS["production"]["needs"]) == {"image", "staging"}
    for name in ("staging", "production"):
        assert JOBS[name]["environment"]["name"] == name
        names = [step.get("name") for step in JOBS[name]["steps"] if "name" in step]
        assert names[:3] == ["Deploy", "Smoke", "Go back to the revision before"]
        assert JOBS[name]["env"]["DIGEST"] == "${{ needs.image.outputs.digest }}"


def test_nothing_of_the_event_is_written_into_a_script() -> None:
    scripts = [step["run"] for job in JOBS.values() for step in job["steps"] if "run" in step]
    assert not [script for script in scripts if "${{" in script]


def test_every_target_and_script_it_runs_exists() -> None:
    makefile = (PROJECT_DIR / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))
    asked = {word for line in re.findall(r"run: make (.*)", TEXT) for word in line.split()}
    assert asked
    assert asked <= targets
    for script in re.findall(r"deploy/[\w/.-]+", TEXT):
        assert (PROJECT_DIR / script).exists(), script


def test_actionlint_finds_nothing() -> None:
    done = run("node", tool("npm", "node_modules", "@tktco", "node-actionlint", "bin", "node-actionlint.js"), PATH)
    assert done.returncode == 0, done.stdout


def test_zizmor_finds_nothing() -> None:
    done = run(tool("tools", "bin", "zizmor"), "--offline", "--no-progress", PATH)
    assert done.returncode == 0, done.stdout


@pytest.fixture
def rollout(tmp_path: Path) -> Callable[..., tuple[int, list[str]]]:
    """The script with a Helm that notes what it was asked."""
    helm = tmp_path / "bin" / "helm"
    helm.parent.mkdir()
    helm.write_text(HELM, encoding="utf-8")
    helm.chmod(0o755)
    seen = tmp_path / "seen"

    def ask(*words: str, **environment: str) -> tuple[int, list[str]]:
        seen.unlink(missing_ok=True)
        path = os.pathsep.join((str(helm.parent), os.environ["PATH"]))
        done = run(DEPLOY / "rollout.sh", *words, PATH=path, SEEN=str(seen), TMPDIR=str(tmp_path), **environment)
        return done.returncode, seen.read_text().splitlines() if seen.exists() else []

    return ask


def test_a_rollout_names_the_image_by_its_digest_and_leaves_no_secret_behind(
    rollout: Callable[..., tuple[int, list[str]]], tmp_path: Path
) -> None:
    digest = "sha256:" + "a" * 64
    status, told = rollout(
        KUBECONFIG_TEXT="a cluster", VALUES="secrets: {}", IMAGE="ghcr.io/Some/Emotion", DIGEST=digest
    )
    assert status == 0
    assert told[0] == "upgrade"
    assert {"--install", "--wait", "--wait-for-jobs"} <= set(told)
    assert f"image.repository=ghcr.io/some/emotion,image.digest={digest}" in told
    *_, mode, config, place = told
    assert (mode, config) == ("600", "a cluster")
    assert not os.path.exists(place)  # noqa: PTH110 - a plain string of the script's
    assert sorted(each.name for each in tmp_path.iterdir()) == ["bin", "seen"]


def test_going_back_needs_no_image(rollout: Callable[..., tuple[int, list[str]]]) -> None:
    status, told = rollout("back", KUBECONFIG_TEXT="a cluster")
    assert status == 0
    assert told[0] == "rollback"


@pytest.mark.parametrize("missing", ["KUBECONFIG_TEXT", "IMAGE", "DIGEST", "VALUES"])
def test_a_rollout_without_all_it_needs_does_nothing(
    rollout: Callable[..., tuple[int, list[str]]], missing: str
) -> None:
    given = {"KUBECONFIG_TEXT": "a", "VALUES": "{}", "IMAGE": "a/b", "DIGEST": "sha256:1", missing: ""}
    status, told = rollout(**given)
    assert status != 0
    assert told == []


def healthcheck() -> list[str]:
    """The command by which the image probes itself."""
    found = re.search(r"^HEALTHCHECK .*\\\n\s+CMD (\[.*\])$", (PROJECT_DIR / "Dockerfile").read_text(), re.MULTILINE)
    assert found is not None
    command: list[str] = json.loads(found[1])
    return [sys.executable, *command[1:]]


def test_smoke_and_healthcheck_pass_on_a_sound_server_only(tmp_path: Path) -> None:
    smoke = (sys.executable, DEPLOY / "smoke.py")
    hosts = '["emotion.example.org", "localhost"]'
    with running_app(tmp_path, TRUSTED_HOSTS=hosts) as address:
        port = address.rsplit(":", 1)[1]
        done = run(*smoke, f"{address}/")
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.count("ok  ") == 4
        assert run(*healthcheck(), PORT=port, TRUSTED_HOSTS=hosts).returncode == 0
        assert run(*healthcheck(), PORT=port, TRUSTED_HOSTS="").returncode != 0
        # A server at which something else is under these paths.
        failed = run(*smoke, f"{address}/static", READY_S="1")
        assert failed.returncode == 1
    assert run(*healthcheck(), PORT=str(free_port()), TRUSTED_HOSTS="").returncode != 0
