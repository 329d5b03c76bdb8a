"""`make faults`: each call fails once, each process is killed at each step; docs/reliability.md gets the figures."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from emotion_clf.settings import Settings
from scripts.reliability import write
from tests.conftest import running
from tests.faults import kills
from tests.faults.works import MOST_CALLS, WORKS, Tried, failures, job_until_it_completes, until_it_completes
from tests.support.bundles import make_onnx_bundle
from tests.support.text_bundles import make_text_bundle

if TYPE_CHECKING:
    from flask import Flask


def every_call(app: Flask, most: int) -> list[Tried]:
    """Each kind of failure under each piece of work, and under a job."""
    found = []
    for fails in failures(app):
        for work in WORKS:
            found.append(until_it_completes(app, fails, work, most))
            _tell(found[-1])
        found.append(job_until_it_completes(app, fails, most))
        _tell(found[-1])
    return [tried for tried in found if tried.failed]


def _tell(tried: Tried) -> None:
    print(f"{tried.fails}, {tried.work}: {tried.failed} failed, {tried.wrong}", flush=True)


def main() -> int:
    """Try everything, write the figures, and say whether anything ended otherwise than it should."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=MOST_CALLS, help="calls to fail of each piece of work")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        scratch, models = root / "scratch", root / "models"
        scratch.mkdir()
        make_onnx_bundle(models / "tiny")
        make_text_bundle(models / "text", "tiny")
        os.environ["TMPDIR"] = tempfile.tempdir = str(scratch)
        settings = Settings(instance_dir=root / "instance", models_dir=models, model="tiny", text_model="tiny")
        with running(settings) as app:
            calls = every_call(app, asked.most)
        killed = [*kills.worker_at_each_step(root / "worker"), *kills.web_process(root / "web")]
        tempfile.tempdir = None
    for each in killed:
        print(f"{each.process} killed {each.moment}: {each.outcome}")
    result = {
        "calls": [asdict(tried) for tried in calls],
        "killed": [asdict(each) for each in killed],
        "took_s": round(time.monotonic() - started),
    }
    write("faults", result)
    wrong = sum(len(tried.wrong) for tried in calls) + sum(not each.is_well for each in killed)
    print(f"{sum(tried.failed for tried in calls)} calls failed, {len(killed)} kills, {wrong} wrong endings")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
