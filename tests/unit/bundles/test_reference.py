from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from emotion_clf.bundles import Binned, Reference, reference_id, reference_of
from emotion_clf.errors import ModelError, ModelTamperedError
from emotion_clf.settings import PROJECT_DIR, Settings
from emotion_clf.speech import ModelRegistry
from emotion_clf.speech.manifest import Manifest
from emotion_clf.text.registry import TextModelRegistry
from ml_models.evaluation.reference import add_reference
from tests.support.bundles import LABELS, make_onnx_bundle

if TYPE_CHECKING:
    from pathlib import Path

COUNTED = Binned(edges=(0.5,), counts=(3, 4))


def known(**changes: Any) -> Reference:
    fields: dict[str, Any] = {"answers_from": "a test", "labels": dict.fromkeys(LABELS, 2), "confidence": COUNTED}
    return Reference.model_validate(fields | changes)


def test_a_value_has_one_bin_and_an_edge_belongs_above() -> None:
    binned = Binned(edges=(-1.0, 0.0, 2.5), counts=(1, 1, 1, 1))
    assert [binned.place(value) for value in (-9.0, -1.0, -0.5, 0.0, 2.5, 1e9)] == [0, 1, 1, 2, 3, 3]


@pytest.mark.parametrize(
    ("edges", "counts"),
    [((0.0,), (1,)), ((1.0, 0.0), (1, 1, 1)), ((0.0, 0.0), (1, 1, 1)), ((0.0,), (0, 0)), ((float("nan"),), (1, 1))],
)
def test_bins_that_are_none_are_refused(edges: tuple[float, ...], counts: tuple[int, ...]) -> None:
    with pytest.raises(ValidationError):
        Binned(edges=edges, counts=counts)


def test_a_reference_of_nothing_is_refused() -> None:
    with pytest.raises(ValidationError):
        known(labels={"angry": 0, "calm": 0})


def test_a_bundle_gives_its_reference_while_that_is_what_was_published(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    before = make_onnx_bundle(folder)
    assert reference_of(folder, before) is None
    bytes_before = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json"}
    add_reference(folder, known(), Manifest)
    manifest = Manifest.read(folder)
    assert reference_of(folder, manifest) == known()
    assert len(reference_id(manifest)) == 16
    assert all((folder / name).read_bytes() == content for name, content in bytes_before.items())
    assert manifest.model_dump(exclude={"files", "reference"}) == before.model_dump(exclude={"files", "reference"})
    (folder / "reference.json").write_text(known(answers_from="somebody else").model_dump_json(), encoding="utf-8")
    with pytest.raises(ModelTamperedError):
        reference_of(folder, manifest)


def test_a_file_that_is_no_reference_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    fields = make_onnx_bundle(folder).model_dump(exclude={"files"})
    (folder / "reference.json").write_text('{"format": 1}', encoding="utf-8")
    manifest = Manifest.write(folder, fields | {"reference": "reference.json"})
    with pytest.raises(ModelError, match="emotion-clf reference"):
        reference_of(folder, manifest)


def test_the_bundles_that_ship_bring_references_of_their_own_labels() -> None:
    settings = Settings(models_dir=PROJECT_DIR / "ml_models" / "models")
    for registry, components in ((ModelRegistry(settings), 16), (TextModelRegistry(settings), 0)):
        for manifest in registry.manifests():
            reference = registry.reference(manifest.name)
            assert reference is not None
            assert len(reference.components) == components
            assert sum(reference.labels.values()) == sum(reference.confidence.counts) > 5000
            assert not set(reference.labels) - set(getattr(manifest, "labels", reference.labels))
