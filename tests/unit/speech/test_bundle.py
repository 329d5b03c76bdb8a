from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from emotion_clf.audio import Waveform
from emotion_clf.bundles import Graphs, sha256_of
from emotion_clf.errors import ModelError, ModelNotPulledError, ModelTamperedError
from emotion_clf.settings import Settings
from emotion_clf.speech import Manifest, SpeechModel
from emotion_clf.speech.embedder import UnusableEmbeddingError
from emotion_clf.speech.manifest import HEAD_FILES
from tests.support.bundles import LABELS, make_onnx_bundle
from tests.support.sound import voice


@pytest.fixture
def bundle(tiny_models: Path, tmp_path: Path) -> Path:
    """A copy of the tiny bundle to be spoilt."""
    return Path(shutil.copytree(tiny_models / "tiny", tmp_path / "models" / "tiny"))


def edit_manifest(bundle: Path, **changes: object) -> None:
    path = bundle / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}), encoding="utf-8")


def test_label_is_the_most_probable_of_the_artefacts_own_classes(bundle: Path, settings: Settings) -> None:
    model = SpeechModel(bundle, settings)
    for gain in (0.01, 0.3, 3.0):
        prediction = model.predict(Waveform(voice(1.0) * np.float32(gain)))
        assert set(prediction.probabilities) == set(LABELS)
        assert sum(prediction.probabilities.values()) == pytest.approx(1.0)
        assert list(prediction.probabilities.values()) == sorted(prediction.probabilities.values(), reverse=True)
        assert prediction.label == next(iter(prediction.probabilities))
        assert prediction.confidence == prediction.probabilities[prediction.label]


def test_predictions_repeat(bundle: Path, settings: Settings) -> None:
    waveform = Waveform(voice(1.0))
    first, second = (SpeechModel(bundle, settings).predict(waveform) for _ in range(2))
    assert first.probabilities == second.probabilities


def test_uncertain_below_the_bundles_threshold(tmp_path: Path, settings: Settings) -> None:
    make_onnx_bundle(tmp_path / "doubtful", uncertain_below=1.0)
    prediction = SpeechModel(tmp_path / "doubtful", settings).predict(Waveform(voice(1.0)))
    assert prediction.uncertain
    assert prediction.label


def test_a_lead_that_is_too_small_is_uncertain(tmp_path: Path, settings: Settings) -> None:
    make_onnx_bundle(tmp_path / "close", uncertain_margin=1.0)
    prediction = SpeechModel(tmp_path / "close", settings).predict(Waveform(voice(1.0)))
    first, second = list(prediction.probabilities.values())[:2]
    assert prediction.margin == pytest.approx(first - second)
    assert prediction.uncertain


def test_a_sound_unlike_what_was_learnt_is_uncertain(tmp_path: Path, settings: Settings) -> None:
    for name, threshold in (("strict", 1e-9), ("lenient", 1e9)):
        make_onnx_bundle(tmp_path / name, strangeness={"threshold": threshold})
    strict, lenient = (
        SpeechModel(tmp_path / name, settings).predict(Waveform(voice(1.0))) for name in ("strict", "lenient")
    )
    assert (strict.unfamiliar, strict.uncertain) == (True, True)
    assert (lenient.unfamiliar, lenient.uncertain) == (False, False)
    assert strict.probabilities == lenient.probabilities


def test_two_bundles_may_share_one_graph(tmp_path: Path, settings: Settings) -> None:
    manifest = make_onnx_bundle(tmp_path / "first")
    make_onnx_bundle(tmp_path / "second")
    (tmp_path / "second" / "embedder.onnx").unlink()
    spec = {"kind": "onnx", "bundle": "first", "dim": manifest.embedder.dim}
    edit_manifest(tmp_path / "second", embedder=spec)
    waveform = Waveform(voice(1.0))
    graphs = Graphs(1)
    first, second = (SpeechModel(tmp_path / name, settings, graphs) for name in ("first", "second"))
    assert np.array_equal(first.embed(waveform), second.embed(waveform))
    assert first._embedder._session is second._embedder._session
    with (tmp_path / "first" / "embedder.onnx").open("ab") as stream:
        stream.write(b"more")
    with pytest.raises(ModelTamperedError, match="differs from what was published"):
        SpeechModel(tmp_path / "second", settings)


@pytest.mark.parametrize("name", ["../first", "/etc", "a/b", ""])
def test_a_graph_lies_in_no_other_place_than_a_bundle(tmp_path: Path, settings: Settings, name: str) -> None:
    make_onnx_bundle(tmp_path / "second")
    edit_manifest(tmp_path / "second", embedder={"kind": "onnx", "bundle": name, "dim": 4})
    with pytest.raises(ModelError):
        SpeechModel(tmp_path / "second", settings)


@pytest.mark.parametrize("name", [*HEAD_FILES, "embedder.onnx"])
def test_a_changed_byte_is_refused_before_the_file_is_opened(bundle: Path, settings: Settings, name: str) -> None:
    data = bytearray((bundle / name).read_bytes())
    data[len(data) // 2] ^= 1
    (bundle / name).write_bytes(data)
    with pytest.raises(ModelTamperedError, match="differs from what was published"):
        SpeechModel(bundle, settings)


class Canary:
    """Pickled, it writes a file when it is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.path,)


def test_a_malicious_pickle_never_runs(bundle: Path, settings: Settings, tmp_path: Path) -> None:
    canary = tmp_path / "ran"
    (bundle / "emotion_pca.pkl").write_bytes(pickle.dumps(Canary(canary)))
    with pytest.raises(ModelTamperedError):
        SpeechModel(bundle, settings)
    assert not canary.exists()
    pickle.loads((bundle / "emotion_pca.pkl").read_bytes())  # noqa: S301 - the canary does sing when opened
    assert canary.exists()


def test_a_missing_file_is_refused(bundle: Path, settings: Settings) -> None:
    (bundle / "emotion_scaler.pkl").unlink()
    with pytest.raises(ModelTamperedError, match=r"lacks its file emotion_scaler\.pkl"):
        SpeechModel(bundle, settings)


def test_an_lfs_pointer_is_answered_with_the_command_that_fetches_it(bundle: Path, settings: Settings) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n"
    (bundle / "embedder.onnx").write_text(pointer, encoding="ascii")
    with pytest.raises(ModelNotPulledError, match="git lfs pull --include"):
        SpeechModel(bundle, settings)


@pytest.mark.parametrize("trained", ["1.2.2", "2.0.0", "unknown"])
def test_another_scikit_learn_is_refused(bundle: Path, settings: Settings, trained: str) -> None:
    edit_manifest(bundle, libraries={"scikit-learn": trained})
    with pytest.raises(ModelError, match="was made with scikit-learn"):
        SpeechModel(bundle, settings)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"labels": ["angry", "calm", "other"]}, "labels"),
        ({"labels": ["angry", "calm"]}, "labels"),
        ({"embedder": {"kind": "onnx", "file": "embedder.onnx", "dim": 5}}, "does not fit its scaler"),
        ({"embedder": {"kind": "onnx", "file": "../../x.onnx", "dim": 4}}, "not valid"),
        ({"embedder": {"kind": "oracle"}}, "not valid"),
        ({"surprise": 1}, "not valid"),
        ({"head": "softmax"}, "not valid"),
        ({"head": "oracle"}, "not valid"),
        ({"temperature": 0}, "not valid"),
        ({"adaptation": {"prior_clips": 0}}, "not valid"),
        ({"adaptation": {"prior_clips": -1}}, "not valid"),
        ({"adaptation": {}}, "not valid"),
        ({"figures": [{"file": "../x.svg", "title": "x"}]}, "not valid"),
        ({"figures": [{"file": "x.html", "title": "x"}]}, "not valid"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(
    bundle: Path, settings: Settings, changes: dict[str, object], sentence: str
) -> None:
    edit_manifest(bundle, **changes)
    with pytest.raises(ModelError, match=sentence):
        SpeechModel(bundle, settings)


def test_an_encoder_of_another_width_is_refused(tmp_path: Path, settings: Settings) -> None:
    from emotion_clf.bundles import Graphs
    from emotion_clf.speech.onnx_embedder import OnnxEmbedder

    make_onnx_bundle(tmp_path / "tiny")
    path = tmp_path / "tiny" / "embedder.onnx"
    with pytest.raises(ModelError, match="gives 4 values"):
        OnnxEmbedder(Graphs(1).get(path, sha256_of(path)), 5)


def test_no_manifest_and_an_unreadable_one_are_refused(bundle: Path, settings: Settings) -> None:
    (bundle / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match="not valid"):
        SpeechModel(bundle, settings)
    (bundle / "manifest.json").unlink()
    with pytest.raises(ModelError, match=r"no readable manifest\.json"):
        SpeechModel(bundle, settings)


def test_a_file_the_libraries_cannot_open_is_one_sentence(bundle: Path, settings: Settings) -> None:
    path = bundle / "emotion_scaler.pkl"
    path.write_bytes(b"not a pickle")
    files = json.loads((bundle / "manifest.json").read_text())["files"]
    files[path.name] = {"sha256": sha256_of(path), "size_bytes": path.stat().st_size}
    edit_manifest(bundle, files=files)
    with pytest.raises(ModelError, match="cannot be opened by the installed libraries"):
        SpeechModel(bundle, settings)


def test_an_embedding_that_is_not_finite_is_an_error_of_the_recording(bundle: Path, settings: Settings) -> None:
    model = SpeechModel(bundle, settings)
    with pytest.raises(UnusableEmbeddingError, match="cannot make sense"):
        model.predict(Waveform(np.full(16_000, 3e38, dtype=np.float32)))


def test_the_bundle_that_ships_says_nothing_of_the_newer_fields(embedded_settings: Settings) -> None:
    """A manifest of the first release is as good as ever."""
    fields = json.loads((embedded_settings.models_dir / "embedded" / "manifest.json").read_text())
    for name in ("adaptation", "head", "temperature", "figures", "training_speakers"):
        fields.pop(name, None)
    manifest = Manifest.model_validate(fields)
    assert (manifest.adaptation, manifest.head, manifest.temperature) == (None, "svm", 1.0)
    assert (manifest.figures, manifest.training_speakers) == ((), ())
