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

_START_S = 120.0
_STOP_S = 60.0
_COMMAND = (sys.executable, "-c", "from emotion_clf.cli import main; main()")
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
    settings = _settings(instance_dir, {"PORT": str(port), **environment})
    subprocess.run([*_COMMAND, "db", "upgrade"], check=True, env=settings, cwd=instance_dir, stdout=subprocess.DEVNULL)
    configuration = ("--chdir", str(PROJECT_DIR), "--config", "python:emotion_clf.web.gunicorn_conf")
    serve = [sys.executable, "-m", "gunicorn", *configuration]
    with _started("gunicorn", serve, instance_dir, settings) as (server, log):
        address = f"http://localhost:{port}"
        _await_ready(address, server, log)
        yield address


@contextmanager
def running_worker(instance_dir: Path, **environment: str) -> Iterator[None]:
    """Start the worker beside a running app, stop it in the end.

    Args:
        instance_dir: the app's folder.
        environment: the app's further settings, in capitals.
    """
    with _started("worker", [*_COMMAND, "worker"], instance_dir, _settings(instance_dir, environment)):
        yield


def make_admin(instance_dir: Path, name: str, password: str, **environment: str) -> None:
    """Make an administrator as an operator does."""
    create = [*_COMMAND, "admin", "create", name, "--password-stdin"]
    settings = _settings(instance_dir, environment)
    subprocess.run(
        create, check=True, env=settings, cwd=instance_dir, input=password.encode(), stdout=subprocess.DEVNULL
    )


def _settings(instance_dir: Path, environment: dict[str, str]) -> dict[str, str]:
    """The environment of a process of the product, without the developer's own settings."""
    outside = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    return {**outside, "INSTANCE_DIR": str(instance_dir), **environment}


@contextmanager
def _started(
    name: str, command: list[str], folder: Path, environment: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A process in the app's folder, where no .env or config.yaml of the developer is read, and its log."""
    log = folder / f"{name}.log"
    with (
        log.open("wb") as lines,
        subprocess.Popen(command, env=environment, cwd=folder, stdout=lines, stderr=lines) as process,
    ):
        try:
            yield process, log
        finally:
            process.terminate()
            process.wait(_STOP_S)


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
