"""Clips of the kinds that people send, where they are at hand, through the command line and the web."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from emotion_clf.cli import main
from emotion_clf.settings import Settings
from tests.conftest import running
from tests.support.sound import REPOSITORY
from tests.support.web import send_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

CASES = Path(os.environ.get("CASES", REPOSITORY.parent / "shared" / "cases"))
# What each is to be warned of beside the answer; the clean clip is heard as angry.
EXPECTED: dict[str, set[str]] = {
    "phase_inverted.wav": {"opposite_phase"},
    "phase_nearly_inverted.wav": {"opposite_phase"},
    "dc_2_percent.flac": set(),
    "dc_5_percent.flac": set(),
    "second_track_speaks.mp4": {"other_tracks"},
    "speech_begins_at_31s.ogg": {"late"},
    "ten_seconds_of_silence_first.ogg": set(),
    "android.amr": set(),
    "android_same_sound_as_amr.3gp": set(),
    "iphone_alac.caf": set(),
    "windows_recorder.wma": set(),
    "pbx_mulaw.au": set(),
    "recorder.w64": set(),
    "id3_before_adts.aac": set(),
    "id3_before_wav.wav": set(),
    "zeros_before_mp3.mp3": set(),
    "quicktime_without_ftyp.mov": set(),
    "webm_header_late.webm": set(),
    "cut_off_half.wav": {"damaged"},
    "header_says_half_a_second.wav": set(),
}
SILENCE_APART = ("ten_seconds_of_silence_first.ogg", "speech_begins_at_31s.ogg")

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the inputs from practice are not at hand")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    with running(Settings(instance_dir=tmp_path_factory.mktemp("instance"))) as app:
        yield app.test_client()


@pytest.mark.parametrize("name", EXPECTED)
def test_the_web_gives_what_is_expected(served: FlaskClient, name: str) -> None:
    answer = send_json(served, (CASES / name).read_bytes(), name).get_json()
    assert answer["label"] == "angry", answer
    assert {warning["code"] for warning in answer["warnings"]} == EXPECTED[name]


def test_silence_changes_no_probability(served: FlaskClient) -> None:
    reference = send_json(served, (CASES / "recorder.w64").read_bytes()).get_json()["probabilities"]
    for name in SILENCE_APART:
        found = send_json(served, (CASES / name).read_bytes()).get_json()["probabilities"]
        assert found == pytest.approx(reference, abs=0.1), name  # they are lossy, too


def test_the_command_line_hears_them_all() -> None:
    result = CliRunner().invoke(main, ["predict", "--json", *(str(CASES / name) for name in EXPECTED)])
    assert result.exit_code == 0, result.output
    answers = [json.loads(line) for line in result.output.splitlines() if line.startswith("{")]
    assert [answer["label"] for answer in answers] == ["angry"] * len(EXPECTED)
