"""The pages of documentation: their blocks of commands, and the commands, options and names they speak of."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import click

from emotion_clf.cli import main
from emotion_clf.settings import PROJECT_DIR

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AUDIENCES = ("users", "integrators", "operators", "model-builders", "contributors")
PAGES = sorted(
    [*PROJECT_DIR.glob("*.md"), *(PROJECT_DIR / "docs").glob("*.md"), PROJECT_DIR / "ml_models" / "README.md"]
)
PROGRAM = "emotion-clf"
# What ends a command within a line of a block.
_AFTER = re.compile(r"\s(?:[#|>&].*|\|\|.*)$")


def text_of(page: Path) -> str:
    """A page."""
    return page.read_text(encoding="utf-8")


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", text_of(page), re.DOTALL)


def lines(page: Path) -> Iterator[str]:
    """The commands of a page's shell blocks, each in one line and without comments."""
    for block in blocks(page, "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            command = _AFTER.sub("", " " + line.strip()).strip()
            if command and not command.startswith("#"):
                yield command


def in_words(page: Path) -> list[str]:
    """What stands between single backticks outside of blocks."""
    prose = re.sub(r"```.*?```", "", text_of(page), flags=re.DOTALL)
    return re.findall(r"`([^`\n]+)`", prose)


def commands(page: Path) -> Iterator[list[str]]:
    """Every command of ours that a page names, as words behind the program's name."""
    for text in (*lines(page), *in_words(page)):
        found = re.search(rf"(?:^|[\s/]){PROGRAM} ([a-z].*)$", text)
        if found and "…" not in found[1]:
            yield shlex.split(found[1])


def fault_of(words: list[str]) -> str:
    """What is wrong with a command: no such one, or no such option; empty where nothing is."""
    found: click.Command = main
    context = click.Context(main)
    rest = list(words)
    while isinstance(found, click.Group) and rest and not rest[0].startswith("-"):
        known = found.get_command(context, rest.pop(0))
        if known is None:
            return f"no such command: {' '.join(words)}"
        found = known
    options = {option for each in found.params for option in each.opts} | {"--help", "--version"}
    unknown = {word.split("=")[0] for word in rest if word.startswith("--")} - options
    return f"no such option of {' '.join(words)}: {unknown}" if unknown else ""
