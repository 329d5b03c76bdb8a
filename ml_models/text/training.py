"""GoEmotions → a bundle on disk: fit, decide, export, publish."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch

from emotion_clf.text.features import FeatureExtractor
from emotion_clf.text.lexicon import Lexicon
from emotion_clf.text.manifest import TextManifest
from emotion_clf.text.taxonomy import EMOTIONS, SUB_EMOTION_LABELS
from ml_models.text.augment import as_spoken
from ml_models.text.deciding import calibrate, linear_weight, thresholds, uncertain_below
from ml_models.text.encoder import load_pretrained
from ml_models.text.examples import joined, read_goemotions, read_intensities, single_labels
from ml_models.text.export import ENCODER_FILE, HEADS_FILE, export_network
from ml_models.text.fitting import fit_network
from ml_models.text.lesson import Lesson
from ml_models.text.linear import fit_linear
from ml_models.text.logits import GraphLogits
from ml_models.text.network import EmotionHeads, SentenceEncoder, TextNetwork

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_clf.text.tfidf import Tfidf
    from ml_models.text.encoder import Pretrained
    from ml_models.text.examples import Examples
    from ml_models.text.recipe import TextRecipe

log = logging.getLogger(__name__)

TOKENIZER_FILE: Final = "tokenizer.json"
_LIBRARIES: Final = ("onnxruntime", "scikit-learn", "textblob", "tokenizers", "torch", "transformers")


@dataclass(frozen=True, slots=True)
class TextData:
    """Where the texts lie.

    Attributes:
        goemotions: folder of GoEmotions.
        intensity: folder of SemEval-2018 EI-reg; needed by recipes with an intensity head alone.
        limit: train and decide on the first so many texts only, to try a recipe.
    """

    goemotions: Path
    intensity: Path | None = None
    limit: int | None = None

    def read(self, split: str) -> Examples:
        """One split of GoEmotions."""
        return read_goemotions(self.goemotions, split).take(self.limit)


def train_text_model(recipe: TextRecipe, data: TextData, folder: Path, *, offline: bool = True) -> TextManifest:
    """Train a recipe and write its bundle; the scores are added by `publishing`.

    Args:
        recipe: every number.
        data: where the texts lie.
        folder: the bundle, made here; it must not exist or be empty.
        offline: whether only this machine's weights are looked at.

    Raises:
        TrainingDataError: texts or weights are missing, or the network cannot be published.
    """
    torch.manual_seed(recipe.seed)
    folder.mkdir(parents=True, exist_ok=True)
    train = data.read("train")
    log.info("fit the linear model")
    tfidf = fit_linear(train, recipe.linear, recipe.seed)
    tfidf.save(folder)
    tfidf = type(tfidf).load(folder)  # as it is served: what is rounded in the file is rounded for the network too
    extractor = FeatureExtractor(Lexicon.shipped(), tfidf)
    pretrained = load_pretrained(recipe.encoder, train.texts, offline=offline)
    network = _fitted(recipe, data, train, extractor, pretrained)
    log.info("export")
    export_network(network, folder, recipe.heads.context, int8=recipe.int8)
    pretrained.tokenizer.enable_truncation(recipe.encoder.max_tokens)
    pretrained.tokenizer.save(str(folder / TOKENIZER_FILE))
    logits = GraphLogits(folder, pretrained.tokenizer, extractor, recipe.heads.context)
    decided = _decided(recipe, data.read("dev"), logits, tfidf)
    return TextManifest.write(folder, _fields(recipe, network, train) | decided)


def _fitted(
    recipe: TextRecipe, data: TextData, train: Examples, extractor: FeatureExtractor, pretrained: Pretrained
) -> TextNetwork:
    if recipe.heads.intensity == "head":
        from ml_models.errors import TrainingDataError

        if data.intensity is None:
            raise TrainingDataError("This recipe trains an intensity head: give --intensity-data.")
        train = joined([train, read_intensities(data.intensity)])
    lesson = Lesson(
        train, pretrained.tokenizer, extractor, recipe.fitting, context=recipe.heads.context, seed=recipe.seed
    )
    features = lesson.clean_features
    sentence_encoder = SentenceEncoder(pretrained.encoder, pretrained.hidden)
    heads = EmotionHeads(
        sentence_encoder.dim,
        recipe.heads,
        features.mean(axis=0).astype(np.float32),
        (features.std(axis=0) + 1e-3).astype(np.float32),
    )
    network = TextNetwork(sentence_encoder, heads)
    log.info("fit the network on %d texts", len(train.texts))
    loss = fit_network(network, lesson, recipe.fitting, recipe.heads, pretrained.layers)
    log.info("mean loss of the last pass: %.4f", loss)
    return network


def _decided(recipe: TextRecipe, dev: Examples, logits: GraphLogits, tfidf: Tfidf) -> dict[str, Any]:
    """Weights, thresholds and calibration, on the development split, written and speech-like."""
    generator = np.random.default_rng(recipe.seed)
    spoken = tuple(as_spoken(text, generator) for text in dev.texts)
    written, said = logits.of(dev.texts), logits.of(spoken)
    margins, said_margins = tfidf.margins(dev.texts), tfidf.margins(spoken)
    weights = [linear_weight(written[head], margins[head], labels) for head, labels in enumerate(_labels(dev))]
    scores = [written[head] + weights[head] * margins[head] for head in (0, 1)]
    limits = [thresholds(scores[head], labels) for head, labels in enumerate(_labels(dev))]
    alone = single_labels(dev.emotions)
    classes = np.tile(dev.emotions[alone].argmax(axis=1), 2)
    both = np.concatenate([scores[0][alone], (said[0] + weights[0] * said_margins[0])[alone]])
    calibration = calibrate(both, classes)
    probabilities = calibration.probabilities(both)
    right = probabilities.argmax(axis=1) == classes
    return {
        "stack": {
            "emotion": _stack(weights[0], len(EMOTIONS)),
            "sub_emotion": _stack(weights[1], len(SUB_EMOTION_LABELS)),
        },
        "thresholds": {"emotion": tuple(map(float, limits[0])), "sub_emotion": tuple(map(float, limits[1]))},
        "calibration": {"temperature": calibration.temperature, "bias": tuple(map(float, calibration.bias))},
        "uncertain_below": uncertain_below(probabilities.max(axis=1), right, recipe.answered_accuracy),
    }


def _labels(examples: Examples) -> tuple[np.ndarray, np.ndarray]:
    return examples.emotions, examples.sub_emotions


def _stack(weight: float, labels: int) -> dict[str, tuple[float, ...]]:
    return {"heads": (1.0,) * labels, "linear": (weight,) * labels, "bias": (0.0,) * labels}


def _fields(recipe: TextRecipe, network: TextNetwork, train: Examples) -> dict[str, Any]:
    return {
        "name": recipe.bundle,
        "version": recipe.version,
        "title": recipe.title,
        "description": recipe.description,
        "licence": recipe.licence,
        "language": "en",
        "encoder": {"file": ENCODER_FILE, "dim": network.sentences.dim, "max_tokens": recipe.encoder.max_tokens},
        "heads": {"file": HEADS_FILE, "context": recipe.heads.context},
        "tokenizer": TOKENIZER_FILE,
        "linear": True,
        "intensity": recipe.heads.intensity,
        "libraries": {name: version(name) for name in _LIBRARIES},
        "training_data": (
            {
                "corpus": "GoEmotions",
                "language": "en",
                "licence": "CC-BY-4.0",
                "sentences": int((train.sub_emotions.sum(axis=1) > 0).sum()),
            },
        ),
        "scores": {},
    }
