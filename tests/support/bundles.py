"""Small bundles of the product's own classes, built in the test."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import onnx
from onnx import TensorProto, helper
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.preprocessing import LabelEncoder, StandardScaler
from sklearn.svm import SVC

from emotion_clf.speech.manifest import HubertEmbedderSpec, Manifest

if TYPE_CHECKING:
    from pathlib import Path

LABELS = ("angry", "calm", "zesty")
SOFTMAX_LABELS = ("zesty", "calm", "angry", "bored")
ONNX_DIM = 4


def make_onnx_bundle(
    folder: Path, *, uncertain_below: float = 0.0, plots: dict[str, str] | None = None, **changes: Any
) -> Manifest:
    """A bundle whose encoder takes four statistics of the waveform; labels unlike those of the product.

    Args:
        folder: to make.
        uncertain_below: threshold of its answers.
        plots: file name → content of figures.
        changes: fields of the manifest that differ from the plainest one's.
    """
    folder.mkdir(parents=True)
    _write_graph(folder / "embedder.onnx")
    _write_head(folder, ONNX_DIM)
    figures = [{"file": name, "title": f"Plot {name}"} for name in plots or {}]
    for name, content in (plots or {}).items():
        (folder / name).write_text(content, encoding="utf-8")
    fields = _fields(folder.name, {"kind": "onnx", "dim": ONNX_DIM}, uncertain_below)
    return Manifest.write(folder, {**fields, "figures": figures, **changes})


def make_adaptive_bundle(folder: Path, *, prior_clips: float = 4.0, **changes: Any) -> Manifest:
    """The same, said to be trained for known voices."""
    return make_onnx_bundle(folder, adaptation={"prior_clips": prior_clips}, **changes)


def make_softmax_bundle(folder: Path, *, temperature: float = 1.0) -> Manifest:
    """A bundle of a network that classifies by itself: its four statistics are the scores of four classes."""
    folder.mkdir(parents=True)
    _write_graph(folder / "embedder.onnx")
    (folder / "model_card.md").write_text("# A tiny network\n", encoding="utf-8")
    fields = _fields(folder.name, {"kind": "onnx", "dim": ONNX_DIM}, 0.0)
    return Manifest.write(
        folder, {**fields, "head": "softmax", "temperature": temperature, "labels": SOFTMAX_LABELS, "libraries": {}}
    )


def make_hubert_bundle(folder: Path, spec: HubertEmbedderSpec) -> Manifest:
    """A bundle over a HuBERT checkpoint."""
    folder.mkdir(parents=True)
    _write_head(folder, spec.dim)
    return Manifest.write(folder, _fields(folder.name, spec.model_dump(), 0.0))


def save_tiny_hubert(folder: Path, *, safe: bool = True) -> None:
    """A HubertModel of random weights, with the large model's feature extractor settings."""
    import torch
    from transformers import HubertConfig, HubertModel, Wav2Vec2FeatureExtractor

    torch.manual_seed(0)
    config = HubertConfig(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=(8, 8),
        conv_stride=(5, 4),
        conv_kernel=(10, 8),
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        feat_extract_norm="layer",
        do_stable_layer_norm=True,
        conv_bias=True,
    )
    model = HubertModel(config)
    model.save_pretrained(folder)
    if not safe:
        (folder / "model.safetensors").unlink()
        torch.save(model.state_dict(), folder / "pytorch_model.bin")
    Wav2Vec2FeatureExtractor(do_normalize=True, return_attention_mask=True).save_pretrained(folder)


def _fields(name: str, embedder: dict[str, Any], uncertain_below: float) -> dict[str, Any]:
    return {
        "name": name,
        "version": "0.0.1",
        "title": f"Tiny {name}",
        "description": "Built by a test on random numbers.",
        "embedder": embedder,
        "labels": LABELS,
        "uncertain_below": uncertain_below,
        "libraries": {"scikit-learn": version("scikit-learn")},
        "training_data": [
            {"corpus": "random numbers", "language": "none", "licence": "none", "speakers": 3, "clips": 90}
        ],
        "licence": "MIT",
        "scores": {},
    }


def _write_head(folder: Path, dim: int) -> None:
    rng = np.random.default_rng(7)
    classes = np.repeat(np.arange(len(LABELS)), 30)
    embeddings = rng.normal(size=(len(classes), dim)) + classes[:, None]
    scaler = StandardScaler().fit(embeddings)
    pca = PCA(2, random_state=0).fit(scaler.transform(embeddings))
    svm = CalibratedClassifierCV(SVC(), ensemble=False, cv=3)
    svm.fit(pca.transform(scaler.transform(embeddings)), classes)
    joblib.dump(scaler, folder / "emotion_scaler.pkl")
    joblib.dump(pca, folder / "emotion_pca.pkl")
    joblib.dump(svm, folder / "emotion_model_svm.pkl")
    joblib.dump(LabelEncoder().fit(LABELS), folder / "emotion_label_encoder.pkl")
    (folder / "model_card.md").write_text("# A tiny model\n\nFor *tests* only.\n", encoding="utf-8")


def _write_graph(path: Path) -> None:
    axes = helper.make_tensor("axes", TensorProto.INT64, [1], [1])
    nodes = [
        helper.make_node("Abs", ["waveform"], ["magnitude"]),
        helper.make_node("Mul", ["waveform", "waveform"], ["power"]),
        helper.make_node("ReduceMean", ["magnitude", "axes"], ["a"]),
        helper.make_node("ReduceMean", ["power", "axes"], ["b"]),
        helper.make_node("ReduceMax", ["magnitude", "axes"], ["c"]),
        helper.make_node("ReduceMean", ["waveform", "axes"], ["d"]),
        helper.make_node("Concat", ["a", "b", "c", "d"], ["embedding"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "statistics",
        [helper.make_tensor_value_info("waveform", TensorProto.FLOAT, ["batch", "samples"])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", ONNX_DIM])],
        [axes],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.save(model, path)
