"""Stand-ins are complete checkpoints that say what they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from transformers import HubertModel, Wav2Vec2FeatureExtractor, Wav2Vec2ForSequenceClassification

from ml_models.networks.stand_in import is_stand_in, make_hubert_stand_in, make_stand_in

KINDS = {"wav2vec2": (make_stand_in, Wav2Vec2ForSequenceClassification), "hubert": (make_hubert_stand_in, HubertModel)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_stand_in_says_so_and_can_be_loaded(kind: str, tmp_path: Path) -> None:
    make, loader = KINDS[kind]
    make(tmp_path / "new", hidden=16, layers=3, seed=1)
    settings = json.loads((tmp_path / "new" / "config.json").read_text())
    assert settings["stand_in"] is True
    assert is_stand_in(str(tmp_path / "new"))
    assert settings["model_type"] == kind
    _, loaded = loader.from_pretrained(tmp_path / "new", output_loading_info=True)
    assert not loaded["missing_keys"]
    model = loader.from_pretrained(tmp_path / "new")
    assert (model.config.hidden_size, model.config.num_hidden_layers) == (16, 3)
    assert Wav2Vec2FeatureExtractor.from_pretrained(tmp_path / "new").sampling_rate == 16_000


@pytest.mark.parametrize("kind", KINDS)
def test_the_seed_decides_the_weights(kind: str, tmp_path: Path) -> None:
    make, _ = KINDS[kind]
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        make(tmp_path / name, seed=seed)
    first, again, other = ((tmp_path / name / "model.safetensors").read_bytes() for name in "abc")
    assert first == again
    assert first != other


def test_other_checkpoints_are_no_stand_ins(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "wav2vec2"}')
    assert not is_stand_in(str(tmp_path))
    assert not is_stand_in("facebook/wav2vec2-base")
