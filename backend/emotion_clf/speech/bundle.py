"""A bundle on disk → a checked, loaded speech model.

Pickled files execute code when they are opened, so nothing is opened before its SHA-256 has been
compared with the manifest's, and a manifest is only ever read from the models folder of the operator.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emotion_clf.errors import ModelError
from emotion_clf.speech.manifest import (
    HEAD_FILES,
    HubertEmbedderSpec,
    Manifest,
    check_file,
    read_manifest,
)

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_clf.settings import Settings
    from emotion_clf.speech.embedder import Embedder


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """The fitted steps behind the embedder, as scikit-learn objects."""

    scaler: Any
    pca: Any
    classifier: Any
    label_encoder: Any


def load_head(folder: Path, manifest: Manifest) -> Head:
    """Open the four joblib files of a bundle.

    Raises:
        ModelTamperedError, ModelNotPulledError: a file is not the published one.
        ModelError: the files were made by another release of scikit-learn, or do not fit together.
    """
    paths = [check_file(folder, name, manifest) for name in HEAD_FILES]
    _check_library(manifest)
    import joblib

    try:
        head = Head(*(joblib.load(path) for path in paths))
    except Exception as error:
        raise ModelError(
            f"The model '{manifest.name}' cannot be opened by the installed libraries. Reinstall them "
            "with `make install`, or train the model again."
        ) from error
    labels = tuple(head.label_encoder.classes_)
    if labels != manifest.labels or len(head.classifier.classes_) != len(labels):
        raise ModelError(f"The labels of the model '{manifest.name}' differ from those of its manifest.")
    if head.scaler.n_features_in_ != manifest.embedder.dim:
        raise ModelError(f"The embedder of the model '{manifest.name}' does not fit its scaler.")
    return head


def load_embedder(folder: Path, manifest: Manifest, settings: Settings) -> Embedder:
    """Load the encoder a bundle names.

    Raises:
        ModelError: its weights are missing, changed or of another shape.
    """
    spec = manifest.embedder
    if isinstance(spec, HubertEmbedderSpec):
        from emotion_clf.speech.hubert_embedder import HubertEmbedder

        return HubertEmbedder(
            spec,
            threads=settings.model_threads,
            source=settings.hubert_model,
            revision=settings.hubert_revision,
            offline=settings.hub_offline,
        )
    from emotion_clf.speech.onnx_embedder import OnnxEmbedder

    return OnnxEmbedder(check_file(folder, spec.file, manifest), spec.dim, settings.model_threads)


def _check_library(manifest: Manifest) -> None:
    """Compare releases: a pickle of another minor release of scikit-learn may load and answer wrongly."""
    from importlib.metadata import version

    trained = manifest.libraries.get("scikit-learn", "unknown")
    installed = version("scikit-learn")
    if trained.split(".")[:2] != installed.split(".")[:2]:
        raise ModelError(
            f"The model '{manifest.name}' was made with scikit-learn {trained} and {installed} is installed. "
            "Install the pinned libraries with `make install`, or train the model again."
        )


__all__ = ["Head", "load_embedder", "load_head", "read_manifest"]
