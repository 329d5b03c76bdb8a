from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from emotion_clf.cli import main
from emotion_clf.cli.terminal import bar
from emotion_clf.settings import get_settings
from emotion_clf.storage import AdminStore, Database
from emotion_clf.text import EMOTIONS
from tests.support import media_server as server
from tests.support.sound import voice, wav

CAPTIONS = "WEBVTT\n\n00:00.000 --> 00:01.000\nHello there.\n\n00:01.000 --> 00:02.500\n<v Ann>I am so glad!\n"
PASSWORD = "a long enough password"


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch, tiny_models: Path) -> CliRunner:
    monkeypatch.setenv("MODELS_DIR", str(tiny_models))
    monkeypatch.setenv("TEXT_MODEL", "tiny")
    get_settings.cache_clear()
    yield CliRunner()
    get_settings.cache_clear()


def lines(output: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.splitlines()]


def test_texts_are_told_to_people(runner: CliRunner) -> None:
    result = runner.invoke(main, ["predict", "--text", "What a day! It rained.", "--text", "Thanks."])
    assert result.exit_code == 0, result.output
    found = result.stdout.splitlines()
    assert [line.rpartition(")")[2].strip() for line in found] == ["What a day!", "It rained.", "Thanks."]
    assert all(line.split()[0] in EMOTIONS for line in found)


def test_texts_are_told_to_programs(runner: CliRunner) -> None:
    result = runner.invoke(main, ["predict", "--json", "--text", "What a day! It rained.", "--text", "Thanks. 🎉"])
    found = lines(result.stdout)
    assert [(each["source"], each["position"]) for each in found[:3]] == [("text 1", 0), ("text 1", 1), ("text 2", 0)]
    for each in found:
        assert sum(each["probabilities"].values()) == pytest.approx(1.0)
        assert each["model"] == {"name": "tiny", "version": "0.0.1"}
        assert (each["start_s"], each["speaker"]) == (None, None)


def test_texts_are_told_to_spreadsheets(runner: CliRunner) -> None:
    result = runner.invoke(main, ["predict", "--csv", "--text", "=1+1 is two", "--text", "Well, yes."])
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["text"] for row in rows] == ["'=1+1 is two", "Well, yes."]
    for row in rows:
        assert row["emotion"] == max(EMOTIONS, key=lambda emotion: float(row[f"p_{emotion}"]))


def _printed(tmp_path: Path, *options: str, into_a_file: bool = False, **environment: str) -> bytes:
    """What a process of its own prints, into a file or a pipe."""
    code = "from emotion_clf.cli import main; main()"
    command = [sys.executable, "-c", code, *options]
    surroundings = {**os.environ, **environment}
    if not into_a_file:
        return subprocess.run(command, env=surroundings, capture_output=True, check=True).stdout
    path = tmp_path / "table.csv"
    with path.open("wb") as table:
        subprocess.run(command, env=surroundings, stdout=table, check=True)
    return path.read_bytes()


def test_a_table_in_a_file_opens_in_excel_and_one_in_a_pipe_has_rows_alone(runner: CliRunner, tmp_path: Path) -> None:
    said = ("predict", "--csv", "--text", "Gr\u00fc\u00dfe \u2764!")
    in_a_file = _printed(tmp_path, *said, into_a_file=True, PYTHONUTF8="1")
    assert in_a_file.startswith("\ufeffsource,".encode())
    assert "Gr\u00fc\u00dfe \u2764!" in in_a_file.decode("utf-8-sig")
    assert _printed(tmp_path, *said, PYTHONUTF8="1") == in_a_file.removeprefix(b"\xef\xbb\xbf")


def test_a_terminal_without_unicode_is_written_to(runner: CliRunner, tmp_path: Path) -> None:
    plain = _printed(tmp_path, "predict", "--text", "I am \u201cglad\u201d \u2764!", PYTHONIOENCODING="latin-1")
    assert b"I am ?glad? ?!" in plain
    said = "I \u201cam\u201d \u2764"
    told = json.loads(_printed(tmp_path, "predict", "--json", "--text", said, PYTHONIOENCODING="latin-1"))
    assert told["text"] == said


BLOCKS = {"ascii": "#", "latin-1": "#", "utf-8": "\u2588", "cp437": "\u2588"}


@pytest.mark.parametrize(("encoding", "block"), BLOCKS.items())
def test_bars_are_of_what_the_terminal_has(monkeypatch: pytest.MonkeyPatch, encoding: str, block: str) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert bar(0.5, 6) == 3 * block


def test_another_language_is_noted(runner: CliRunner) -> None:
    result = runner.invoke(main, ["predict", "--text", "Ich hasse dich!"])
    assert "! This text seems to be in another language than English, most like German." in result.stderr
    assert "uncertain" in result.stdout


def test_a_bad_text_does_not_stop_the_others(runner: CliRunner) -> None:
    result = runner.invoke(main, ["predict", "--json", "--text", " ", "--text", "Fine.", "--text", "a" * 300_000])
    assert result.exit_code == 1
    assert [each["text"] for each in lines(result.stdout)] == ["Fine."]
    assert "Text 1: There is no text here" in result.stderr
    assert "Text 3: The text is longer than 256 KiB" in result.stderr


def test_a_file_and_standard_input_are_read(runner: CliRunner, tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_bytes("\ufeffGrüße! I am glad.".encode())
    from_file = runner.invoke(main, ["predict", "--json", "--file", str(notes)])
    assert [each["text"] for each in lines(from_file.stdout)] == ["Grüße!", "I am glad."]
    piped = runner.invoke(main, ["predict", "--json", "--file", "-"], input="I am glad.")
    assert [each["text"] for each in lines(piped.stdout)] == ["I am glad."]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("gone.txt", None, "gone.txt cannot be read: No such file"),
        ("latin.txt", "Grüße".encode("latin-1"), "latin.txt is not a text in UTF-8"),
        ("empty.txt", b"", "There is no text here"),
        ("long.txt", "ä".encode() * 200_000, "longer than 256 KiB"),
        ("sound.wav", b"nothing", "This file is not audio"),
        ("gone.wav", None, "cannot be read"),
        ("broken.vtt", b"nothing", "caption"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(
    runner: CliRunner, tmp_path: Path, name: str, content: bytes | None, sentence: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    result = runner.invoke(main, ["predict", "--file", str(tmp_path / name)])
    assert (result.exit_code, result.stdout) == (1, "")
    assert sentence in result.stderr
    assert "Traceback" not in result.output


def test_captions_keep_their_times_and_speakers(runner: CliRunner, tmp_path: Path) -> None:
    (tmp_path / "talk.vtt").write_text(CAPTIONS, encoding="utf-8")
    result = runner.invoke(main, ["predict", "--json", "--file", str(tmp_path / "talk.vtt")])
    assert result.exit_code == 0, result.output
    found = lines(result.stdout)
    assert [(each["text"], each["start_s"], each["speaker"]) for each in found] == [
        ("Hello there.", 0.0, None),
        ("I am so glad!", 1.0, "Ann"),
    ]
    told = runner.invoke(main, ["predict", "--file", str(tmp_path / "talk.vtt")]).stdout.splitlines()
    assert told[1].startswith("0:01.0 ")
    assert told[1].endswith("Ann: I am so glad!")


def test_redaction_comes_before_anything_is_shown(runner: CliRunner) -> None:
    result = runner.invoke(main, ["predict", "--redact", "--text", "Write to jo@example.com."])
    assert "[EMAIL]" in result.stdout
    assert "jo@example.com" not in result.output
    assert "Names, places" in result.stderr


def test_what_is_said_at_an_address_is_read(runner: CliRunner, monkeypatch: pytest.MonkeyPatch, scratch: Path) -> None:
    with server.serving() as media:
        media.answers["/talk.wav"] = server.file(wav(voice(3.0)))
        monkeypatch.setenv("FETCH_HOSTS", json.dumps([media.host]))
        monkeypatch.setenv("FETCH_ALLOW_PRIVATE_ADDRESSES", "true")
        get_settings.cache_clear()
        result = runner.invoke(main, ["predict", "--json", "--url", media.url("/talk.wav"), "--engine", "whisper"])
        assert result.exit_code == 0, result.output
        found = lines(result.stdout)
        assert found
        assert all(0 <= each["start_s"] < each["end_s"] <= 4 for each in found)
        assert "Whisper" in result.stderr
        gone = runner.invoke(main, ["predict", "--url", media.url("/gone.wav")])
        assert (gone.exit_code, gone.stdout) == (1, "")
    assert not list(scratch.iterdir())


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("nonsense", "not a web address"),
        ("file:///etc/passwd", "http"),
        ("ytsearch:cats", "http"),
        ("https://youtube.com.evil.test/watch?v=x", "Nothing is fetched from this host"),
    ],
)
def test_an_address_that_is_refused_is_one_sentence(runner: CliRunner, address: str, sentence: str) -> None:
    result = runner.invoke(main, ["predict", "--url", address])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    assert sentence in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a.wav", "--text", "Hello."],
        ["--text", "Hello.", "--url", "https://youtu.be/x"],
        ["--text", "Hello.", "--engine", "whisper"],
        ["--text", "Hello.", "--same-voice", "a.wav"],
        ["a.wav", "--redact"],
        ["--file", "notes.txt", "--speakers"],
    ],
    ids=" ".join,
)
def test_options_that_do_not_go_together_are_refused(runner: CliRunner, arguments: list[str]) -> None:
    result = runner.invoke(main, ["predict", *arguments])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage: " in result.stderr


def admins() -> int:
    database = Database(get_settings().database)
    database.upgrade()
    try:
        store = AdminStore(database)
        assert store.check("jo", "something else entirely") is None
        return int(store.check("jo", PASSWORD) is not None)
    finally:
        database.dispose()


@pytest.mark.parametrize(
    ("options", "typed"),
    [([], f"{PASSWORD}\n{PASSWORD}\n"), (["--password-stdin"], f"{PASSWORD}\n")],
    ids=["asked", "piped"],
)
def test_an_admin_is_made_who_can_sign_in(runner: CliRunner, options: list[str], typed: str) -> None:
    result = runner.invoke(main, ["admin", "create", "Jo", *options], input=typed)
    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output
    assert admins() == 1
    again = runner.invoke(main, ["admin", "create", "jo", *options], input=typed)
    assert again.exit_code == 1
    assert "jo" in again.stderr


@pytest.mark.parametrize("typed", ["short\n", "", "\n", "elevenchars\n"])
def test_a_password_that_will_not_do_makes_no_admin(runner: CliRunner, typed: str) -> None:
    result = runner.invoke(main, ["admin", "create", "jo", "--password-stdin"], input=typed)
    assert result.exit_code == 1
    assert "at least 12 characters" in result.stderr
    assert admins() == 0


def test_a_password_is_never_an_argument(runner: CliRunner) -> None:
    assert runner.invoke(main, ["admin", "create", "jo", "--password", PASSWORD]).exit_code == 2
    assert runner.invoke(main, ["admin", "create", "jo", PASSWORD]).exit_code == 2
