from __future__ import annotations

from pathlib import Path

import pytest

import ml_models
from ml_models.errors import TrainingDataError
from ml_models.recipe import load_recipe

EMBEDDED = Path(ml_models.__file__).parent / "recipes" / "embedded.yaml"


def test_the_embedded_recipe_is_complete() -> None:
    recipe = load_recipe(EMBEDDED)
    assert recipe.name == "embedded"
    assert set(recipe.encoder.clips_per_epoch) == {"ravdess", "emodb", "nemo", "ased"}
    assert recipe.licence == "CC-BY-NC-SA-4.0"
    assert recipe.with_epochs(3).encoder.epochs == 3
    assert recipe.with_epochs(None) is recipe


def test_unknown_settings_and_missing_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(EMBEDDED.read_text().replace("dropout:", "drop_out:"))
    with pytest.raises(TrainingDataError, match="unknown settings: drop_out"):
        load_recipe(path)
    with pytest.raises(TrainingDataError, match="no recipe"):
        load_recipe(tmp_path / "missing.yaml")
