"""`make soak`: 1,000 clips and 100 jobs to a server of our own; the figures go to docs/reliability.md."""

from __future__ import annotations

import argparse
import sys

from scripts.reliability import write
from tests.soak.use import use

GROWN_MIB = 64.0


def main() -> int:
    """Use it, write the figures, and say whether anything failed, grew or was left."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=100)
    asked = parser.parse_args()
    result = use(asked.clips, asked.jobs)
    write("soak", result)
    print({name: value for name, value in result.items() if name != "looks"})
    for look in result["looks"]:
        print(look)
    is_well = not result["errors"] and not result["jobs_not_succeeded"] and not result["left"]
    return 0 if is_well and result["grown_mib"] < GROWN_MIB else 1


if __name__ == "__main__":
    sys.exit(main())
