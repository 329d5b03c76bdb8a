from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from emotion_clf.settings import get_settings
from ml_models.commands.embed import embed
from ml_models.embedding import read_embeddings
from ml_models.networks.stand_in import make_hubert_stand_in
from tests.unit.ml_models.embedding.speakers import write_speech

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

COMMAND = [sys.executable, "-c", "from ml_models.commands.embed import embed; embed()"]
CLIPS = 30


@pytest.fixture(autouse=True)
def _models(tiny_models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MODELS_DIR", str(tiny_models))
    monkeypatch.setenv("MODEL", "tiny")
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def run(*arguments: object) -> Result:
    return CliRunner().invoke(embed, list(map(str, arguments)), catch_exceptions=False)


def test_the_default_models_embedder_over_one_corpus(speech: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "e.npz"
    result = run("--data", speech, "--corpus", "second", "--out", out, "--workers", 1)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{out}: 3 embeddings of 4 values.\n"
    assert {name.split("/")[1][0] for name in read_embeddings(out).ids} == {"1"}
    assert "clip/s" in result.stderr


def test_a_table_is_read_and_the_clips_left_out_are_counted(speech: Path, tmp_path: Path) -> None:
    table = speech / "some.csv"
    (speech / "torn.wav").write_text("not sound")
    with table.open("w", newline="") as lines:
        rows = [("sound/0-sad.wav", "sad", "a"), ("torn.wav", "angry", "b")]
        csv.writer(lines).writerows([("filepath", "emotion", "speaker_id"), *rows])
    arguments = ("--data", table, "--model", "tiny", "--out", tmp_path / "e.npz", "--workers", 1)
    refused = run(*arguments)
    assert refused.exit_code == 1
    assert refused.stderr.splitlines()[-1].startswith("Error: torn.wav cannot be embedded. ")
    result = run(*arguments, "--skip-broken")
    assert result.exit_code == 0
    assert result.stdout.endswith("1 embeddings of 4 values.\n1 clip(s) were left out.\n")
    assert read_embeddings(tmp_path / "e.npz").ids == ("sound/0-sad.wav",)


def test_a_hubert_without_a_bundle(speech: Path, tiny_hubert: Path, tmp_path: Path) -> None:
    arguments = ("--hubert", tiny_hubert, "--layer", 1, "--pooling", "mean_std", "--workers", 1)
    result = run("--data", speech, "--corpus", "first", "--out", tmp_path / "e.npz", *arguments)
    assert result.exit_code == 0, result.output
    found = read_embeddings(tmp_path / "e.npz")
    assert found.embeddings.shape == (3, 32)
    assert found.settings["embedder"]["layer"] == 1


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (("--layer", 3), 2, "belong to --hubert"),
        (("--hubert", "nobody/nothing", "--model", "tiny"), 2, "Choose one of"),
        (("--model", "none"), 1, "no model of that name"),
        (("--corpus", "third"), 1, "lists no clips of third"),
    ],
)
def test_bad_input_is_one_sentence(
    speech: Path, tmp_path: Path, arguments: tuple[object, ...], status: int, told: str
) -> None:
    result = run("--data", speech, "--out", tmp_path / "e.npz", *arguments)
    assert result.exit_code == status
    assert told in result.stderr.splitlines()[-1]
    assert not (tmp_path / "e.npz").exists()


def test_a_run_killed_at_random_moments_gives_the_bytes_of_an_undisturbed_one(tmp_path: Path) -> None:
    data = write_speech(tmp_path / "data", speakers=CLIPS // 3)
    undisturbed, killed = tmp_path / "undisturbed.npz", tmp_path / "killed.npz"
    make_hubert_stand_in(tmp_path / "hubert", hidden=128, layers=8)  # slow enough to be killed at work
    options = ["--data", str(data), "--hubert", str(tmp_path / "hubert"), "--batch-size", "1"]
    run(*options, "--out", undisturbed, "--workers", 1)
    moment = random.Random(7)
    folder = tmp_path / "killed.npz.parts"
    moments = [("sounds", moment.randint(1, CLIPS - 1)), ("rows", moment.randint(1, CLIPS // 2))]
    for store, files in moments:
        _kill([*options, "--out", str(killed), "--workers", "2"], folder / store, files)
        assert not killed.exists()
    left = {path.name: path.stat().st_mtime_ns for path in folder.rglob("*.npy")}
    assert len(left) >= CLIPS + moments[1][1]
    resumed = run(*options, "--out", killed, "--workers", 1)
    assert killed.read_bytes() == undisturbed.read_bytes()
    assert f"decoding: 100%|██████████| {CLIPS}/{CLIPS}" in resumed.stderr
    assert f"embedding:   0%|          | 0/{CLIPS}" not in resumed.stderr
    assert not folder.exists()


def _kill(options: list[str], folder: Path, files: int) -> None:
    """Start the command, and kill it and its workers as soon as so many files are finished."""
    with subprocess.Popen(
        [*COMMAND, *options], start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while len(list(folder.glob("*.npy"))) < files and process.poll() is None:
            time.sleep(0.001)
        os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
