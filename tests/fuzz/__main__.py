"""`make fuzz`: the attack on a server of our own, then each parser by itself; the figures go to docs/reliability.md."""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import time
from typing import Any

from scripts.reliability import write
from tests.fuzz.attack import attack
from tests.fuzz.parsers import PARSERS
from tests.fuzz.sent import CORPUS

RUNS_PER_PARSER = 20_000


def guided(name: str, runs: int, seed: int) -> dict[str, Any]:
    """Attack one parser with atheris, in a process that may crash."""
    folder = CORPUS / "parsers" / name
    folder.mkdir(parents=True, exist_ok=True)
    known = set(folder.iterdir())
    started = time.monotonic()
    command = [sys.executable, "-m", "tests.fuzz.guided", name, str(runs), str(seed), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    found = sorted(path.name for path in set(folder.iterdir()) - known)
    if done.returncode:
        print(done.stdout[-2000:], done.stderr[-4000:])
    return {
        "runs": runs,
        "crashes": int(done.returncode != 0),
        "inputs": found,
        "took_s": round(time.monotonic() - started),
    }


def main() -> int:
    """Attack, write the figures, and say whether anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--runs", type=int, default=RUNS_PER_PARSER)
    asked = parser.parse_args()
    result: dict[str, Any] = {"server": attack(asked.count, asked.seed)}
    has_atheris = importlib.util.find_spec("atheris") is not None
    parsers = {name: guided(name, asked.runs, asked.seed) for name in sorted(PARSERS)} if has_atheris else {}
    result |= {"atheris": has_atheris, "parsers": parsers}
    write("fuzz", result)
    server = result["server"]
    found = server["unexpected"] + server["hangs_over_10_s"] + len(server["leftovers"])
    found += (
        len(server["jobs"]["failed_by_our_fault"])
        + len(server["jobs"]["never_ended"])
        + sum(each["crashes"] for each in parsers.values())
    )
    print(f"{server['inputs']} inputs, {found} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
