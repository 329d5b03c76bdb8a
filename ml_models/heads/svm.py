"""The classifier behind an embedder: scaler, principal components, support vectors or another classifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn import config_context
from sklearn.decomposition import PCA
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from ml_models.heads.ensemble import fit_ensemble
from ml_models.heads.logistic import fit_logistic
from ml_models.heads.speakers import adapt_to_speakers

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from ml_models.recipe import HeadRecipe

    Floats = npt.NDArray[np.floating]
    Ints = npt.NDArray[np.integer]


@dataclass(frozen=True)
class SpeechHead:
    """Fitted steps, in the order in which an embedding passes them.

    Attributes:
        scaler: to zero mean and unit deviation.
        pca: to fewer, uncorrelated values.
        classifier: gives one score for each class; the classes are positions in a label set.
    """

    scaler: StandardScaler
    pca: PCA
    classifier: Any

    @property
    def classes(self) -> Ints:
        """Which positions of the label set the columns of the scores are."""
        classes: Ints = self.classifier.classes_
        return classes

    def scores(self, embeddings: Floats) -> Floats:
        """Give uncalibrated class scores (clips, classes) of embeddings as they come from the embedder."""
        return self.scores_of_normalised(self.scaler.transform(embeddings))

    def scores_of_normalised(self, normalised: Floats) -> Floats:
        """Give uncalibrated class scores (clips, classes) of embeddings that a scaler or a voice has normalised."""
        reduced = self.pca.transform(normalised)
        # The same choice as scikit-learn's calibration makes, which meets this classifier in the bundle.
        respond = getattr(self.classifier, "decision_function", None) or self.classifier.predict_proba
        scores: Floats = respond(reduced)
        return scores


def fit_head(
    embeddings: Floats,
    labels: Ints,
    corpora: Sequence[str],
    speakers: Sequence[str],
    recipe: HeadRecipe,
    *,
    seed: int,
) -> SpeechHead:
    """Fit scaler, principal components and classifier on training clips.

    Args:
        embeddings: (clips, dim).
        labels: (clips,) positions in a label set.
        corpora: (clips,) corpus of each clip.
        speakers: (clips,) who speaks.
        recipe: settings.
        seed: of whatever draws.
    """
    scaler = StandardScaler().fit(embeddings)
    normalised = scaler.transform(embeddings)
    owners, homes = np.asarray(speakers), np.asarray(corpora)
    if recipe.adapted:
        # Clips are learnt twice: as of an unknown voice and as of a known one.
        known = has_several_emotions(labels, corpora)
        adapted = adapt_to_speakers(embeddings, speakers, scaler)[known]
        normalised = np.concatenate([normalised, adapted])
        labels, homes = np.concatenate([labels, labels[known]]), np.concatenate([homes, homes[known]])
        owners = np.concatenate([owners, owners[known]])
    weights = balanced_weights(labels, homes.tolist())
    pca = _components(recipe.pca, normalised, seed).fit(normalised)
    reduced = pca.transform(normalised)
    if recipe.kind == "ensemble":
        return SpeechHead(
            scaler, pca, fit_ensemble(reduced, labels, weights, owners.tolist(), svm_c=recipe.svm_c, seed=seed)
        )
    if recipe.kind == "logistic":
        fitted = fit_logistic(
            normalised,
            labels,
            weights,
            pca,
            deviation=scaler.scale_,
            penalty=recipe.penalty,
            evenness=recipe.evenness,
        )
        return SpeechHead(scaler, pca, fitted)
    # One machine for each class: its margin says how sure it is, which the votes between pairs of classes do not.
    with config_context(enable_metadata_routing=True):
        machine = SVC(C=recipe.svm_c, kernel="rbf").set_fit_request(sample_weight=True)
        svm = OneVsRestClassifier(machine).fit(reduced, labels, sample_weight=weights)
    return SpeechHead(scaler, pca, svm)


def has_several_emotions(labels: Ints, corpora: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Mark the clips of corpora with several emotions: a voice of one alone is normalised to none at all."""
    owners = np.asarray(corpora)
    several = [corpus for corpus in np.unique(owners) if len(np.unique(labels[owners == corpus])) > 1]
    return np.isin(owners, several)


def _components(wanted: float, normalised: Floats, seed: int) -> PCA:
    """Prepare the principal components: a share of the variance below one, else a number of them."""
    count = wanted if wanted < 1 else min(int(wanted), *normalised.shape)
    return PCA(count, random_state=seed, svd_solver="full")


def balanced_weights(labels: Ints, corpora: Sequence[str]) -> Floats:
    """Weight clips so that every corpus counts alike, and within each of them every emotion that it has.

    Returns:
        (clips,) weights with mean one.
    """
    owners = np.unique(np.asarray(corpora), return_inverse=True)[1]
    groups, where, counts = np.unique(
        np.stack([owners, labels], axis=1), axis=0, return_inverse=True, return_counts=True
    )
    emotions = np.bincount(groups[:, 0])
    weights: Floats = len(labels) / (len(emotions) * emotions[owners] * counts[where])
    return weights
