"""The figures of `make fuzz`, `make faults` and `make soak` → benchmarks/results and docs/reliability.md."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.settings import PROJECT_DIR
from scripts.make_docs import fill_file

if TYPE_CHECKING:
    from collections.abc import Callable

RESULTS: Final = PROJECT_DIR / "benchmarks" / "results"
PAGE: Final = PROJECT_DIR / "docs" / "reliability.md"


def write(name: str, result: dict[str, Any]) -> None:
    """Keep the figures of a run, and tell them on the page.

    Args:
        name: fuzz, faults or soak.
        result: its figures.
    """
    about = {
        "date": datetime.now(UTC).date().isoformat(),
        "revision": _revision(),
        "cores": os.cpu_count(),
    }
    text = json.dumps({**about, **result}, indent=2, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    fill_file(PAGE, name, told(name))


def told(name: str) -> str:
    """Return the part of the page that follows from one file of figures."""
    path = RESULTS / f"{name}.json"
    if not path.is_file():
        return f"Not run for this revision yet: `make {name}` writes this part."
    result = json.loads(path.read_text(encoding="utf-8"))
    lines = [*_TELL[name](result), "", _source(name, result)]
    return "\n".join(lines)


def _revision() -> str:
    if "REVISION" in os.environ:  # a copy of the tree knows none by itself
        return os.environ["REVISION"]
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 - git as the developer has it
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip() or "unknown"


def _source(name: str, result: dict[str, Any]) -> str:
    file = f"benchmarks/results/{name}.json"
    when = f"{result['date']}, revision {result['revision']}, {result['cores']} cores"
    return f"{when} ([{file}](../{file}), `make {name}`)."


def _fuzz(result: dict[str, Any]) -> list[str]:
    server = result["server"]
    kinds = ", ".join(f"{times:,} {kind}" for kind, times in server["by_kind"].items())
    statuses = ", ".join(f"{times:,} of {status}" for status, times in server["statuses"].items())
    states = ", ".join(f"{times:,} {state}" for state, times in server["jobs"]["states"].items())
    lines = [
        (
            f"**{server['inputs']:,} inputs** ({kinds}; seed {server['seed']}) in {server['took_s']:,} s, to "
            f"{server['routes']} of {server['routes_there_are']} endpoints, and as files of {len(server['formats'])} "
            "kinds."
        ),
        "",
        "| Looked for | Found |",
        "| --- | --- |",
        f"| Answers above 500 that are not documented, or that break the schema of problems | {server['unexpected']} |",
        f"| Answers after more than 10 s (the slowest took {server['slowest_s']} s) | {server['hangs_over_10_s']} |",
        f"| Temporary files, processes and folders left | {len(server['leftovers'])} |",
        f"| Jobs that failed by a fault of the server's own | {len(server['jobs']['failed_by_our_fault'])} |",
        "",
        (
            f"Answers by status (0: the client broke off): {statuses}. Jobs that came of it: {states}. Descriptors: "
            f"{server['descriptors']['before']} before, {server['descriptors']['after']} after."
        ),
    ]
    lines += [f"- {name}: {fault['times']} times, first {fault['input']}" for name, fault in server["faults"].items()]
    return [*lines, "", *_parsers(result)]


def _parsers(result: dict[str, Any]) -> list[str]:
    if not result["atheris"]:
        return ["Parsers alone: atheris is not installed on this machine, so Hypothesis alone tried them."]
    rows = [
        f"| {name} | {each['runs']:,} | {each['crashes']} | {each['took_s']} |"
        for name, each in result["parsers"].items()
    ]
    return [
        "Parsers alone, by atheris:",
        "",
        "| Parser | Inputs | Crashes | Seconds |",
        "| --- | --- | --- | --- |",
        *rows,
    ]


def _faults(result: dict[str, Any]) -> list[str]:
    head = "| What fails | Until it completes | Calls failed | Ended in a sentence | Other endings |"
    rows = [
        f"| {each['fails']} | {each['work']} | {_failed(each)} | {each['sentences']} | {len(each['wrong'])} |"
        for each in result["calls"]
    ]
    killed = [
        f"| {each['process']} | {each['moment']} | {each['times']} | {each['outcome']} |" for each in result["killed"]
    ]
    return [
        head,
        "| --- | --- | --- | --- | --- |",
        *rows,
        "",
        "| Killed with -9 | When | Times | What came of it |",
        "| --- | --- | --- | --- |",
        *killed,
        "",
        *(f"- {wrong}" for each in result["calls"] for wrong in each["wrong"]),
    ]


def _failed(each: dict[str, Any]) -> str:
    return f"{each['failed']}" if each["is_complete"] else f"the first {each['failed']}"


def _soak(result: dict[str, Any]) -> list[str]:
    rows = [
        f"| {each['after']} | {each['memory_mib']:,} | {each['descriptors']} | {each['temporary_files']} |"
        for each in result["looks"]
    ]
    return [
        (
            f"{result['clips']:,} clips and {result['jobs']:,} jobs in {result['took_s']:,} s, "
            f"{result['errors']} errors, {result['jobs_not_succeeded']} jobs that did not succeed."
        ),
        "",
        "| After | Memory of the server and worker, MiB | Descriptors | Temporary files |",
        "| --- | --- | --- | --- |",
        *rows,
    ]


_TELL: Final[dict[str, Callable[[dict[str, Any]], list[str]]]] = {"fuzz": _fuzz, "faults": _faults, "soak": _soak}
