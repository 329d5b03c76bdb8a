from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from emotion_clf.audio import Waveform, decode_path
from emotion_clf.errors import ModelError
from emotion_clf.settings import Settings
from emotion_clf.speech import SpeechModel
from emotion_clf.speech.hubert_embedder import HubertEmbedder
from emotion_clf.speech.manifest import HubertEmbedderSpec
from tests.support.bundles import make_hubert_bundle, save_tiny_hubert
from tests.support.sound import real_clips, voice


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hubert") / "tiny-hubert"
    save_tiny_hubert(folder)
    return folder


def spec(checkpoint: Path, **changes: object) -> HubertEmbedderSpec:
    return HubertEmbedderSpec.model_validate({"source": str(checkpoint), "dim": 16, **changes})


def reference(checkpoint: Path, samples: np.ndarray, layer: int) -> np.ndarray:
    """The same numbers by the plainest use of transformers."""
    from transformers import HubertModel

    model = HubertModel.from_pretrained(checkpoint).eval()
    normalised = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
    with torch.no_grad():
        states = model(torch.from_numpy(normalised)[None], output_hidden_states=True).hidden_states
    return states[layer][0].numpy()


@pytest.mark.parametrize("layer", [-1, 0, 1])
def test_pools_the_chosen_layer_over_time(checkpoint: Path, layer: int) -> None:
    samples = voice(1.5)
    frames = reference(checkpoint, samples, layer)
    mean = HubertEmbedder(spec(checkpoint, layer=layer), threads=1).embed(Waveform(samples))
    np.testing.assert_allclose(mean, frames.mean(axis=0), rtol=1e-3, atol=1e-4)
    both = HubertEmbedder(spec(checkpoint, layer=layer, pooling="mean_std", dim=32), threads=1)
    np.testing.assert_allclose(
        both.embed(Waveform(samples)), np.concatenate([frames.mean(axis=0), frames.std(axis=0)]), rtol=1e-3, atol=1e-4
    )


def test_the_default_is_the_seed_recipe() -> None:
    default = HubertEmbedderSpec()
    assert (default.source, default.layer, default.pooling, default.dim) == (
        "facebook/hubert-large-ll60k",
        -1,
        "mean",
        1024,
    )


def test_a_bundle_over_hubert_answers(checkpoint: Path, tmp_path: Path, settings: Settings) -> None:
    make_hubert_bundle(tmp_path / "hubert", spec(checkpoint))
    model = SpeechModel(tmp_path / "hubert", settings)
    prediction = model.predict(decode_path(real_clips(1)[0]).waveform)
    assert sum(prediction.probabilities.values()) == pytest.approx(1.0)
    assert prediction.model_name == "hubert"


def test_settings_replace_the_bundles_source(checkpoint: Path, tmp_path: Path, settings: Settings) -> None:
    make_hubert_bundle(tmp_path / "hubert", spec(Path("nobody/nothing")))
    replaced = settings.model_copy(update={"hubert_model": str(checkpoint)})
    assert SpeechModel(tmp_path / "hubert", replaced).embed(Waveform(voice(1.0))).shape == (16,)


def test_weights_without_safetensors_are_read_as_weights(tmp_path: Path) -> None:
    save_tiny_hubert(tmp_path / "safe")
    save_tiny_hubert(tmp_path / "plain", safe=False)
    waveform = Waveform(voice(1.0))
    plain, safe = (HubertEmbedder(spec(tmp_path / name), threads=1).embed(waveform) for name in ("plain", "safe"))
    np.testing.assert_array_equal(plain, safe)


def test_no_network_is_one_sentence_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.create_connection", _refuse)
    with pytest.raises(ModelError, match="set HUBERT_MODEL to a folder"):
        HubertEmbedder(HubertEmbedderSpec(source="nobody/no-such-model"), threads=1)
    with pytest.raises(ModelError, match="the hub cannot be reached"):
        HubertEmbedder(HubertEmbedderSpec(source="nobody/no-such-model"), threads=1, offline=True)


def _refuse(*_: object, **__: object) -> None:
    raise OSError("no network")


def test_a_folder_of_another_model_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(checkpoint, tmp_path / "other"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "wav2vec2"}), encoding="utf-8")
    with pytest.raises(ModelError, match="another kind of model"):
        HubertEmbedder(spec(folder), threads=1)


def test_an_incomplete_checkpoint_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = Path(shutil.copytree(checkpoint, tmp_path / "torn"))
    weights = load_file(folder / "model.safetensors")
    dropped = next(name for name in weights if "encoder.layers.1" in name)
    save_file(
        {name: tensor for name, tensor in weights.items() if name != dropped},
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )
    with pytest.raises(ModelError, match="complete HuBERT"):
        HubertEmbedder(spec(folder), threads=1)
    (folder / "model.safetensors").write_bytes(b"torn")
    with pytest.raises(ModelError, match="fetch its weights again"):
        HubertEmbedder(spec(folder), threads=1)
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="fetch its weights again"):
        HubertEmbedder(spec(folder), threads=1)


def test_a_layer_or_width_the_network_lacks_is_refused(checkpoint: Path) -> None:
    with pytest.raises(ModelError, match="layer 9 is not one"):
        HubertEmbedder(spec(checkpoint, layer=9), threads=1)
    with pytest.raises(ModelError, match="gives 16 values"):
        HubertEmbedder(spec(checkpoint, dim=1024), threads=1)
