from __future__ import annotations

import io
import json
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from emotion_clf.logs import bound, chosen_format, configure, current_request_id, new_request_id, well_formed
from emotion_clf.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "planted-secret-words"


@contextmanager
def lines(monkeypatch: pytest.MonkeyPatch, **changed: Any) -> Iterator[io.StringIO]:
    """What is logged in the block, with logging left as it was found."""
    root, written = logging.getLogger(), io.StringIO()
    handlers, levels = list(root.handlers), {name: logging.getLogger(name).level for name in ("emotion_clf", "celery")}
    monkeypatch.setattr("sys.stderr", written)
    configure(Settings(**changed), "test")
    try:
        yield written
    finally:
        root.handlers[:] = handlers
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        logging.captureWarnings(capture=False)


def broken() -> None:
    try:
        float(SECRET)
    except ValueError as error:
        raise RuntimeError(f"because of {SECRET}") from error


def log_fault() -> None:
    try:
        broken()
    except RuntimeError:
        logging.getLogger("emotion_clf.test").exception("it broke")


def test_each_line_is_a_document_with_what_requests_have_in_common(monkeypatch: pytest.MonkeyPatch) -> None:
    with lines(monkeypatch) as written, bound(request_id="abcdefgh", job_id=None):
        logging.getLogger("emotion_clf.test").info("hello %s", "wörld\n", extra={"status": 200, "words": SECRET})
        logging.getLogger("sqlalchemy.engine").info("select %s", SECRET)
        logging.getLogger("celery.test").warning("so")
    first, second = map(json.loads, written.getvalue().splitlines())
    assert first.pop("at").endswith("Z")
    assert first == {
        "level": "info",
        "event": "hello wörld",
        "process": "test",
        "logger": "emotion_clf.test",
        "request_id": "abcdefgh",
        "status": 200,
    }
    assert (second["event"], second["level"], second["request_id"]) == ("so", "warning", "abcdefgh")


def test_an_exception_is_told_by_kind_and_place_without_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with lines(monkeypatch) as written:
        log_fault()
    line = json.loads(written.getvalue())
    assert [fault["type"] for fault in line["exception"]] == ["RuntimeError", "ValueError"]
    assert line["exception"][0]["frames"][-1].endswith(" broken")
    assert SECRET not in written.getvalue()


def test_debug_quotes_and_says_so_in_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    with lines(monkeypatch, log_level="DEBUG") as written:
        log_fault()
    assert SECRET in written.getvalue()
    assert "quote" in str(Settings.model_fields["log_level"].description)


def test_the_words_of_the_machine_itself_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    with lines(monkeypatch) as written:
        for action in (lambda: __import__("no_such_module"), lambda: open(f"/nowhere/{SECRET}")):  # noqa: PTH123, SIM115
            try:
                action()
            except (ImportError, OSError):
                logging.getLogger("emotion_clf.test").exception("it broke")
    assert "No module named 'no_such_module'" in written.getvalue()
    assert "No such file or directory" in written.getvalue()
    assert SECRET not in written.getvalue()


def test_text_is_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    with lines(monkeypatch, log_format="text") as written:
        logging.getLogger("emotion_clf.test").info("hello", extra={"status": 200})
        log_fault()
    assert "hello" in written.getvalue()
    assert "status=200" in written.getvalue()
    assert "because of ValueError" in written.getvalue()
    assert SECRET not in written.getvalue()


def test_a_terminal_gets_text_and_everything_else_json(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stderr", Terminal())
    assert chosen_format(Settings()) == "text"
    assert chosen_format(Settings(log_format="json")) == "json"
    monkeypatch.setattr("sys.stderr", io.StringIO())
    assert chosen_format(Settings()) == "json"


def test_configuring_again_writes_no_line_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    with lines(monkeypatch) as written:
        configure(Settings(), "again")
        logging.getLogger("emotion_clf.test").info("once")
    assert [json.loads(line)["process"] for line in written.getvalue().splitlines()] == ["again"]


def test_request_ids_of_others_are_taken_where_they_are_harmless() -> None:
    own = new_request_id()
    assert well_formed(own) == own
    assert well_formed("0af7651916cd43dd-8448eb211c80319c_A") == "0af7651916cd43dd-8448eb211c80319c_A"
    for wrong in (
        None,
        "",
        "short",
        "x" * 65,
        "with space",
        'quo"te-quote',
        "line\nbreak-line",
        "a.b/c:d;e=f",
        "ü" * 10,
    ):
        assert well_formed(wrong) is None


def test_what_was_bound_is_gone_after_the_block() -> None:
    with bound(request_id="abcdefgh"):
        assert current_request_id() == "abcdefgh"
    assert current_request_id() is None
