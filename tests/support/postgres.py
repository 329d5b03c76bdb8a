"""A real PostgreSQL server for a test: its own cluster on a Unix socket, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

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
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        as_user: list[str] = []
        if os.getuid() == 0:
            as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
            shutil.chown(folder, "postgres", "postgres")
        cluster = Path(folder) / "cluster"
        initdb = [programs / "initdb", "-D", cluster, "-U", "emotion", "-A", "trust", "--no-sync", "-E", "UTF8"]
        control = [*as_user, programs / "pg_ctl", "-D", cluster, "-w", "-l", Path(folder) / "log"]
        port = free_port()
        options = f"-c listen_addresses={host or ''} -c port={port} -c unix_socket_directories={folder} -c fsync=off"
        subprocess.run([*as_user, *initdb], check=True, capture_output=True, cwd="/")
        if host is not None:
            with (cluster / "pg_hba.conf").open("a", encoding="utf-8") as rules:
                rules.write(f"host all all {host}/8 trust\n")
        subprocess.run([*control, "-o", options, "start"], check=True, stdout=subprocess.DEVNULL, cwd="/")
        try:
            yield f"postgresql://emotion@{host or ''}:{port}/postgres" + ("" if host else f"?host={folder}")
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, stdout=subprocess.DEVNULL, cwd="/")


def _programs() -> Path | None:
    """The folder of initdb and pg_ctl, the newest version first."""
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    found = candidates[-1] if candidates else Path(on_path) if on_path else None
    return None if found is None else found.parent
