"""One parser attacked by atheris: `python -m tests.fuzz.guided NAME RUNS SEED FOLDER`; it mutates towards new lines."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["emotion_clf", "urllib.parse", "json"]):
    from tests.fuzz.parsers import seeds, survives


def main() -> None:
    """Attack one parser; a crash leaves its input in the folder and ends with a status that is not 0."""
    name, runs, seed, found = sys.argv[1:5]
    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(seeds(name)):
            Path(folder, str(number)).write_bytes(data)
        # -runs ends it, -timeout is what a single input may take.
        flags = [
            sys.argv[0],
            folder,
            f"-runs={runs}",
            f"-seed={seed}",
            "-timeout=10",
            "-max_len=4096",
            "-rss_limit_mb=2048",
        ]
        atheris.Setup([*flags, f"-artifact_prefix={found}/"], lambda data: survives(name, data))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
