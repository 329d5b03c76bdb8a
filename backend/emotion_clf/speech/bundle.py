"""A bundle on disk → a checked, loaded speech model.

Pickled files execute code when they are opened, so nothing is opened before its SHA-256 has been
compared with the manifest's, and a manifest is only ever read from the models folder of the operator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotion_clf.bundles import check_file
from emotion_clf.errors import ModelError
from emotion_clf.speech.heads import Head, SoftmaxHead, SvmHead
from emotion_clf.speech.manifest import HEAD_FILES, HubertEmbedderSpec, Manifest, OnnxEmbedderSpec

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_clf.bundles import Graphs
    from emotion_clf.settings import Settings
    from emotion_clf.speech.embedder import Embedder


def load_head(folder: Path, manifest: Manifest) -> Head:
    """Load what turns the embedder's output into probabilities.

    Raises:
        ModelError: as `_load_svm`, which alone reads files.
    """
    if manifest.head == "softmax":
        return SoftmaxHead(manifest.labels, manifest.temperature)
    return _load_svm(folder, manifest)


def _load_svm(folder: Path, manifest: Manifest) -> SvmHead:
    """Open the four joblib files of a bundle.

    Raises:
        ModelTamperedError, ModelNotPulledError: a file is not the published one.
        ModelError: the files were made by another release of scikit-learn, or do not fit together.
    """
    paths = [check_file(folder, name, manifest) for name in HEAD_FILES]
    _check_library(manifest)
    import joblib

    try:
        scaler, pca, classifier, label_encoder = (joblib.load(path) for path in paths)
    except Exception as error:
        raise ModelError(
            f"The model '{manifest.name}' cannot be opened by the installed libraries. Reinstall them "
            "with `make install`, or train the model again."
        ) from error
    labels = tuple(label_encoder.classes_)
    if labels != manifest.labels or len(classifier.classes_) != len(labels):
        raise ModelError(f"The labels of the model '{manifest.name}' differ from those of its manifest.")
    if scaler.n_features_in_ != manifest.embedder.dim:
        raise ModelError(f"The embedder of the model '{manifest.name}' does not fit its scaler.")
    ordered = tuple(str(label) for label in label_encoder.inverse_transform(classifier.classes_))
    prior_clips = None if manifest.adaptation is None else manifest.adaptation.prior_clips
    return SvmHead(ordered, scaler, pca, classifier, prior_clips)


def load_embedder(folder: Path, manifest: Manifest, settings: Settings, graphs: Graphs) -> Embedder:
    """Load the encoder a bundle names.

    Args:
        folder: the bundle.
        manifest: its manifest.
        settings: where a HuBERT comes from, and its threads.
        graphs: those that are loaded already.

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

    path, sha256 = graph_of(folder, spec, manifest)
    return OnnxEmbedder(graphs.get(path, sha256), spec.dim)


def graph_of(folder: Path, spec: OnnxEmbedderSpec, manifest: Manifest) -> tuple[Path, str]:
    """Return the path of a bundle's graph and its SHA-256, which has been compared.

    Args:
        folder: the bundle.
        spec: which graph; it may be that of another bundle beside this one.
        manifest: of this bundle.

    Raises:
        ModelTamperedError, ModelNotPulledError: the file is not the published one.
        ModelError: the other bundle is not there.
    """
    if spec.bundle is not None:
        folder = folder.parent / spec.bundle
        manifest = Manifest.read(folder)
    return check_file(folder, spec.file, manifest), manifest.files[spec.file].sha256


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


__all__ = ["Head", "graph_of", "load_embedder", "load_head"]
