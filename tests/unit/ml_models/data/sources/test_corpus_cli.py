from __future__ import annotations

import csv
import random
import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from emotion_clf.cli import main
from emotion_clf.settings import PROJECT_DIR, get_settings
from ml_models.commands.corpus import corpus
from ml_models.data.check import Limits
from ml_models.data.sources import CORPORA
from ml_models.data.sources.table import read_table, write_table
from ml_models.data.survey import markdown_tables, summary
from tests.support.sound import SPEECH_DATA, encode
from tests.unit.ml_models.data.sources.copies import POINTER, write_copy, write_links, write_sound
from tests.unit.ml_models.voices import SAMPLE_RATE_HZ, speak

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

SAVEE = tuple(
    f"{speaker}/{letters}{number:02d}.wav"
    for speaker in ("DC", "JE", "JK", "KL")
    for letters in ("a", "d", "f", "h", "n", "sa", "su")
    for number in range(1, 31 if letters == "n" else 16)
)


@pytest.fixture(autouse=True)
def _fresh_settings() -> Iterator[None]:
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["corpus", *map(str, arguments)], catch_exceptions=False)


def test_list_tells_what_can_be_read_and_where_to_get_it() -> None:
    result = run("list")
    assert result.exit_code == 0
    for known in CORPORA.values():
        for told in (known.name, known.title, known.licence, known.source, known.layout):
            assert told in result.stdout
    assert "CREMA-D: 7,442 clips, 91 speakers, en; ODbL 1.0" in result.stdout


def test_the_documentation_has_the_table_of_the_code() -> None:
    assert run("list", "--markdown").stdout.strip() == markdown_tables()
    page = (PROJECT_DIR / "docs" / "corpora.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- corpora -->\n(.*)\n<!-- end corpora -->", page, re.DOTALL)
    assert block is not None
    assert block[1] == markdown_tables()
    known = {option for command in corpus.commands.values() for item in command.params for option in item.opts}
    assert set(re.findall(r"(?<!-)--[a-z]+(?:-[a-z]+)*", page)) <= known


def test_a_faultless_copy_passes_and_gives_its_table(tmp_path: Path) -> None:
    write_copy(tmp_path / "mine", ("anna/sad/1.wav", "anna/angry/1.wav"))
    (tmp_path / "mine" / "ben" / "angry").mkdir(parents=True)
    call = encode(speak("angry", 180, 5, 1.2), "-c:a", "aac", "-f", "mp4")
    (tmp_path / "mine" / "ben" / "angry" / "2.m4a").write_bytes(call)
    out = tmp_path / "mine" / "out" / "metadata.csv"
    result = run("check", "folders", tmp_path / "mine", "--out", out)
    assert result.exit_code == 0, result.stdout
    assert result.stdout.splitlines() == [
        "a folder per emotion: 4 s of sound; angry 2, sad 1",
        "ok   3 clips of 2 speakers",
        "ok   every clip decodes, sounds, is unlike the others and 1 s to 10 s long",
        f"Wrote 3 faultless clip(s) to {out}.",
    ]
    with out.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert list(rows[0])[:4] == ["filepath", "emotion", "speaker_id", "sentence_id"]
    assert [row["speaker_id"] for row in rows] == ["mine:anna", "mine:anna", "mine:ben"]
    assert len(read_table(out)) == 3


def test_a_complete_copy_is_counted_as_such(tmp_path: Path) -> None:
    savee = CORPORA["savee"]
    reading = savee.survey(write_links(tmp_path, SAVEE))
    lines, faulty = summary(savee, reading, (), Limits())
    assert "ok   480 of 480 usable clips, 4 of 4 speakers" in lines
    assert not faulty
    short = replace(reading, clips=reading.clips[1:])
    lines, faulty = summary(savee, short, (), Limits())
    assert "FAIL 479 of 480 usable clips, 4 of 4 speakers: this copy is not the published corpus" in lines
    assert faulty


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """A table of clips with every fault there is."""
    folder = tmp_path / "mine"
    for take, name in enumerate(("good.wav", "other.wav", "long.wav", "short.wav")):
        seconds = {"long.wav": 2.5, "short.wav": 0.4}.get(name, 1.2)
        write_sound(folder / name, take=take, seconds=seconds)
    sound, rate_hz = soundfile.read(folder / "good.wav", dtype="int16")
    soundfile.write(folder / "copy.flac", sound, rate_hz)
    sound, rate_hz = soundfile.read(folder / "other.wav", dtype="int16")
    soundfile.write(folder / "relabelled.wav", sound, rate_hz)
    soundfile.write(folder / "silent.wav", np.zeros(SAMPLE_RATE_HZ * 2), SAMPLE_RATE_HZ)
    soundfile.write(folder / "nan.wav", np.full(SAMPLE_RATE_HZ * 2, np.nan), SAMPLE_RATE_HZ, subtype="FLOAT")
    stereo = np.stack([speak("sad", 150, 9, 3.6)] * 2, axis=1)
    soundfile.write(folder / "stereo.wav", stereo, 48_000)
    soundfile.write(folder / "torn.flac", speak("sad", 170, 11, 1.8), SAMPLE_RATE_HZ)
    torn = (folder / "torn.flac").read_bytes()
    (folder / "torn.flac").write_bytes(torn[: len(torn) * 4 // 5])
    (folder / "text.wav").write_text("not sound")
    (folder / "empty.wav").write_bytes(b"")
    emotions = {"good.wav": "sad", "copy.flac": "sad", "relabelled.wav": "angry"}
    names = [path.name for path in sorted(folder.iterdir(), key=lambda path: (path.name != "good.wav", path.name))]
    rows = [
        (name, emotions.get(name, "happy"), "ben" if name == "stereo.wav" else "anna") for name in (*names, "gone.wav")
    ]
    with (folder / "metadata.csv").open("w", newline="") as lines:
        csv.writer(lines).writerows([("filepath", "emotion", "speaker_id"), *rows])
    return folder


def test_every_fault_is_named_and_the_rest_is_written(faulty: Path) -> None:
    out = faulty / "clean.csv"
    result = run("check", "table", faulty, "--out", out, "--max-s", 2, "--workers", 3)
    assert result.exit_code == 1
    told = {line[5:].split(":")[0]: line for line in result.stdout.splitlines() if line.startswith("FAIL")}
    assert told.keys() == {
        "4 clip(s) cannot be read as sound",
        "1 clip(s) decode with errors",
        "1 clip(s) are too short (under 1 s)",
        "1 clip(s) are too long (over 2 s)",
        "1 clip(s) are silent",
        "1 clip(s) hold the same sound as an earlier clip",
        "2 clip(s) hold the same sound as a clip of another emotion or speaker",
    }
    assert "copy.flac (as good.wav)" in told["1 clip(s) hold the same sound as an earlier clip"]
    assert "short.wav (0.40 s)" in told["1 clip(s) are too short (under 1 s)"]
    assert "long.wav (over 2.00 s)" in told["1 clip(s) are too long (over 2 s)"]
    assert "and 1 more" in told["4 clip(s) cannot be read as sound"]
    assert "note 1 file(s) of 48,000 Hz, 2 channel(s); decoding makes them 16 kHz mono" in result.stdout
    assert {clip.path.name for clip in read_table(out)} == {"good.wav", "stereo.wav"}


def test_the_limits_are_the_users(tmp_path: Path) -> None:
    names = ("anna/sad/1.wav", "ben/angry/2.wav")
    write_copy(tmp_path, names)
    assert run("check", "folders", tmp_path).exit_code == 0
    assert "under 1.5 s" in run("check", "folders", tmp_path, "--min-s", 1.5).stdout
    refused = run("check", "folders", tmp_path, "--min-s", 3, "--max-s", 2)
    assert refused.exit_code == 2
    assert "is not below --max-s" in refused.stderr


def test_an_incomplete_copy_is_a_fault(tmp_path: Path) -> None:
    write_copy(tmp_path, ("DC/a01.wav", "JE/sa02.wav"))
    result = run("check", "savee", tmp_path)
    assert result.exit_code == 1
    assert "FAIL 2 of 480 usable clips, 2 of 4 speakers: this copy is not the published corpus" in result.stdout


def test_a_doubled_copy_is_told(tmp_path: Path) -> None:
    write_copy(tmp_path / "a", ("03-01-04-01-01-01-01.wav", "03-01-05-01-01-01-02.wav"))
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    result = run("check", "ravdess", tmp_path)
    assert "note 2 file(s) left out, the same bytes as another file of the same name" in result.stdout
    assert "hold the same sound" not in result.stdout


def test_bad_input_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "1001_DFA_ANG_XX.wav").write_text(POINTER)
    for folder, message in ((tmp_path, "lfs pull"), (tmp_path / "nowhere", "There is no folder")):
        result = run("check", "cremad", folder)
        assert result.exit_code == 1
        assert result.stderr.startswith("Error: ")
        assert message in result.stderr
        assert len(result.stderr.splitlines()) == 1
    assert run("check", "nonsense", tmp_path).exit_code == 2


def test_without_a_decoder_nothing_is_called_a_fault_of_the_clips(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FFMPEG_PATH", "/nowhere/ffmpeg")
    write_copy(tmp_path, ("anna/sad/1.wav", "ben/angry/2.wav"))
    result = run("check", "folders", tmp_path)
    assert result.exit_code == 1
    assert "ffmpeg" in result.stderr
    assert "cannot be read as sound" not in result.stdout


@pytest.mark.skipif(not SPEECH_DATA.is_dir(), reason="no recordings at hand")
def test_real_recordings_pass(tmp_path: Path) -> None:
    clips = read_table(SPEECH_DATA.resolve())
    sample = random.Random(0).sample(clips, 80)
    write_table(tmp_path / "metadata.csv", sample)
    result = run("check", "table", tmp_path, "--out", tmp_path / "checked.csv", "--min-s", 0.5)
    assert result.exit_code == 0, result.stdout
    assert read_table(tmp_path / "checked.csv") == tuple(sample)


@pytest.mark.skipif(not SPEECH_DATA.is_dir(), reason="no recordings at hand")
@pytest.mark.parametrize("name", ["ravdess", "emodb", "nemo", "ased"])
def test_names_of_real_recordings_say_what_their_table_says(name: str) -> None:
    listed = {clip.path: clip for clip in read_table(SPEECH_DATA.resolve(), corpora=(name,))}
    read = {clip.path: clip for clip in CORPORA[name].read(SPEECH_DATA.resolve() / name)}
    assert read.keys() == listed.keys()
    for path, clip in read.items():
        assert (clip.speaker, clip.emotion, clip.language) == (
            listed[path].speaker,
            listed[path].emotion,
            listed[path].language,
        )
    differing = [path.name for path, clip in read.items() if clip.sex not in {"", listed[path].sex}]
    assert len(differing) == (4 if name == "ased" else 0)


def test_faults_can_be_tolerated_where_the_table_leaves_them_out(tmp_path: Path) -> None:
    for take, place in enumerate(("happy/ann", "happy/ben", "sad/ann")):
        write_sound(tmp_path / "copy" / place / f"{take}.wav", take=take)
    (tmp_path / "copy" / "happy" / "ann" / "broken.wav").write_bytes(b"not sound")
    table = tmp_path / "metadata.csv"
    assert run("check", "folders", tmp_path / "copy", "--out", table).exit_code == 1
    assert run("check", "folders", tmp_path / "copy", "--out", table, "--tolerate").exit_code == 0
    assert len(read_table(table)) == 3
    assert run("check", "table", table).exit_code == 0
    assert run("check", "folders", tmp_path / "copy", "--tolerate").exit_code == 2
