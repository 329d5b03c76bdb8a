from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from emotion_clf import EmotionPredictor
from emotion_clf.cli import main
from emotion_clf.settings import Settings, get_settings
from tests.support.dialogues import small_call
from tests.support.sound import voice, wav

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tiny_models: Path, call: Path) -> Iterator[Run]:
    monkeypatch.setenv("MODELS_DIR", str(tiny_models))
    monkeypatch.setenv("MODEL", "tiny")
    monkeypatch.setenv("TEXT_MODEL", "tiny")
    get_settings.cache_clear()
    runner = CliRunner()
    yield lambda *arguments, file=call: runner.invoke(main, ["call", str(file), *arguments])
    get_settings.cache_clear()


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("call") / "call.wav"
    path.write_bytes(wav(small_call(16)))
    return path


def test_people_are_told_the_score_with_its_parts(run: Run, scratch: Path) -> None:
    result = run()
    assert result.exit_code == 0, result.output
    assert "call.wav: " in result.stdout
    assert "the customer is right, a guess" in result.stdout
    assert " of 10 (90 % interval " in result.stdout
    assert "Quarter 3 to 4" in result.stdout
    assert "! " in result.stderr
    assert "-0.00" not in result.stdout
    assert list(scratch.iterdir()) == []


def test_a_short_call_has_no_score_and_says_why(run: Run, tmp_path: Path) -> None:
    (tmp_path / "short.wav").write_bytes(wav(small_call(2)))
    result = run(file=tmp_path / "short.wav")
    assert result.exit_code == 0
    assert "No de-escalation score: " in result.stdout


def test_where_nobody_speaks_that_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "silence.wav").write_bytes(wav(voice(5.0) * 0))
    result = run(file=tmp_path / "silence.wav")
    assert result.exit_code == 0
    assert "nobody speaks" in result.stdout


def test_programs_are_told_everything(run: Run, call: Path, settings: Settings) -> None:
    told = json.loads(run("--json", "--customer", "left", "--hop", "1.5").stdout)
    report = EmotionPredictor(settings=settings).analyze_call(call, customer="left", hop_s=1.5)
    assert told == json.loads(json.dumps(report.as_dict()))
    assert told["title"] == "call.wav"
    assert told["timeline"]["customer"] == "left"
    assert told["timeline"]["hop_s"] == 1.5


def test_python_goes_through_the_windows(call: Path, settings: Settings, scratch: Path) -> None:
    report = EmotionPredictor(settings=settings).analyze_call(str(call))
    windows = list(report.timeline)
    assert [window.start_s for window in windows] == sorted(window.start_s for window in windows)
    assert {window.speaker for window in windows if window.label} == {"right"}
    assert report.score.value is not None
    assert report.score.interval is not None
    low, high = report.score.interval
    assert 1 <= low <= report.score.value <= high <= 10
    assert report.score.components
    assert list(scratch.iterdir()) == []


def test_spreadsheets_subtitles_and_label_tracks(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("--csv").stdout)))
    assert {row["speaker"] for row in rows} >= {"left", "right"}
    assert {row["speaker"] for row in rows if row["label"]} == {"right"}
    assert run("--vtt").stdout.startswith("WEBVTT")
    labels = [line.split("\t") for line in run("--audacity").stdout.splitlines()]
    assert labels
    assert all(float(start) < float(end) for start, end, _ in labels)


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--customer", "Ann"], 1, "left, right"),
        (["--model", "none"], 1, "no model of that name"),
        (["--hop", "0.01"], 1, "0.5 to 3 s"),
        (["--speakers", "magic"], 2, "'auto', 'channels', 'voices', 'one'"),
    ],
)
def test_what_cannot_be_is_one_sentence(run: Run, arguments: list[str], status: int, words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == status
    assert words in result.stderr
    assert "Traceback" not in result.output


def test_a_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    result = run(file=tmp_path / "none.wav")
    assert result.exit_code == 1
    assert "none.wav cannot be read" in result.stderr
