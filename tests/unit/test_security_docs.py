"""The table of what is asked and what proves it names tests that exist, and the tools it speaks of are called so."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys

import pytest

from emotion_clf.settings import PROJECT_DIR

TABLE = (PROJECT_DIR / "docs" / "security-asvs.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TABLE)))
CYCLONEDX = PROJECT_DIR / ".deploy" / "sbom" / "bin" / "cyclonedx-py"


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_every_test_that_proves_a_row_exists(file: str, name: str) -> None:
    tree = ast.parse((PROJECT_DIR / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_row_has_a_proof_or_says_that_it_is_not_met() -> None:
    rows = [line for line in TABLE.splitlines() if re.match(r"\| \d", line)]
    assert len(rows) > 50
    for row in rows:
        assert "::" in row or "**not met**" in row, row


def test_the_image_lists_what_it_holds() -> None:
    dockerfile = (PROJECT_DIR / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"cyclonedx-py environment .* --output-file sbom\.cdx\.json \.venv/bin/python", dockerfile)
    assert "!deploy/tools/sbom.txt" in (PROJECT_DIR / ".dockerignore").read_text(encoding="utf-8")
    assert re.fullmatch(r"cyclonedx-bom==[\d.]+\n", (PROJECT_DIR / "deploy/tools/sbom.txt").read_text(encoding="utf-8"))


def test_the_list_names_what_is_installed() -> None:
    tool = shutil.which(str(CYCLONEDX))
    if tool is None:
        pytest.skip("run `make sbom` once")
    command = [tool, "environment", "--pyproject", str(PROJECT_DIR / "pyproject.toml"), sys.executable]
    done = subprocess.run(command, capture_output=True, check=True)
    found = json.loads(done.stdout)
    assert found["bomFormat"] == "CycloneDX"
    assert {"Flask", "onnxruntime", "celery"} <= {component["name"] for component in found["components"]}


def test_the_audit_does_not_pass_over_what_it_cannot_ask() -> None:
    makefile = (PROJECT_DIR / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"pip-audit .*--strict", makefile)
    assert re.search(r"bandit .*-ll", makefile)
