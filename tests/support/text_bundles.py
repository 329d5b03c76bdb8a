"""Small text bundles of the product's own classes, built in the test: a few words they know by heart, no training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from emotion_clf.text.features import FEATURE_NAMES
from emotion_clf.text.manifest import TextManifest
from emotion_clf.text.taxonomy import EMOTIONS, INTENSITIES, SUB_EMOTION_LABELS, emotion_of
from emotion_clf.text.tfidf import PROJECTIONS, Tfidf

if TYPE_CHECKING:
    from pathlib import Path

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
WORDS = {
    "happy": "joy",
    "joy": "joy",
    "exciting": "excitement",
    "excited": "excitement",
    "thanks": "gratitude",
    "haha": "amusement",
    "love": "love",
    "angry": "anger",
    "furious": "anger",
    "annoyed": "annoyance",
    "afraid": "fear",
    "scared": "fear",
    "nervous": "nervousness",
    "sad": "sadness",
    "disappointed": "disappointment",
    "disgusting": "disgust",
    "surprised": "surprise",
    "really": "curiosity",
}
PLAIN = ("i", "am", "the", "a", "is", "this", "was", "so", "not", "and", "you", "it", "news", "me", "!", "?", ".")
DIM = len(SUB_EMOTION_LABELS)
_STRENGTH = 6.0
_NEUTRAL = 1.5
_CONTEXT_WEIGHT = 0.25


def make_text_bundle(folder: Path, name: str = "tiny-text", *, context: int = 0, **changes: Any) -> TextManifest:
    """A bundle that knows the words of `WORDS`: "happy" is joy, "angry" anger, "afraid" fear; the rest is neutral.

    Its vectors are the words' labels; its heads read them off, plus a quarter of the neighbours' where
    there is context; its linear model knows the same words.

    Args:
        folder: holds bundles; this one is made in it under its name.
        name: of the bundle.
        context: neighbours its heads look at on each side.
        changes: fields of the manifest that differ from the plainest one's; `intensity="head"` gives the heads a degree
            that grows with the exclamation marks.
    """
    bundle = folder / name
    bundle.mkdir(parents=True)
    _write_tokenizer(bundle)
    _save(_encoder(), bundle / "encoder.onnx")
    _save(_heads(context, intensity=changes.get("intensity") == "head"), bundle / "heads.onnx")
    tiny_tfidf().save(bundle)
    (bundle / "model_card.md").write_text("# A tiny text model\n\nFor *tests* only.\n", encoding="utf-8")
    return TextManifest.write(bundle, {**_fields(name, context), **changes})


def tiny_tfidf() -> Tfidf:
    """Statistics of the same words: every one is as frequent as the other, and a margin is 1 for its own label."""
    terms = tuple(sorted({*WORDS, *PLAIN}))
    characters = (" ha", "hap", "app", "ppy", "py ", " an", "ang", "gry")
    total = len(terms) + len(characters)
    emotions = np.zeros((total, len(EMOTIONS)), dtype=np.float32)
    labels = np.zeros((total, len(SUB_EMOTION_LABELS)), dtype=np.float32)
    for word, label in WORDS.items():
        labels[terms.index(word), SUB_EMOTION_LABELS.index(label)] = 2.0
        emotions[terms.index(word), EMOTIONS.index(emotion_of(label))] = 2.0
    return Tfidf(
        word_terms=terms,
        word_idf=np.ones(len(terms), dtype=np.float32),
        char_terms=characters,
        char_idf=np.ones(len(characters), dtype=np.float32),
        projection=np.random.default_rng(3).normal(size=(len(terms), PROJECTIONS)).astype(np.float32),
        emotion_weights=emotions,
        emotion_bias=np.full(len(EMOTIONS), -1.0, dtype=np.float32),
        sub_emotion_weights=labels,
        sub_emotion_bias=np.full(len(SUB_EMOTION_LABELS), -1.0, dtype=np.float32),
    )


def _fields(name: str, context: int) -> dict[str, Any]:
    sevens, twenty_eights = [0.0] * len(EMOTIONS), [0.0] * len(SUB_EMOTION_LABELS)
    return {
        "name": name,
        "version": "0.0.1",
        "title": f"Tiny {name}",
        "description": "Built by a test of a handful of words.",
        "licence": "MIT",
        "encoder": {"dim": DIM, "max_tokens": 48},
        "heads": {"context": context},
        "linear": True,
        "stack": {
            "emotion": {"heads": [1.0] * 7, "linear": [0.5] * 7, "bias": sevens},
            "sub_emotion": {"heads": [1.0] * 28, "linear": [0.5] * 28, "bias": twenty_eights},
        },
        "thresholds": {"emotion": sevens, "sub_emotion": twenty_eights},
        "intensity": "rule",
        "uncertain_below": 0.5,
        "libraries": {},
        "training_data": [{"corpus": "a handful of words", "language": "en", "licence": "none", "sentences": 1}],
        "scores": {},
    }


def _vocabulary() -> dict[str, int]:
    return {word: index for index, word in enumerate((*SPECIAL, *WORDS, *PLAIN))}


def _write_tokenizer(folder: Path) -> None:
    tokenizer = Tokenizer(models.WordLevel(_vocabulary(), unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(folder / "tokenizer.json"))


def _encoder() -> onnx.GraphProto:
    """Each word's label as a vector, 1 for each label of the words that are there."""
    table = np.zeros((len(_vocabulary()), DIM), dtype=np.float32)
    for word, label in WORDS.items():
        table[_vocabulary()[word], SUB_EMOTION_LABELS.index(label)] = 1.0
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["embedded"]),
        helper.make_node("Cast", ["attention_mask"], ["there"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["there", "last"], ["mask"]),
        helper.make_node("Mul", ["embedded", "mask"], ["masked"]),
        helper.make_node("ReduceSum", ["masked", "tokens"], ["summed"], keepdims=0),
        helper.make_node("Clip", ["summed", "zero", "one"], ["vectors"]),
    ]
    return helper.make_graph(
        nodes,
        "encoder",
        [_integers("input_ids"), _integers("attention_mask")],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", DIM])],
        [
            numpy_helper.from_array(table, "table"),
            numpy_helper.from_array(np.array([2], dtype=np.int64), "last"),
            numpy_helper.from_array(np.array([1], dtype=np.int64), "tokens"),
            numpy_helper.from_array(np.array(0, dtype=np.float32), "zero"),
            numpy_helper.from_array(np.array(1, dtype=np.float32), "one"),
        ],
    )


def _heads(context: int, *, intensity: bool) -> onnx.GraphProto:
    """Logits of the labels in the vectors, plus a share of the neighbours'; features take part only in the degree."""
    nodes, inputs = [], [_floats("vectors", DIM), _floats("features", len(FEATURE_NAMES))]
    heard = "vectors"
    constants = _weights()
    if context:
        inputs += [
            helper.make_tensor_value_info("neighbours", TensorProto.FLOAT, ["batch", 2 * context, DIM]),
            _floats("neighbour_mask", 2 * context),
        ]
        constants += [
            numpy_helper.from_array(np.array([2], dtype=np.int64), "last"),
            numpy_helper.from_array(np.array([1], dtype=np.int64), "places"),
            numpy_helper.from_array(np.array(_CONTEXT_WEIGHT, dtype=np.float32), "share"),
        ]
        nodes += [
            helper.make_node("Unsqueeze", ["neighbour_mask", "last"], ["mask"]),
            helper.make_node("Mul", ["neighbours", "mask"], ["masked"]),
            helper.make_node("ReduceSum", ["masked", "places"], ["around"], keepdims=0),
            helper.make_node("Mul", ["around", "share"], ["shared"]),
            helper.make_node("Add", ["vectors", "shared"], ["heard"]),
        ]
        heard = "heard"
    nodes += [
        helper.make_node("Gemm", [heard, "to_emotions", "emotion_bias"], ["emotion_logits"]),
        helper.make_node("Gemm", [heard, "to_labels", "label_bias"], ["sub_emotion_logits"]),
    ]
    outputs = [_floats("emotion_logits", len(EMOTIONS)), _floats("sub_emotion_logits", len(SUB_EMOTION_LABELS))]
    if intensity:
        nodes.append(helper.make_node("MatMul", ["features", "to_degrees"], ["intensity_logits"]))
        outputs.append(_floats("intensity_logits", len(INTENSITIES)))
        constants.append(_degrees())
    return helper.make_graph(nodes, "heads", inputs, outputs, constants)


def _weights() -> list[onnx.TensorProto]:
    to_emotions = np.zeros((DIM, len(EMOTIONS)), dtype=np.float32)
    for index, label in enumerate(SUB_EMOTION_LABELS):
        to_emotions[index, EMOTIONS.index(emotion_of(label))] = _STRENGTH
    emotion_bias = np.full(len(EMOTIONS), -_NEUTRAL, dtype=np.float32)
    emotion_bias[EMOTIONS.index("neutral")] = _NEUTRAL
    label_bias = np.full(DIM, -_STRENGTH / 2, dtype=np.float32)
    arrays = {
        "to_emotions": to_emotions,
        "emotion_bias": emotion_bias,
        "to_labels": np.eye(DIM, dtype=np.float32) * _STRENGTH,
        "label_bias": label_bias,
    }
    return [numpy_helper.from_array(array, name) for name, array in arrays.items()]


def _degrees() -> onnx.TensorProto:
    """Intense where there is an exclamation mark, mild where not."""
    to_degrees = np.zeros((len(FEATURE_NAMES), len(INTENSITIES)), dtype=np.float32)
    to_degrees[FEATURE_NAMES.index("exclamation_marks")] = (-1.0, 0.0, 1.0)
    return numpy_helper.from_array(to_degrees, "to_degrees")


def _integers(name: str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])


def _floats(name: str, width: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", width])


def _save(graph: onnx.GraphProto, path: Path) -> None:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model)
    onnx.save_model(model, str(path))
