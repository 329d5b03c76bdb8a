from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emotion_clf.errors import ModelError, ModelNotFoundError, ModelTamperedError
from emotion_clf.settings import Settings
from emotion_clf.text.manifest import TextManifest
from emotion_clf.text.registry import TextModelRegistry
from tests.support.text_bundles import make_text_bundle


def registry(folder: Path, default: str = "zulu") -> TextModelRegistry:
    return TextModelRegistry(Settings(models_dir=folder, text_model=default))


def test_bundles_are_found_the_default_first(tmp_path: Path) -> None:
    for name in ("alpha", "zulu"):
        make_text_bundle(tmp_path / "text", name)
    models = registry(tmp_path)
    assert list(models.folders()) == ["zulu", "alpha"]
    (tmp_path / "text" / "alpha" / "manifest.json").write_text("{}", encoding="utf-8")
    assert [manifest.name for manifest in models.manifests()] == ["zulu"]
    assert models.manifest("zulu").kind == "text"
    assert models.card("zulu").startswith("# A tiny text model")
    with pytest.raises(ModelError, match="not valid"):
        models.manifest("alpha")


def test_a_model_is_loaded_once(tmp_path: Path) -> None:
    make_text_bundle(tmp_path / "text", "zulu")
    make_text_bundle(tmp_path / "text", "alpha")
    models = TextModelRegistry(Settings(models_dir=tmp_path, text_model="zulu"))
    assert not models.ready
    models.warm_up()
    assert models.ready
    assert models.get() is models.get("zulu")
    assert models.get("alpha") is not models.get()
    assert models.get("alpha").manifest.name == "alpha"


@pytest.mark.parametrize("name", ["none", "../zulu", "", "."])
def test_an_unknown_name_says_what_is_installed(tmp_path: Path, name: str) -> None:
    make_text_bundle(tmp_path / "text", "zulu")
    with pytest.raises(ModelNotFoundError, match="Installed: zulu"):
        registry(tmp_path).manifest(name)
    with pytest.raises(ModelNotFoundError, match="Installed: none"):
        registry(tmp_path / "empty").get()


def test_a_changed_card_is_not_shown(tmp_path: Path) -> None:
    make_text_bundle(tmp_path / "text", "zulu")
    (tmp_path / "text" / "zulu" / "model_card.md").write_text("# Better than it is\n", encoding="utf-8")
    with pytest.raises(ModelTamperedError):
        registry(tmp_path).card("zulu")


@pytest.mark.parametrize(
    "wrong",
    [
        {"language": "de"},
        {"uncertain_below": 2},
        {"calibration": {"temperature": 0}},
        {"thresholds": {"emotion": [0.0] * 6, "sub_emotion": [0.0] * 28}},
        {"linear": False},
        {"tokenizer": "../tokenizer.json"},
        {"encoder": {"dim": 28, "max_tokens": 48, "layers": 6}},
    ],
)
def test_a_manifest_that_makes_no_sense_is_not_written(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        make_text_bundle(tmp_path, **wrong)


def test_a_folder_without_manifest_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no readable manifest\.json"):
        TextManifest.read(tmp_path)
