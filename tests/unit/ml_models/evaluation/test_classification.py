from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ml_models.evaluation import metrics
from ml_models.evaluation.classification import classification_report_text, per_class

LABELS = ("angry", "happy", "sad")
ANSWERS = hnp.arrays(np.int64, 30, elements=st.integers(0, 2))


@settings(max_examples=40, deadline=None)
@given(ANSWERS, ANSWERS)
def test_the_scores_of_each_class_are_those_of_scikit_learn(truth: np.ndarray, answer: np.ndarray) -> None:
    from sklearn.metrics import precision_recall_fscore_support

    found = per_class(metrics.confusion(truth, answer, 3), LABELS)
    occurring = np.unique(truth)
    expected = precision_recall_fscore_support(truth, answer, labels=occurring, zero_division=0)
    assert list(found) == [LABELS[index] for index in occurring]
    for name, values in zip(("precision", "recall", "f1", "clips"), expected, strict=True):
        assert [scores[name] for scores in found.values()] == pytest.approx(values)


@settings(max_examples=40, deadline=None)
@given(ANSWERS, ANSWERS)
def test_the_means_of_the_classes_are_the_scores_of_the_whole(truth: np.ndarray, answer: np.ndarray) -> None:
    counts = metrics.confusion(truth, answer, 3)
    found = per_class(counts, LABELS).values()
    assert np.mean([scores["recall"] for scores in found]) == pytest.approx(metrics.unweighted_accuracy(counts))
    assert np.mean([scores["f1"] for scores in found]) == pytest.approx(metrics.macro_f1(counts))


def test_the_report_reads_as_a_table_of_aligned_columns() -> None:
    counts = np.array([[3, 1, 0], [1, 1, 0], [0, 0, 0]])
    assert classification_report_text(counts, LABELS).splitlines() == [
        "               precision     recall         f1      clips",
        "",
        "angry              0.750      0.750      0.750          4",
        "happy              0.500      0.500      0.500          2",
        "",
        "accuracy                                 0.667          6",
        "macro mean         0.625      0.625      0.625          6",
        "weighted mean      0.667      0.667      0.667          6",
    ]
