"""A real server that speaks S3 over HTTP: moto, as a process of its own, gone afterwards."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from tests.support.processes import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

BUCKET: Final = "emotions"
_STARTS_WITHIN_S: Final = 60.0


@contextmanager
def running_s3(host: str = "127.0.0.1", port: int | None = None) -> Iterator[str]:
    """Start a server with an empty bucket and give its address.

    Args:
        host: the address it listens on, and is asked at.
        port: None: a free one.
    """
    endpoint = f"http://{host}:{port or free_port()}"
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", host, "-p", endpoint.rpartition(":")[2]],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _make_bucket(f"{endpoint}/{BUCKET}")
        yield endpoint
    finally:
        server.kill()
        server.wait()


def store(endpoint: str, prefix: str = "") -> dict[str, str]:
    """The settings, as environment variables, of a place in the bucket."""
    return {
        "MEDIA_URL": f"s3://{BUCKET}/{prefix}".rstrip("/"),
        "MEDIA_ENDPOINT": endpoint,
        "MEDIA_ALLOW_HTTP": "true",
        "MEDIA_ACCESS_KEY_ID": "test",
        "MEDIA_SECRET_ACCESS_KEY": "test",
    }


def _make_bucket(url: str) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(urllib.request.Request(url, method="PUT"), timeout=10):  # noqa: S310
            return
        time.sleep(0.05)
    raise TimeoutError("moto did not answer")
