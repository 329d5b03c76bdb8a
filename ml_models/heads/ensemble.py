"""Three classifiers that err differently, and the mean of what they say.

The result is made of scikit-learn's own classes alone: the product opens it without this package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn import config_context
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import PredefinedSplit
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import SVC

from ml_models.errors import TrainingDataError
from ml_models.heads.folds import fold_of_each

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.floating]
    Ints = npt.NDArray[np.integer]

INNER_FOLDS = 3
LOGISTIC_ITERATIONS = 2_000
TREES = 200
# Full-grown trees remember single clips, and make a bundle ten times as large.
CLIPS_IN_A_LEAF = 5


def fit_ensemble(
    reduced: Floats,
    labels: Ints,
    weights: Floats,
    speakers: Sequence[str],
    *,
    svm_c: float,
    seed: int,
) -> VotingClassifier:
    """Fit support vectors, a logistic regression and a random forest; their mean probability is the answer.

    Support vectors give margins, which become probabilities by sigmoids learnt from speakers who were held out.

    Args:
        reduced: (clips, components) principal components of the embeddings.
        labels: (clips,) positions in a label set.
        weights: (clips,) how much each clip counts in every one of the three.
        speakers: (clips,) who speaks.
        svm_c: penalty of the support vector machines.
        seed: of the forest and of the inner folds.

    Returns:
        A fitted classifier with `classes_` and `predict_proba`, (n, components) to (n, classes).

    Raises:
        TrainingDataError: an emotion is spoken by a single speaker, so that no inner fold can hold this speaker out.
    """
    inner = PredefinedSplit(_inner_folds(labels, speakers, seed))
    with config_context(enable_metadata_routing=True):
        machine = OneVsRestClassifier(SVC(C=svm_c, kernel="rbf").set_fit_request(sample_weight=True))
        members = [
            ("svm", CalibratedClassifierCV(machine, method="sigmoid", cv=inner, ensemble=False)),
            ("logistic", LogisticRegression(max_iter=LOGISTIC_ITERATIONS)),
            ("forest", RandomForestClassifier(TREES, min_samples_leaf=CLIPS_IN_A_LEAF, random_state=seed)),
        ]
        weighted = [(name, member.set_fit_request(sample_weight=True)) for name, member in members]
        return VotingClassifier(weighted, voting="soft").fit(reduced, labels, sample_weight=weights)


def _inner_folds(labels: Ints, speakers: Sequence[str], seed: int) -> Ints:
    """Deal out the speakers so that every emotion stays in every training part."""
    everybody = len(set(speakers))
    for folds in sorted({min(INNER_FOLDS, everybody), everybody}):
        fold = fold_of_each(labels, speakers, folds=folds, seed=seed)
        if _all_can_learn(fold, labels):
            return fold
    raise TrainingDataError(
        "An emotion is spoken by a single speaker, and the ensemble needs each by two or more. Add clips, or choose "
        "head.kind: svm."
    )


def _all_can_learn(fold: Ints, labels: Ints) -> bool:
    """Tell whether no emotion is missing outside any fold, which is where that fold's machines learn."""
    return all(np.unique(fold[labels == label]).size > 1 for label in np.unique(labels))
