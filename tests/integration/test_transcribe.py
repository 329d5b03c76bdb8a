"""Transcription through the command line, as an operator meets it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from emotion_clf.cli import main
from emotion_clf.settings import get_settings
from emotion_clf.transcription import parse_captions
from tests.support.assemblyai import KEY, assemblyai
from tests.support.sound import SAMPLES

CLIP = str(SAMPLES / "even.flac")
SAID = "WEBVTT\n\n00:00.500 --> 00:02.000\n<v Ann>Call +44 20 7946 0958, it is Ann.\n"


@pytest.fixture
def runner() -> Iterator[CliRunner]:
    get_settings.cache_clear()
    yield CliRunner()
    get_settings.cache_clear()


@pytest.fixture
def captions(tmp_path: Path) -> str:
    path = tmp_path / "captions.vtt"
    path.write_text(SAID, encoding="utf-8")
    return str(path)


def test_words_on_standard_output_and_what_wrote_them_on_standard_error(runner: CliRunner) -> None:
    result = runner.invoke(main, ["transcribe", CLIP])
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("[00:00:0")
    assert "parcel will arrive on Thursday" in result.stdout
    assert "! Transcribed by Whisper 'whisper-base' on this machine." in result.stderr


def test_each_form_holds_the_same_words(runner: CliRunner) -> None:
    made = json.loads(runner.invoke(main, ["transcribe", CLIP, "--json"]).stdout)
    text = [segment["text"] for segment in made["segments"]]
    assert made["segments"][0]["words"]
    for form in ("--vtt", "--srt"):
        read = parse_captions(runner.invoke(main, ["transcribe", CLIP, form]).stdout)
        assert [segment.text for segment in read.segments] == text


def test_captions_are_redacted_and_names_stay(runner: CliRunner, captions: str) -> None:
    result = runner.invoke(main, ["transcribe", CLIP, "--engine", "auto", "--captions", captions, "--redact"])
    assert result.stdout == "[00:00:00.500 - 00:00:02.000] Ann: Call [PHONE], it is Ann.\n"
    assert "Redacted: phone 1" in result.stderr
    assert "Names, places" in result.stderr


def test_the_service_is_used_by_name(runner: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    with assemblyai() as account:
        account.polls = 0
        monkeypatch.setenv("ASSEMBLYAI_API_KEY", KEY)
        monkeypatch.setenv("ASSEMBLYAI_BASE_URL", account.url)
        get_settings.cache_clear()
        result = runner.invoke(main, ["transcribe", CLIP, "--engine", "assemblyai", "--language", "en"])
    assert "A: Good morning." in result.stdout
    assert "B: Hello." in result.stdout


def test_only_the_first_part_of_a_long_recording_is_transcribed_and_that_is_said(
    runner: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRANSCRIPTION_MAX_S", "1.5")
    get_settings.cache_clear()
    assert "Only the first 1.5 s" in runner.invoke(main, ["transcribe", CLIP]).stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["gone.wav"], "gone.wav cannot be read"),
        ([CLIP, "--engine", "telepathy"], "There is no such engine"),
        ([CLIP, "--engine", "captions"], "No captions were given"),
        ([CLIP, "--engine", "assemblyai"], "ASSEMBLYAI_API_KEY"),
        ([CLIP, "--language", "xx"], "does not know the language"),
        ([CLIP, "--captions", "gone.vtt", "--engine", "auto"], "gone.vtt cannot be read"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(runner: CliRunner, arguments: list[str], sentence: str) -> None:
    result = runner.invoke(main, ["transcribe", *arguments])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    assert sentence in result.stderr
