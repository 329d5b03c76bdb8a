"""What the pages name is there: commands, options, targets, settings, paths, addresses, anchors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from emotion_clf.settings import PROJECT_DIR, Settings
from tests.support.guides import AUDIENCES, PAGES, commands, fault_of, in_words, lines, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

DOCS = PROJECT_DIR / "docs"
INDEX = DOCS / "README.md"
FOLDERS = {each.name for each in PROJECT_DIR.iterdir() if each.is_dir()} - {"instance", "runs", "data"}
# Variables of the environment that are no settings of the server.
OTHERS = {"DATA", "TEXTS", "SPEECH_DATA", "SKIP_BROWSER_TESTS", "CREMAD", "HUBERT", "CI", "PYTHON", "REGION"}
FOREIGN = ("AWS_", "HELM_", "MLFLOW_", "POSTGRES_", "SERVER_")
by_name = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT_DIR)))


@by_name
def test_every_command_exists_with_its_options(page: Path) -> None:
    assert not [fault for words in commands(page) if (fault := fault_of(words))]


def test_commands_that_do_not_exist_would_be_found() -> None:
    assert fault_of(["predict", "--text", "Hello"]) == ""
    assert fault_of(["predcit"])
    assert fault_of(["predict", "--txet", "Hello"])
    assert fault_of(["corpus", "chekc", "ravdess"])
    assert sum(1 for page in PAGES for _ in commands(page)) > 80


@by_name
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (PROJECT_DIR / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    asked = {
        word
        for text in (*lines(page), *in_words(page))
        if text.startswith("make ")
        for word in text.split()[1:]
        if re.fullmatch(r"[a-z][a-z0-9-]*", word)
    }
    assert asked <= targets


@by_name
def test_every_setting_exists(page: Path) -> None:
    known = {name.upper() for name in Settings.model_fields}
    # With an underscore, or given a value: other capitals may be names of anything.
    names = (
        re.match(r"([A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9]|[A-Z][A-Z0-9]+(?==))(?:=|$)", text) for text in in_words(page)
    )
    named = {found[1] for found in names if found}
    assert {name for name in named if not name.startswith(FOREIGN)} <= known | OTHERS


@by_name
def test_every_path_exists(page: Path) -> None:
    for text in in_words(page):
        path = text.rstrip("/")
        if re.fullmatch(r"[\w./-]+", path) and "/" in path and path.split("/")[0] in FOLDERS:
            assert (PROJECT_DIR / path).exists() or (page.parent / path).exists(), f"{page.name}: {path}"


@pytest.mark.parametrize("name", AUDIENCES)
def test_every_address_of_a_guide_is_answered(name: str, app: Flask) -> None:
    rules = [re.sub(r"<[^>]*>", "x", str(rule)) for rule in app.url_map.iter_rules()]
    for text in in_words(DOCS / f"{name}.md"):
        address = re.fullmatch(r"(?:(?:GET|POST|PUT|DELETE) )?(/[a-z][\w/.-]*)", text)
        if address:
            assert re.sub(r"/ID\b", "/x", address[1]) in {*rules, "/api/v1"}, text


@by_name
def test_every_anchor_is_a_heading(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", text_of(page)):
        linked = page.parent / target if target else page
        headings = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
        slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert anchor in slugs, f"{page.name}: {target}#{anchor}"


def test_the_index_leads_to_every_page() -> None:
    linked = {(DOCS / target.split("#")[0]).resolve() for target in re.findall(r"\]\(([^)]+)\)", text_of(INDEX))}
    assert not [page.name for page in DOCS.glob("*.md") if page != INDEX and page not in linked]
    readme = text_of(PROJECT_DIR / "README.md")
    assert all(f"docs/{name}.md" in readme for name in (*AUDIENCES, "README"))
    assert all(f"({name}.md)" in text_of(INDEX) for name in AUDIENCES)
