"""A minute of mixed traffic on a server and a worker of our own, on this machine: `make load`.

Pages, texts and jobs are asked for at the same pace throughout, clips by more and more clients that send one a second
each: what counts is how many are answered quickly enough. The clients run on the same processors as the server, which
makes it slower than it would be alone.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from emotion_clf.settings import PROJECT_DIR, get_settings
from scripts.browsing import make_admin, running_app, running_worker

RESULT = PROJECT_DIR / "benchmarks" / "results" / "load.json"
LOCUST = Path(os.environ.get("DEPLOY_TOOLS", PROJECT_DIR / ".deploy")) / "load" / "bin" / "locust"
LEVELS = (1, 4, 8)  # clients that send clips
SECONDS = 20
FLOOR_CLIPS_PER_MIN = 45.0
FLOOR_P95_MS = 1200.0
GOAL_TIMES = 10
PERCENTILES = (50, 95, 99)


def percentile(times: dict[str, int], percent: float) -> float:
    """The time in milliseconds within which so many per cent of the requests were answered.

    Args:
        times: how many requests took so many milliseconds.
        percent: above 0, at most 100.
    """
    wanted = percent / 100 * sum(times.values())
    seen = 0
    for time_ms, count in sorted((float(time), count) for time, count in times.items()):
        seen += count
        if seen >= wanted:
            return time_ms
    return 0.0


def summary(entries: list[dict[str, Any]], seconds: float) -> dict[str, dict[str, float]]:
    """Requests, errors and times of each kind.

    Args:
        entries: Locust's statistics, one a kind.
        seconds: how long requests were sent.
    """
    return {
        entry["name"]: {
            "requests": entry["num_requests"],
            "errors": entry["num_failures"],
            "requests_per_min": round(60 * entry["num_requests"] / seconds, 1),
            **{f"p{percent}_ms": percentile(entry["response_times"], percent) for percent in PERCENTILES},
        }
        for entry in sorted(entries, key=lambda entry: str(entry["name"]))
    }


def quick_clips_per_min(levels: list[dict[str, dict[str, float]]]) -> float:
    """The most clips a minute of any level that was answered quickly enough and without an error; 0 where none was."""
    sound = (
        kinds["clip"]["requests_per_min"]
        for kinds in levels
        if kinds["clip"]["p95_ms"] <= FLOOR_P95_MS and not any(kind["errors"] for kind in kinds.values())
    )
    return max(sound, default=0.0)


def send(address: str, **environment: str) -> list[dict[str, Any]]:
    """Run Locust against a server of this machine; it ends by itself."""
    command = [str(LOCUST), "--headless", "--json", "--only-summary", "--exit-code-on-error", "0", "--host", address]
    command += ["--locustfile", str(PROJECT_DIR / "tests" / "load" / "locustfile.py"), "--run-time", f"{SECONDS}s"]
    command += ["--users", "100", "--spawn-rate", "100"]  # each kind has a fixed count of its own
    done = subprocess.run(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True, timeout=SECONDS + 60
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def main() -> int:
    """Measure, write the result, and say whether the floor is met."""
    password = secrets.token_urlsafe(16)
    with tempfile.TemporaryDirectory() as folder:
        instance = Path(folder)
        with running_app(instance) as address, running_worker(instance):
            make_admin(instance, "load", password)
            load_before = os.getloadavg()[0]
            levels = []
            for clients in LEVELS:
                entries = send(address, LOAD_NAME="load", LOAD_PASSWORD=password, CLIP_CLIENTS=str(clients))
                levels.append(summary([entry for entry in entries if entry["name"] != "sign in"], SECONDS))
    reached = quick_clips_per_min(levels)
    result = {
        "machine": {
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "threads": get_settings().model_threads,
            "load_average_before": round(load_before, 2),
        },
        "seconds_per_level": SECONDS,
        "floor": {"clips_per_min": FLOOR_CLIPS_PER_MIN, "p95_ms": FLOOR_P95_MS},
        "quick_clips_per_min": reached,
        "floor_met": reached >= FLOOR_CLIPS_PER_MIN,
        "goal_met": reached >= GOAL_TIMES * FLOOR_CLIPS_PER_MIN,
        "levels": [{"clip_clients": clients, "kinds": kinds} for clients, kinds in zip(LEVELS, levels, strict=True)],
    }
    text = json.dumps(result, indent=2)
    RESULT.write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0 if result["floor_met"] else 1


if __name__ == "__main__":
    sys.exit(main())
