"""Run a program under limits: `python -I -S confine.py LIMITS_JSON PROGRAM ARGUMENT…`.

A script of its own, standard library only: limits set here, in the child, leave no moment in which the
program runs without them, and nothing runs between fork and exec in the threaded web server.
"""

from __future__ import annotations

import json
import os
import resource
import sys

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
SIGKILL = 9
CANNOT_START = 126


def _limit(kind: int, value: int, spare: int = 0) -> None:
    """Lower one limit, never above the hard limit already in force; `spare` lies between the signal and the kill."""
    _, hard = resource.getrlimit(kind)
    ceiling = value + spare if hard == resource.RLIM_INFINITY else min(value + spare, hard)
    resource.setrlimit(kind, (min(value, ceiling), ceiling))


def _confine_linux(*, network: bool) -> None:
    """Die with the parent, gain no privilege, see no network unless it is needed (where the kernel allows it)."""
    import ctypes

    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if network:
        return
    # A user namespace would cost root the right to read other people's files, so it comes second.
    if libc.unshare(CLONE_NEWNET) != 0:
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)


def main(arguments: list[str]) -> None:
    """Apply the limits and become the program."""
    limits = json.loads(arguments[0])
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_CPU, limits["cpu_s"], spare=1)
    _limit(resource.RLIMIT_FSIZE, limits["output_bytes"])
    if sys.platform == "linux":
        _limit(resource.RLIMIT_AS, limits["memory_bytes"])
        _confine_linux(network=limits.get("network", False))
    try:
        os.execv(arguments[1], arguments[1:])  # noqa: S606 - no shell is the point
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(CANNOT_START) from None


if __name__ == "__main__":
    main(sys.argv[1:])
