from __future__ import annotations

import io
import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression

from ml_models.errors import TrainingDataError
from ml_models.heads.calibration import SigmoidCalibration, calibrated
from ml_models.heads.ensemble import fit_ensemble
from ml_models.heads.svm import balanced_weights, fit_head
from ml_models.recipe import HeadRecipe

CLASSES = (0, 2, 5)  # positions in a label set; a fold need not have all of them


def talk(speakers: int = 6, takes: int = 6, noise: float = 0.6) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Each class has a place, each clip a noise."""
    rng = np.random.default_rng(0)
    places = rng.standard_normal((max(CLASSES) + 1, 8))
    labels = np.tile(np.repeat(CLASSES, takes), speakers)
    owners = [f"speaker {number}" for number in range(speakers) for _ in range(takes * len(CLASSES))]
    return places[labels] + noise * rng.standard_normal((len(labels), 8)), labels, owners


def fitted(seed: int = 0) -> VotingClassifier:
    vectors, labels, owners = talk()
    return fit_ensemble(vectors, labels, np.ones(len(labels)), owners, svm_c=1.0, seed=seed)


@pytest.fixture(scope="module")
def ensemble() -> VotingClassifier:
    return fitted()


def test_it_tells_classes_apart_that_it_has_not_heard_these_clips_of() -> None:
    vectors, labels, owners = talk(speakers=8)
    known = np.array([owner not in {"speaker 6", "speaker 7"} for owner in owners])
    ensemble = fit_ensemble(
        vectors[known], labels[known], np.ones(known.sum()), np.array(owners)[known], svm_c=1.0, seed=0
    )
    assert ensemble.classes_.tolist() == list(CLASSES)
    assert np.mean(ensemble.predict(vectors[~known]) == labels[~known]) > 0.9


def test_its_answer_is_the_mean_of_three_probabilities(ensemble: VotingClassifier) -> None:
    vectors, _, _ = talk()
    chances = [member.predict_proba(vectors) for member in ensemble.estimators_]
    assert len(chances) == 3
    for one in chances:
        assert one.sum(axis=1) == pytest.approx(np.ones(len(vectors)))
    assert not np.allclose(chances[0], chances[1])
    assert not np.allclose(chances[1], chances[2])
    assert ensemble.predict_proba(vectors) == pytest.approx(np.mean(chances, axis=0))


def test_one_seed_gives_one_result_and_another_seed_another(ensemble: VotingClassifier) -> None:
    vectors, _, _ = talk()
    first, again, other = (one.predict_proba(vectors) for one in (ensemble, fitted(0), fitted(1)))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_weights_reach_every_member() -> None:
    """The second copy of each clip says the wrong class; what weighs nothing must not be learnt from."""
    vectors, labels, owners = talk()
    wrong = np.roll(CLASSES, 1)[np.searchsorted(CLASSES, labels)]
    doubled, said = np.tile(vectors, (2, 1)), np.concatenate([labels, wrong])
    weights = np.repeat([1.0, 1e-6], len(labels))
    ensemble = fit_ensemble(doubled, said, weights, [*owners, *owners], svm_c=1.0, seed=0)
    for member in ensemble.estimators_:
        right = np.asarray(CLASSES)[member.predict_proba(vectors).argmax(axis=1)] == labels
        assert right.mean() > 0.9


def test_support_vectors_are_calibrated_on_speakers_they_have_not_heard(ensemble: VotingClassifier) -> None:
    _, _, owners = talk()
    machines = ensemble.named_estimators_["svm"]
    folds = list(machines.cv.split())
    assert sorted(position for _, test in folds for position in test) == list(range(len(owners)))
    for train, test in folds:
        assert {owners[position] for position in train}.isdisjoint(owners[position] for position in test)


class OnlyScikitLearn(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        assert module.partition(".")[0] in {"sklearn", "numpy"}, module
        return super().find_class(module, name)


def test_it_is_opened_without_this_package(ensemble: VotingClassifier) -> None:
    vectors, _, _ = talk()
    pickled = pickle.dumps(ensemble)
    copy = OnlyScikitLearn(io.BytesIO(pickled)).load()
    assert np.array_equal(copy.predict_proba(vectors), ensemble.predict_proba(vectors))
    code = "import pickle, sys; pickle.load(sys.stdin.buffer); sys.exit('ml_models' in sys.modules)"
    opened = subprocess.run([sys.executable, "-c", code], input=pickled, check=False)
    assert opened.returncode == 0


def test_an_emotion_of_two_speakers_is_never_held_out_whole() -> None:
    """Whatever the deal, both speakers of the rare class must not be tested in one fold."""
    vectors, labels, owners = talk(takes=4)
    rare = labels == CLASSES[-1]
    kept = ~rare | np.isin(owners, ["speaker 1", "speaker 4"])
    for seed in range(4):
        ensemble = fit_ensemble(
            vectors[kept], labels[kept], np.ones(kept.sum()), np.array(owners)[kept], svm_c=1.0, seed=seed
        )
        for train, _ in ensemble.named_estimators_["svm"].cv.split():
            assert set(labels[kept][train]) == set(CLASSES)


def test_an_emotion_of_a_single_speaker_is_refused() -> None:
    vectors, labels, owners = talk(takes=4)
    kept = (labels != CLASSES[-1]) | (np.array(owners) == "speaker 1")
    with pytest.raises(TrainingDataError, match="single speaker"):
        fit_ensemble(vectors[kept], labels[kept], np.ones(kept.sum()), np.array(owners)[kept], svm_c=1.0, seed=0)


def test_a_head_of_kind_ensemble_is_one() -> None:
    vectors, labels, owners = talk()
    corpora = ["nemo"] * len(labels)
    head = fit_head(vectors, labels, corpora, owners, HeadRecipe(kind="ensemble"), seed=0)
    assert head.classes.tolist() == list(CLASSES)
    scores = head.scores(vectors)
    assert scores.shape == (len(labels), len(CLASSES))
    reduced = head.pca.transform(head.scaler.transform(vectors))
    same = fit_ensemble(reduced, labels, balanced_weights(labels, corpora), owners, svm_c=1.0, seed=0)
    assert scores == pytest.approx(same.predict_proba(reduced))
    assert isinstance(head.classifier.named_estimators_["logistic"], LogisticRegression)


def test_the_bundles_classifier_answers_as_the_ensembles_scores_and_their_calibration_say() -> None:
    vectors, placed, owners = talk()
    labels = np.searchsorted(CLASSES, placed)  # a bundle has every label
    head = fit_head(vectors, labels, ["nemo"] * len(labels), owners, HeadRecipe(kind="ensemble"), seed=0)
    scores = head.scores(vectors)
    calibration = SigmoidCalibration.fit(scores, labels, np.ones(len(labels)))
    wanted = calibration.probabilities(scores)
    reduced = head.pca.transform(head.scaler.transform(vectors))
    assert calibrated(head, calibration).predict_proba(reduced) == pytest.approx(wanted)
