"""The app in a folder of its own and a browser to look at it: for the browser tests and the screenshots."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal
from urllib.error import URLError

from emotion_clf.settings import PROJECT_DIR, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserType

_START_S = 60.0
_STOP_S = 60.0
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def running_app(instance_dir: Path, **environment: str) -> Iterator[str]:
    """Migrate a fresh database, start gunicorn on a free port, stop it in the end.

    Args:
        instance_dir: an empty folder for everything that changes.
        environment: further settings, in capitals.

    Yields:
        The address, without a slash at its end.
    """
    port = _free_port()
    outside = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    settings = {**outside, "INSTANCE_DIR": str(instance_dir), "PORT": str(port), **environment}
    upgrade = [sys.executable, "-c", "from emotion_clf.cli import main; main()", "db", "upgrade"]
    # Started in the empty folder, so that no .env or config.yaml of the developer is read.
    subprocess.run(upgrade, check=True, env=settings, cwd=instance_dir, stdout=subprocess.DEVNULL)
    serve = [
        sys.executable,
        "-m",
        "gunicorn",
        "--chdir",
        str(PROJECT_DIR),
        "--config",
        "python:emotion_clf.web.gunicorn_conf",
    ]
    log = instance_dir / "gunicorn.log"
    with (
        log.open("wb") as lines,
        subprocess.Popen(serve, env=settings, cwd=instance_dir, stdout=lines, stderr=lines) as server,
    ):
        try:
            address = f"http://localhost:{port}"
            _await_ready(address, server, log)
            yield address
        finally:
            server.terminate()
            server.wait(_STOP_S)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_ready(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the model is loaded.

    Raises:
        RuntimeError: the server ended or took too long; its log is in the message.
    """
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/health/ready", timeout=5):  # noqa: S310 - our own server
                return
        except (URLError, TimeoutError):  # refused, or accepted before the worker is up
            time.sleep(0.1)
    raise RuntimeError(f"The server does not answer.\n{log.read_text(encoding='utf-8', errors='replace')}")


def chromium_path() -> str:
    """The system's Chromium.

    Raises:
        RuntimeError: there is none.
    """
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        raise RuntimeError("Chromium is not installed: run `make test`, which installs Chromium.")
    return found


def launch(browser_type: BrowserType, *, microphone: Path | Literal["refused"] | None = None) -> Browser:
    """Start a headless Chromium.

    Args:
        browser_type: `playwright.chromium`.
        microphone: a WAV file that the browser hears, "refused" for a user who refuses, None for no device.
    """
    arguments = ["--disable-gpu", "--force-color-profile=srgb"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses to run as root with one
    if microphone == "refused":
        arguments += ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream=deny"]
    elif microphone is not None:
        arguments += [
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-audio-capture={microphone}",
        ]
    return browser_type.launch(executable_path=chromium_path(), args=arguments)
