"""Small checkpoints of random weights, for machines that the hub cannot be reached from.

They have every part of the real ones and know nothing: their configuration says `"stand_in": true`, so that no report
can take what is measured on them for a result.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedModel

CHANNELS = 32
HEADS = 2
POSITION_KERNEL, POSITION_GROUPS = 16, 2


def make_stand_in(folder: Path, *, hidden: int = 32, layers: int = 2, seed: int = 0) -> None:
    """Write a wav2vec 2.0 with a classifier, and its feature extractor.

    Args:
        folder: to write to, created where needed.
        hidden: width of the transformer, an even number.
        layers: number of transformer blocks.
        seed: of the weights.
    """
    from transformers import Wav2Vec2Config, Wav2Vec2ForSequenceClassification

    _write(folder, Wav2Vec2ForSequenceClassification, Wav2Vec2Config(**_sizes(hidden, layers)), seed)


def make_hubert_stand_in(folder: Path, *, hidden: int = 32, layers: int = 2, seed: int = 0) -> None:
    """Write a HuBERT, and its feature extractor.

    Args:
        folder: to write to, created where needed.
        hidden: width of the transformer, an even number.
        layers: number of transformer blocks.
        seed: of the weights.
    """
    from transformers import HubertConfig, HubertModel

    _write(folder, HubertModel, HubertConfig(**_sizes(hidden, layers)), seed)


def is_stand_in(source: str) -> bool:
    """Tell whether a checkpoint is one of these; a name on the hub never is."""
    settings = Path(source) / "config.json"
    return settings.is_file() and json.loads(settings.read_text(encoding="utf-8")).get("stand_in") is True


def _sizes(hidden: int, layers: int) -> dict[str, Any]:
    return {
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": HEADS,
        "intermediate_size": 2 * hidden,
        "classifier_proj_size": hidden,
        "conv_dim": (CHANNELS,) * 7,
        "num_conv_pos_embeddings": POSITION_KERNEL,
        "num_conv_pos_embedding_groups": POSITION_GROUPS,
        "stand_in": True,
    }


def _write(folder: Path, kind: type[PreTrainedModel], config: PretrainedConfig, seed: int) -> None:
    from transformers import Wav2Vec2FeatureExtractor

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = kind(config)
    model.save_pretrained(folder)
    Wav2Vec2FeatureExtractor(do_normalize=True, return_attention_mask=False).save_pretrained(folder)
