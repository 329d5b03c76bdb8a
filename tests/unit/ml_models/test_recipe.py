from __future__ import annotations

from pathlib import Path

import pytest

import ml_models
from ml_models.commands.train import recipe_names
from ml_models.errors import TrainingDataError
from ml_models.recipe import EncoderRecipe, load_recipe

RECIPES = Path(ml_models.__file__).parent / "recipes"
EMBEDDED = RECIPES / "embedded.yaml"
COMPACT = RECIPES / "compact.yaml"
KINDS = {
    "embedded": "whisper",
    "whisper_svm": "whisper",
    "compact": "encoder",
    "hubert_svm": "frozen",
    "hubert_ensemble": "frozen",
    "cnn": "network",
    "transformer": "network",
    "cnn_lstm": "network",
    "ravdess_cnn": "network",
    "wav2vec2": "wav2vec2",
}


@pytest.mark.parametrize("name", KINDS)
def test_every_recipe_of_the_field_can_be_read(name: str) -> None:
    recipe = load_recipe(RECIPES / f"{name}.yaml")
    assert recipe.name == name
    assert recipe.learner.kind == KINDS[name]


def test_the_list_of_recipes_is_complete() -> None:
    assert set(recipe_names()) == set(KINDS)


def test_the_embedded_recipe_never_learns_from_what_it_is_tested_on() -> None:
    recipe = load_recipe(EMBEDDED)
    assert recipe.tested_only == ("natural_test",)
    assert not set(recipe.corpora) & set(recipe.tested_only)
    assert recipe.with_epochs(3) is recipe
    assert recipe.with_source("folder").learner.source == "folder"


def test_the_compact_recipe_is_complete() -> None:
    recipe = load_recipe(COMPACT)
    assert isinstance(recipe.learner, EncoderRecipe)
    assert set(recipe.learner.clips_per_epoch) == set(recipe.corpora) == {"ravdess", "emodb", "nemo", "ased"}
    assert recipe.licence == "CC-BY-NC-SA-4.0"
    assert recipe.with_epochs(3).learner.epochs == 3
    assert recipe.with_epochs(None) is recipe


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("dropout:", "drop_out:"), "drop_out"),
        (("epochs: 36", "epochs: many"), "epochs"),
        (("kind: encoder", "kind: decoder"), "decoder"),
        (("name: compact", "name: ["), "not YAML"),
    ],
)
def test_what_is_no_recipe_is_named(change: tuple[str, str], sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(COMPACT.read_text().replace(*change))
    with pytest.raises(TrainingDataError, match=sentence):
        load_recipe(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="no recipe"):
        load_recipe(tmp_path / "missing.yaml")
