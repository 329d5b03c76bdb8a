from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from emotion_clf.settings import PROJECT_DIR
from ml_models.commands.corpus import corpus
from ml_models.data.natural import LEARNT, PACKAGES, TESTED, make_natural_speech
from ml_models.data.sources.table import read_table

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE_RATE_HZ = 8_000


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages as dpkg unpacks them, spoken by the synthetic voices of the samples."""
    speech, rate_hz = soundfile.read(PROJECT_DIR / "static" / "samples" / "even.flac", dtype="float32")
    speech = speech[:: rate_hz // SAMPLE_RATE_HZ]
    folder = tmp_path_factory.mktemp("packages")

    def write(place: str, take: int, seconds: float) -> None:
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        piece = np.roll(speech, 500 * take)[: int(seconds * SAMPLE_RATE_HZ)]
        soundfile.write(path, np.pad(piece, SAMPLE_RATE_HZ // 2), SAMPLE_RATE_HZ)

    for package in PACKAGES:
        if package.voice is not None:
            sounds = f"{package.name}/usr/share/asterisk/sounds/{package.language}"
            write(f"{sounds}/hello.wav", 1, 2.0)
            write(f"{sounds}/silence/1.wav", 2, 1.0)
            for digit in range(10):
                write(f"{sounds}/digits/{digit}.wav", digit, 0.6)
    for language, first in {"de": 0, "en": 3, "sr": 6, "sr@latin": 6}.items():
        for word in range(first, first + 3):
            write(f"ktuberling-data/usr/share/ktuberling/sounds/{language}/{word}.wav", word, 0.6)
    for letter in range(4):
        write(f"klettres-data/usr/share/klettres/nb/alpha/{letter}.wav", letter, 0.5)
    return folder


def test_voices_are_learnt_from_or_tested_and_never_both(unpacked: Path, tmp_path: Path) -> None:
    clips = make_natural_speech(tmp_path, unpacked)
    assert read_table(tmp_path) == tuple(clips)
    languages = {name: {clip.language for clip in clips if clip.corpus == name} for name in (LEARNT, TESTED)}
    assert languages[TESTED] == {"en", "fr"}
    assert not languages[LEARNT] & {"en", "fr", "es"}
    assert {clip.emotion for clip in clips} == {"neutral"}
    assert {clip.sentence for clip in clips if clip.corpus == TESTED} == {"prompts", "digits", "words"}
    assert {clip.sentence for clip in clips if clip.corpus == LEARNT} == {"prompts", "words"}


def test_short_recordings_are_joined_without_the_silence_around_them(unpacked: Path, tmp_path: Path) -> None:
    clips = make_natural_speech(tmp_path, unpacked)
    words = [clip for clip in clips if clip.speaker == "natural:ktuberling-de"]
    assert len(words) == 1
    info = soundfile.info(words[0].path)
    assert (info.samplerate, info.channels) == (16_000, 1)
    assert info.duration < 3 * (0.6 + 1.0)  # each file holds a second of silence


def test_one_volunteer_in_two_scripts_is_one_voice(unpacked: Path, tmp_path: Path) -> None:
    clips = make_natural_speech(tmp_path, unpacked)
    assert {clip.speaker for clip in clips if clip.language == "sr"} == {"natural:ktuberling-sr"}


def test_the_command_counts_clips_and_voices(unpacked: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(corpus, ["natural", str(tmp_path / "out"), "--unpacked", str(unpacked)])
    assert done.exit_code == 0, done.output
    assert "natural_test: " in done.output
    refused = CliRunner().invoke(corpus, ["natural", str(tmp_path / "none"), "--unpacked", str(tmp_path)])
    assert refused.exit_code == 1
    assert "holds no recordings of the package" in refused.output
