from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from emotion_clf import __version__
from emotion_clf.cli import main
from emotion_clf.settings import get_settings
from tests.support.bundles import LABELS, make_adaptive_bundle, make_onnx_bundle
from tests.support.sound import SAMPLES, voice, wav


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch, tiny_models: Path) -> CliRunner:
    monkeypatch.setenv("MODELS_DIR", str(tiny_models))
    monkeypatch.setenv("MODEL", "tiny")
    monkeypatch.setenv("TEXT_MODEL", "tiny")
    get_settings.cache_clear()
    yield CliRunner()
    get_settings.cache_clear()


@pytest.fixture
def clips(tmp_path: Path) -> list[str]:
    paths = [tmp_path / name for name in ("one.wav", "two.wav")]
    for path in paths:
        path.write_bytes(wav(voice(1.0)))
    return [str(path) for path in paths]


def test_predict_tells_people(runner: CliRunner, clips: list[str]) -> None:
    result = runner.invoke(main, ["predict", *clips])
    assert result.exit_code == 0
    for clip in clips:
        assert f"{clip}: " in result.stdout
    assert all(result.stdout.count(label) >= 2 for label in LABELS)
    assert "█" in result.stdout


def test_predict_tells_programs(runner: CliRunner, clips: list[str]) -> None:
    result = runner.invoke(main, ["predict", "--json", *clips])
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["file"] for answer in answers] == clips
    for answer in answers:
        assert sum(answer["probabilities"].values()) == pytest.approx(1.0)
        assert answer["model"] == {"name": "tiny", "version": "0.0.1"}


def test_predict_tells_spreadsheets(runner: CliRunner, clips: list[str]) -> None:
    result = runner.invoke(main, ["predict", "--csv", *clips])
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["file"] for row in rows] == clips
    for row in rows:
        assert row["label"] == max(LABELS, key=lambda label: float(row[f"p_{label}"]))


def test_predict_goes_on_after_a_bad_file(runner: CliRunner, clips: list[str], tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_bytes(b"nothing")
    files = [clips[0], str(tmp_path / "bad.wav"), str(tmp_path / "gone.wav"), clips[1]]
    result = runner.invoke(main, ["predict", "--json", *files])
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 2
    assert "bad.wav: This file is not audio" in result.stderr
    assert "gone.wav cannot be read: No such file" in result.stderr


def test_predict_without_files_says_how(runner: CliRunner) -> None:
    result = runner.invoke(main, ["predict"])
    assert result.exit_code == 2
    assert "FILES" in result.stderr


def test_predict_with_another_model(runner: CliRunner, clips: list[str], tmp_path: Path, tiny_models: Path) -> None:
    make_onnx_bundle(tmp_path / "models" / "other")
    runner.env["MODELS_DIR"] = str(tmp_path / "models")  # type: ignore[index]
    get_settings.cache_clear()
    result = runner.invoke(main, ["predict", "--json", "--model", "other", clips[0]])
    assert json.loads(result.stdout)["model"]["name"] == "other"
    refused = runner.invoke(main, ["predict", "--model", "third", clips[0]])
    assert refused.exit_code == 1
    assert "Installed: other" in refused.stderr


def test_predict_adapts_to_other_clips_of_the_voice(runner: CliRunner, clips: list[str], tmp_path: Path) -> None:
    make_adaptive_bundle(tmp_path / "models" / "adaptive")
    runner.env.update({"MODELS_DIR": str(tmp_path / "models"), "MODEL": "adaptive"})
    get_settings.cache_clear()
    others = [option for name in ("low", "raised") for option in ("--same-voice", str(SAMPLES / f"{name}.flac"))]
    result = runner.invoke(main, ["predict", "--json", *clips, *others])
    assert [json.loads(line)["adapted_to_clips"] for line in result.stdout.splitlines()] == [2, 2]
    table = runner.invoke(main, ["predict", "--csv", clips[0], *others[:2]])
    assert [row["adapted_to_clips"] for row in csv.DictReader(io.StringIO(table.stdout))] == ["1"]
    assert "adapted to 2 other clips" in runner.invoke(main, ["predict", clips[0], *others]).stdout
    assert "adapted" not in runner.invoke(main, ["predict", clips[0]]).stdout


def test_predict_answers_nothing_where_the_voice_cannot_be_known(
    runner: CliRunner, clips: list[str], tmp_path: Path
) -> None:
    refused = runner.invoke(main, ["predict", clips[0], "--same-voice", clips[1]])
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "was not trained to adapt" in refused.stderr
    make_adaptive_bundle(tmp_path / "models" / "tiny")
    runner.env["MODELS_DIR"] = str(tmp_path / "models")  # type: ignore[index]
    get_settings.cache_clear()
    missing = runner.invoke(main, ["predict", clips[0], "--same-voice", str(tmp_path / "gone.wav")])
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert "gone.wav cannot be read" in missing.stderr


def test_doctor_names_each_fault_with_its_mend(runner: CliRunner, tmp_path: Path) -> None:
    runner.env.update({"FFMPEG_PATH": "/nowhere", "MODEL": "none", "DATABASE_URL": "postgresql://x@127.0.0.1:1/x"})
    runner.env.update(
        {"TEXT_MODEL": "none", "BROKER_URL": "redis://127.0.0.1:1/0", "TRANSCRIPTION_METHOD": "assemblyai"}
    )
    (tmp_path / "file").write_text("", encoding="ascii")
    runner.env["INSTANCE_DIR"] = str(tmp_path / "file")  # type: ignore[index]
    get_settings.cache_clear()
    result = runner.invoke(main, ["doctor"])
    assert result.exit_code == 1
    for subject, mend in (
        ("FAIL ffmpeg", "FFMPEG_PATH"),
        ("FAIL model none", "Set MODEL"),
        ("FAIL text model none", "Set TEXT_MODEL"),
        ("FAIL speech to text", "TRANSCRIPTION_METHOD=auto"),
        ("FAIL broker", "correct BROKER_URL"),
        ("FAIL database", "emotion-clf db upgrade"),
        ("FAIL instance folder", "INSTANCE_DIR"),
    ):
        assert subject in result.stdout
        assert mend in result.stdout
    assert "ok   model tiny" in result.stdout
    assert "ok   text model tiny" in result.stdout
    assert "ok   engine assemblyai: not set up. AssemblyAI needs a key" in result.stdout
    assert "worker" not in result.stdout


def test_doctor_is_content_after_the_database_was_upgraded(runner: CliRunner) -> None:
    before = runner.invoke(main, ["doctor"])
    assert before.exit_code == 1
    assert "at revision none, the newest is" in before.stdout
    assert runner.invoke(main, ["db", "upgrade"]).exit_code == 0
    after = runner.invoke(main, ["doctor"])
    assert after.exit_code == 0, after.stdout
    assert "FAIL" not in after.stdout
    assert "ok   engine whisper: usable" in after.stdout
    assert "ok   worker: none answers" in after.stdout


def test_doctor_names_a_spoilt_model_and_a_broken_ffmpeg(runner: CliRunner, tmp_path: Path) -> None:
    make_onnx_bundle(tmp_path / "models" / "tiny")
    (tmp_path / "models" / "tiny" / "emotion_pca.pkl").write_bytes(b"")
    broken = tmp_path / "ffmpeg"
    broken.write_text("#!/bin/sh\nexit 3\n", encoding="ascii")
    broken.chmod(0o755)
    runner.env.update({"MODELS_DIR": str(tmp_path / "models"), "FFMPEG_PATH": str(broken)})
    get_settings.cache_clear()
    result = runner.invoke(main, ["doctor"])
    assert "FAIL model tiny: The file emotion_pca.pkl" in result.stdout
    assert "does not run" in result.stdout


def test_an_error_of_ours_is_one_sentence(runner: CliRunner) -> None:
    runner.env["DATABASE_URL"] = "nonsense"  # type: ignore[index]
    get_settings.cache_clear()
    result = runner.invoke(main, ["db", "upgrade"])
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: DATABASE_URL cannot be used")


def test_help_lists_the_commands_of_this_package_and_of_training(runner: CliRunner) -> None:
    result = runner.invoke(main, ["--help"])
    for command in ("predict", "transcribe", "fetch", "doctor", "db", "admin", "serve", "worker", "train"):
        assert f"\n  {command} " in result.stdout
    assert runner.invoke(main, ["train", "--help"]).exit_code == 0
    assert runner.invoke(main, ["nonsense"]).exit_code == 2
    assert __version__ in runner.invoke(main, ["--version"]).stdout


def test_samples_are_heard_by_the_shipped_model(monkeypatch: pytest.MonkeyPatch) -> None:
    get_settings.cache_clear()
    result = CliRunner().invoke(main, ["predict", "--json", *map(str, sorted(SAMPLES.glob("*.flac")))])
    get_settings.cache_clear()
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(answers) == 3
    assert {answer["model"]["name"] for answer in answers} == {"embedded"}
