"""`emotion-clf metrics` where its port is not its own yet."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

EMOTION_CLF = Path(sys.executable).with_name("emotion-clf")
LIMIT_S = 60.0


def test_it_waits_for_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        environment = {**os.environ, "INSTANCE_DIR": str(tmp_path / "instance"), "METRICS_PORT": str(port)}
        metrics = subprocess.Popen([EMOTION_CLF, "metrics"], cwd=tmp_path, env=environment, stderr=subprocess.PIPE)
        assert metrics.stderr is not None
        try:
            line = json.loads(metrics.stderr.readline())
            assert (line["level"], line["process"]) == ("error", "metrics")
            assert "METRICS_PORT" in line["event"]
            assert line["exception"][0]["message"] == "Address already in use"
            taken.close()
            assert "http://127.0.0.1" in json.loads(metrics.stderr.readline())["event"]
            answer = asked(port)
        finally:
            metrics.kill()
            metrics.wait()
            metrics.stderr.close()
    # Nobody has migrated the database, which is told like everything else.
    assert "emotion_clf_database_up 0.0" in answer


def asked(port: int) -> str:
    deadline = time.monotonic() + LIMIT_S
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                return str(answer.read().decode())
        except ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_without_a_port_it_says_so(tmp_path: Path) -> None:
    environment = {**os.environ, "INSTANCE_DIR": str(tmp_path / "instance"), "METRICS_PORT": "0"}
    done = subprocess.run(
        [EMOTION_CLF, "metrics"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "METRICS_PORT" in done.stderr
