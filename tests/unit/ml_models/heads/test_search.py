from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ml_models.errors import TrainingDataError
from ml_models.heads.folds import fold_of_each
from ml_models.heads.search import apply, search
from ml_models.recipe import EncoderRecipe, FrozenRecipe, HeadRecipe, Recipe, SearchRecipe

if TYPE_CHECKING:
    from collections.abc import Sequence

SPACE = {"learner.layer": (-1, 6, 9, 12), "learner.pooling": ("mean", "mean_std"), "head.svm_c": (1.0, 3.0, 10.0)}
SIZE = 24
METHODS = ("grid", "random", "optuna")
Method = Literal["grid", "random", "optuna"]
PLAIN = Recipe("tiny", "1.0.0", "Tiny", "Tiny.", "MIT", ("cremad",), FrozenRecipe())


def searching(method: Method, *, seed: int = 0, trials: int = 60, inner_folds: int = 3) -> Recipe:
    wanted = SearchRecipe(method=method, space=SPACE, trials=trials, inner_folds=inner_folds)
    return replace(PLAIN, seed=seed, search=wanted)


def people(speakers: int, takes: int = 2) -> tuple[np.ndarray, list[str]]:
    """Labels of three emotions and who speaks, clip by clip."""
    labels = np.tile(np.repeat([0, 1, 2], takes), speakers)
    return labels, [f"speaker {number}" for number in range(speakers) for _ in range(3 * takes)]


class Planted:
    """An objective with one best combination, and a record of what it was handed."""

    def __init__(self, layer: int = 9, pooling: str = "mean_std", svm_c: float = 3.0) -> None:
        self.best = {"learner.layer": layer, "learner.pooling": pooling, "head.svm_c": svm_c}
        self.asked: list[tuple[Recipe, tuple[int, ...], tuple[int, ...]]] = []

    def __call__(self, recipe: Recipe, learnt: Sequence[int], tested: Sequence[int]) -> float:
        self.asked.append((recipe, tuple(learnt), tuple(tested)))
        found = settings_of(recipe)
        return sum(found[path] == value for path, value in self.best.items()) / 3 + 1e-3 * min(tested)


def settings_of(recipe: Recipe) -> dict[str, float | int | str]:
    return {
        "learner.layer": recipe.learner.layer,
        "learner.pooling": recipe.learner.pooling,
        "head.svm_c": recipe.head.svm_c,
    }


@settings(deadline=None, max_examples=30)
@given(
    method=st.sampled_from(METHODS),
    seed=st.integers(0, 2**31),
    speakers=st.integers(5, 9),
    tested=st.sets(st.integers(0, 4), min_size=1, max_size=2),
    inner_folds=st.integers(2, 3),
)
def test_the_search_sees_training_speakers_only_and_none_of_them_on_both_sides(
    method: Method, seed: int, speakers: int, tested: set[int], inner_folds: int
) -> None:
    labels, owners = people(speakers)
    outer_test = {f"speaker {number}" for number in tested}
    train = [position for position, owner in enumerate(owners) if owner not in outer_test]
    objective = Planted()
    search(searching(method, seed=seed, trials=4, inner_folds=inner_folds), objective, train, labels, owners)
    assert objective.asked
    for _, inner_train, inner_test in objective.asked:
        learnt, heard = ({owners[position] for position in side} for side in (inner_train, inner_test))
        assert inner_test
        assert learnt.isdisjoint(heard)
        assert (learnt | heard).isdisjoint(outer_test)
        assert sorted(inner_train + inner_test) == train
    folds = {inner_test for _, _, inner_test in objective.asked}
    assert sorted(itertools.chain(*folds)) == train
    assert len(folds) == inner_folds


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("layer", "pooling", "svm_c"), [(-1, "mean", 1.0), (9, "mean_std", 3.0), (12, "mean", 10.0)])
def test_every_method_finds_a_planted_optimum(method: Method, layer: int, pooling: str, svm_c: float) -> None:
    labels, owners = people(6)
    objective = Planted(layer, pooling, svm_c)
    chosen, trials = search(searching(method), objective, range(len(labels)), labels, owners)
    assert settings_of(chosen) == objective.best
    assert max(trials, key=lambda trial: trial.score).settings == objective.best


@pytest.mark.parametrize("method", METHODS)
def test_one_seed_gives_one_result_and_another_seed_other_folds(method: Method) -> None:
    labels, owners = people(9)
    runs = []
    for seed in (3, 3, 4):
        objective = Planted()
        runs.append((*search(searching(method, seed=seed, trials=5), objective, range(len(labels)), labels, owners),))
        runs[-1] += (objective.asked,)
    assert runs[0] == runs[1]
    assert {asked[2] for asked in runs[0][2]} != {asked[2] for asked in runs[2][2]}


@pytest.mark.parametrize("method", METHODS)
def test_no_combination_is_learnt_twice_and_the_score_is_the_mean_over_the_folds(method: Method) -> None:
    labels, owners = people(6)
    objective = Planted()
    _, trials = search(searching(method), objective, range(len(labels)), labels, owners)
    combinations = [tuple(trial.settings.values()) for trial in trials]
    assert len(set(combinations)) == len(combinations)
    assert len(objective.asked) == 3 * len(trials)
    for trial in trials:
        assert trial.score == pytest.approx(np.mean(trial.scores_by_fold))
        assert len(set(trial.scores_by_fold)) == 3
    assert trials[0].as_dict() == {
        "settings": dict(trials[0].settings),
        "score": trials[0].score,
        "scores_by_fold": trials[0].scores_by_fold,
    }


def test_optuna_learns_where_to_ask() -> None:
    """In a space far too large to try out, what it asks for late is better than what it draws at first."""
    labels, owners = people(6)
    space = {"learner.layer": tuple(range(10)), "head.svm_c": tuple(range(1, 11)), "head.pca": tuple(range(1, 11))}
    wanted = SearchRecipe(method="optuna", space=space, trials=80)

    def nearness(recipe: Recipe, _learnt: Sequence[int], _tested: Sequence[int]) -> float:
        return -abs(recipe.learner.layer - 7) - abs(recipe.head.svm_c - 3) - abs(recipe.head.pca - 5)

    for seed in range(3):
        recipe = replace(PLAIN, seed=seed, search=wanted)
        _, trials = search(recipe, nearness, range(len(labels)), labels, owners)
        scores = [trial.score for trial in trials]
        assert np.mean(scores[-10:]) > np.mean(scores[:10]) + 1


def test_the_grid_is_complete_and_random_draws_part_of_it() -> None:
    labels, owners = people(6)
    combinations = [dict(zip(SPACE, values, strict=True)) for values in itertools.product(*SPACE.values())]
    tried = {
        (method, trials): [
            trial.settings
            for trial in search(searching(method, trials=trials), Planted(), range(len(labels)), labels, owners)[1]
        ]
        for method, trials in (("grid", 2), ("random", 7), ("random", SIZE + 5))
    }
    assert tried["grid", 2] == combinations
    assert tried["random", SIZE + 5] == combinations
    assert len(tried["random", 7]) == 7
    assert tried["random", 7] == [one for one in combinations if one in tried["random", 7]]


def test_the_first_of_equals_wins() -> None:
    labels, owners = people(6)
    for method in METHODS:
        chosen, trials = search(searching(method, trials=6), lambda *_: 0.5, range(len(labels)), labels, owners)
        assert settings_of(chosen) == trials[0].settings


def test_without_a_search_the_recipe_stays_as_it_is() -> None:
    labels, owners = people(3)
    for recipe in (PLAIN, replace(PLAIN, search=SearchRecipe())):
        assert search(recipe, Planted(), range(len(labels)), labels, owners) == (recipe, [])


def test_a_clip_that_occurs_twice_stays_on_one_side() -> None:
    labels, owners = people(6)
    objective = Planted()
    train = [*range(len(labels)), *range(10)]
    search(searching("random", trials=1), objective, train, labels, owners)
    for _, learnt, tested in objective.asked:
        assert set(learnt).isdisjoint(tested)
        assert sorted(learnt + tested) == sorted(train)


def test_the_choice_keeps_everything_else() -> None:
    changed = apply(PLAIN, {"head.svm_c": 10, "learner.layer": 9})
    assert changed == replace(PLAIN, head=replace(PLAIN.head, svm_c=10.0), learner=replace(PLAIN.learner, layer=9))
    assert PLAIN.learner.layer == -1
    full = replace(searching("grid"), learner=EncoderRecipe(clips_per_epoch={"cremad": 5}), head=HeadRecipe(pca=200))
    assert apply(full, {}) == full
    assert apply(full, {"learner.clips_per_epoch.cremad": 7}).learner.clips_per_epoch == {"cremad": 7}


@pytest.mark.parametrize("path", ["head.c", "heads.svm_c", "learner.layer.deep", "layer", "search.space", "", "head."])
def test_a_setting_that_no_recipe_has_is_named(path: str) -> None:
    with pytest.raises(TrainingDataError, match="no setting " + path):
        apply(PLAIN, {path: 1})


@pytest.mark.parametrize(("path", "value"), [("head.svm_c", "much"), ("learner.layer", 1.5), ("head", 3)])
def test_a_value_that_a_setting_cannot_have_is_named(path: str, value: float | str) -> None:
    with pytest.raises(TrainingDataError, match=path):
        apply(PLAIN, {path: value})


@pytest.mark.parametrize("method", METHODS)
def test_a_fault_anywhere_in_the_space_is_found_before_anything_is_learnt(method: Method) -> None:
    labels, owners = people(6)
    objective = Planted()
    for values, message in ((("mean", "median"), "median"), ((), "no values for learner.pooling")):
        wanted = SearchRecipe(method=method, space={**SPACE, "learner.pooling": values}, trials=1)
        with pytest.raises(TrainingDataError, match=message):
            search(replace(PLAIN, search=wanted), objective, range(len(labels)), labels, owners)
    assert not objective.asked


def test_too_few_speakers_and_scores_that_are_no_numbers_are_refused() -> None:
    labels, owners = people(2)
    with pytest.raises(TrainingDataError, match=r"2 speaker\(s\).* 3 fold"):
        search(searching("grid"), Planted(), range(len(labels)), labels, owners)
    labels, owners = people(4)
    with pytest.raises(TrainingDataError, match="no number"):
        search(searching("grid"), lambda *_: float("nan"), range(len(labels)), labels, owners)
    with pytest.raises(TrainingDataError, match="as many as 3 clips"):
        fold_of_each(np.array([0, 0, 1, 1]), ["a", "b", "c", "d"], folds=3, seed=0)
    with pytest.raises(TrainingDataError, match="1 fold"):
        fold_of_each(labels, owners, folds=1, seed=0)


def test_a_missing_optuna_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    labels, owners = people(6)
    with pytest.raises(TrainingDataError, match=r"emotion-clf\[search\]"):
        search(searching("optuna"), Planted(), range(len(labels)), labels, owners)


@settings(deadline=None, max_examples=50)
@given(
    clips=st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from([0, 0, 0, 1, 2])), min_size=30, max_size=60),
    folds=st.integers(2, 8),
    seed=st.integers(0, 99),
)
def test_no_fold_is_empty_and_nobody_is_in_two(clips: list[tuple[str, int]], folds: int, seed: int) -> None:
    owners, labels = [owner for owner, _ in clips], np.array([label for _, label in clips])
    assume(2 <= folds <= len(set(owners)))
    fold = fold_of_each(labels, owners, folds=folds, seed=seed)
    assert set(fold.tolist()) == set(range(folds))
    assert len(set(zip(owners, fold.tolist(), strict=True))) == len(set(owners))
