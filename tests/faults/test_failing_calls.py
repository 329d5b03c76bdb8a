"""One call after the other fails: every answer is a sentence or the work itself, and nothing is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from tests.faults.kills import worker_at_each_step
from tests.faults.works import WORKS, failures, job_until_it_completes, until_it_completes

# The whole table takes minutes: `make faults`. Here each kind of failure once, with the work that meets most of it.
MEETS = {
    "broken disk": "take a call in",
    "full disk": "hear a clip and keep it",
    "no descriptors": "hear a clip through the API",
    "starting the decoder": "hear a clip through the API",
    "the model": "hear a clip through the API",
    "the database": "take a call in",
    "the broker": "take a call in",
}


@pytest.mark.parametrize(("fails", "work"), MEETS.items())
def test_each_call_of_a_request_fails_once(app: Flask, scratch: Path, fails: str, work: str) -> None:
    assert work in WORKS
    tried = until_it_completes(app, fails, work)
    assert tried.failed > 0
    assert tried.wrong == []


@pytest.mark.parametrize("fails", ["full disk", "the model", "starting the decoder"])
def test_each_call_of_a_job_fails_once_and_it_completes_when_begun_again(app: Flask, fails: str) -> None:
    tried = job_until_it_completes(app, fails, most=12)
    assert tried.failed > 0
    assert tried.wrong == []


def test_a_worker_killed_while_it_embeds_a_call(tmp_path: Path) -> None:
    (killed,) = worker_at_each_step(tmp_path, ("embed",))
    assert killed.is_well, killed


def test_every_kind_of_failure_is_known(app: Flask) -> None:
    assert set(MEETS) <= set(failures(app))
