"""A real PostgreSQL server for a test: its own cluster on a Unix socket, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from tests.support.processes import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator


def running_postgres(host: str | None = None) -> Iterator[str]:
    """Start a server and give its URL; skip where no server programs are installed.

    Args:
        host: the address it listens on; None: on its socket alone.
    """
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL's server programs are not installed")
    # The socket's path has to be short, PostgreSQL refuses to run as root, and pytest closes its own folders to others.
    with tempfile.TemporaryDirectory(prefix="pg") as name:
        folder = Path(name)
        if os.getuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        port = free_port()
        cluster = folder / "cluster"
        initdb = [programs / "initdb", "-D", cluster, "-U", "emotion", "-A", "trust", "--no-sync", "-E", "UTF8"]
        subprocess.run([*_as_user(), *initdb], check=True, capture_output=True, cwd="/")
        settings = (
            f"listen_addresses = '{host or ''}'\nport = {port}\nunix_socket_directories = '{folder}'\nfsync = off\n"
        )
        with (folder / "cluster" / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.write(settings)
        if host is not None:
            with (cluster / "pg_hba.conf").open("a", encoding="utf-8") as rules:
                rules.write(f"host all all {host}/8 trust\n")
        _control(programs, folder, "start")
        try:
            yield f"postgresql://emotion@{host or ''}:{port}/postgres" + ("" if host else f"?host={folder}")
        finally:
            _control(programs, folder, "stop")


@contextmanager
def stopped(url: str) -> Iterator[None]:
    """Stop a server of `running_postgres`, one that listens on its socket alone, while the block runs."""
    folder, programs = Path(url.partition("host=")[2]), _programs()
    assert programs is not None
    _control(programs, folder, "stop")
    try:
        yield
    finally:
        _control(programs, folder, "start")


def _control(programs: Path, folder: Path, act: Literal["start", "stop"]) -> None:
    command = [*_as_user(), programs / "pg_ctl", "-D", folder / "cluster", "-w", "-l", folder / "log"]
    further = [] if act == "start" else ["-m", "immediate"]
    subprocess.run([*command, *further, act], check=True, stdout=subprocess.DEVNULL, cwd="/")


def _as_user() -> list[str]:
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []


def _programs() -> Path | None:
    """The folder of initdb and pg_ctl, the newest version first."""
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    found = candidates[-1] if candidates else Path(on_path) if on_path else None
    return None if found is None else found.parent
