"""Ask a running server for the least it must do: `python deploy/smoke.py https://emotion.example.org`.

No package is needed. The exit status is 1 where an answer is wrong or missing.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

CLIP = Path(__file__).parents[1] / "static" / "samples" / "even.flac"
READY_S = float(os.environ.get("READY_S", "120"))
TIMEOUT_S = 30.0
NEARLY = 1e-6
BOUNDARY = "smoke-5f1d3a"


def ask(address: str, body: bytes | None = None, kind: str = "application/json") -> tuple[int, dict[str, Any]]:
    """Status and JSON of a request.

    Raises:
        OSError: nobody answers.
    """
    headers = {"Accept": "application/json", **({"Content-Type": kind} if body is not None else {})}
    request = urllib.request.Request(address, body, headers)  # noqa: S310 - the operator's own server
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def await_ready(server: str) -> tuple[bool, str]:
    """Wait until the models are loaded and the database is migrated."""
    deadline, told = time.monotonic() + READY_S, ""
    while time.monotonic() < deadline:
        try:
            status, found = ask(f"{server}/health/ready")
        except (OSError, ValueError) as error:
            told = str(error)
        else:
            told = json.dumps(found)
            if status == 200:  # noqa: PLR2004
                return True, told
        time.sleep(1)
    return False, told


def hears_a_clip(server: str) -> tuple[bool, str]:
    """A sample gets probabilities that sum to one."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="audio"; filename="clip.flac"\r\n\r\n'
    body = head.encode() + CLIP.read_bytes() + f"\r\n--{BOUNDARY}--\r\n".encode()
    status, found = ask(f"{server}/emotion_predict", body, f"multipart/form-data; boundary={BOUNDARY}")
    ok = status == 200 and abs(sum(found["probabilities"].values()) - 1) < NEARLY  # noqa: PLR2004
    return ok, json.dumps(found)


def reads_a_text(server: str) -> tuple[bool, str]:
    """A plain sentence gets its emotion."""
    status, found = ask(f"{server}/predict", json.dumps({"text": "I am so happy!"}).encode())
    return status == 200 and found["sentences"][0]["emotion"] == "happiness", json.dumps(found)  # noqa: PLR2004


def refuses_nonsense(server: str) -> tuple[bool, str]:
    """What is no request is the client's fault, and told as one."""
    status, found = ask(f"{server}/predict", b"{")
    return status == 400 and found["code"] == "invalid_request", json.dumps(found)  # noqa: PLR2004


def main(server: str) -> int:
    """Run all checks in turn, and say how each went."""
    for check in (await_ready, hears_a_clip, reads_a_text, refuses_nonsense):
        try:
            ok, told = check(server.rstrip("/"))
        except (OSError, ValueError, LookupError) as error:
            ok, told = False, f"{type(error).__name__}: {error}"
        sys.stdout.write(f"{'ok  ' if ok else 'FAIL'} {check.__name__}{'' if ok else ': ' + told[:500]}\n")
        if not ok:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
