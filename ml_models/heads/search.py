"""Nested search: which of a recipe's settings serve best, asked of the training speakers alone."""

from __future__ import annotations

import itertools
import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from ml_models.errors import TrainingDataError
from ml_models.heads.folds import fold_of_each
from ml_models.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy.typing as npt

    from ml_models.recipe import SearchRecipe

    Ints = npt.NDArray[np.integer]
    Value = float | int | str
    Settings = Mapping[str, Value]
    Objective = Callable[[Recipe, Sequence[int], Sequence[int]], float]
    Measure = Callable[[Settings], "Trial"]

_ADAPTER = TypeAdapter(Recipe)


@dataclass(frozen=True)
class Trial:
    """One combination of settings and how well it did.

    Attributes:
        settings: dotted name of each setting to its value.
        score: mean unweighted accuracy over the inner folds.
        scores_by_fold: unweighted accuracy of each inner fold.
    """

    settings: Settings
    score: float
    scores_by_fold: tuple[float, ...]

    def as_dict(self) -> dict[str, Any]:
        """Give plain values."""
        return asdict(self)


def search(
    recipe: Recipe, objective: Objective, train: Sequence[int], labels: Ints, speakers: Sequence[str]
) -> tuple[Recipe, list[Trial]]:
    """Choose the settings that a recipe's `search` leaves open.

    Every combination is scored on the same inner folds of the training speakers; nobody is on both sides of one, and
    no other clip is looked at. The best mean wins, the earliest of equals. One seed, one result.

    Args:
        recipe: with or without a `search`; its seed deals out the speakers and draws the combinations.
        objective: learns, as a recipe says, from some clips and gives the unweighted accuracy on others; it is handed
            the recipe of a combination, the positions of the inner training clips and those of the inner test clips.
        train: positions of the training clips; one may occur twice.
        labels: (all clips,) what is spread evenly over the inner folds.
        speakers: (all clips,) who speaks.

    Returns:
        The recipe with the settings of the best combination, and all combinations in the order in which they were
        tried. A recipe without a search comes back as it is, with no trials.

    Raises:
        TrainingDataError: a setting that no recipe has or that has a value it cannot have, too few speakers, or a
            score that is no number.
    """
    if recipe.search is None or not recipe.search.space:
        return recipe, []
    _require_space(recipe, recipe.search.space)
    splits = _inner_splits(recipe.search, train, labels, speakers, recipe.seed)

    def measure(settings: Settings) -> Trial:
        candidate = apply(recipe, settings)
        scores = tuple(float(objective(candidate, learnt, tested)) for learnt, tested in splits)
        if not all(map(math.isfinite, scores)):
            raise TrainingDataError(f"The settings {dict(settings)} gave a score that is no number. Leave them out.")
        return Trial(settings, math.fsum(scores) / len(scores), scores)

    trials = _METHODS[recipe.search.method](recipe.search, measure, recipe.seed)
    best = max(trials, key=lambda trial: trial.score)
    return apply(recipe, best.settings), trials


def apply(recipe: Recipe, settings: Settings) -> Recipe:
    """Give the same recipe with other settings.

    Args:
        recipe: what is changed.
        settings: dotted name, such as "head.svm_c" or "learner.layer", to value.

    Raises:
        TrainingDataError: the recipe has no such setting, or the setting cannot have this value.
    """
    plain = recipe.as_dict()
    for path, value in settings.items():
        *sections, name = path.split(".")
        section: Any = plain
        for part in sections:
            section = section.get(part) if isinstance(section, dict) else None
        if not isinstance(section, dict) or name not in section:
            raise TrainingDataError(f"There is no setting {path} in the recipe {recipe.name}. Correct its search.")
        section[name] = value
    try:
        return _ADAPTER.validate_python(plain)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise TrainingDataError(f"The settings {dict(settings)} make no recipe: {where}: {fault['msg']}.") from error


def _require_space(recipe: Recipe, space: Mapping[str, Sequence[Value]]) -> None:
    """Find a fault in the space before hours are spent on the part of it that comes first."""
    for path, values in space.items():
        if not values:
            raise TrainingDataError(f"The search gives no values for {path}. List some, or leave it out.")
        for value in values:
            apply(recipe, {path: value})


def _inner_splits(
    wanted: SearchRecipe, train: Sequence[int], labels: Ints, speakers: Sequence[str], seed: int
) -> list[tuple[list[int], list[int]]]:
    """Part the training clips into (learnt from, tested on), as positions in the list of all clips."""
    positions = np.asarray(train)
    owners = [speakers[position] for position in train]
    fold = fold_of_each(labels[positions], owners, folds=wanted.inner_folds, seed=seed)
    return [
        (positions[fold != number].tolist(), positions[fold == number].tolist()) for number in range(wanted.inner_folds)
    ]


def _grid(wanted: SearchRecipe, measure: Measure, _seed: int) -> list[Trial]:
    """Try every combination."""
    return [measure(settings) for settings in _combinations(wanted)]


def _random(wanted: SearchRecipe, measure: Measure, seed: int) -> list[Trial]:
    """Try some combinations, none of them twice, in the order of the grid."""
    combinations = list(_combinations(wanted))
    count = min(wanted.trials, len(combinations))
    drawn = np.random.default_rng(seed).choice(len(combinations), size=count, replace=False)
    return [measure(combinations[index]) for index in sorted(drawn)]


def _optuna(wanted: SearchRecipe, measure: Measure, seed: int) -> list[Trial]:
    """Let Optuna ask; a combination that it asks for again is answered from memory."""
    try:
        import optuna
    except ImportError as error:
        raise TrainingDataError(
            "The search method optuna needs a library: pip install 'emotion-clf[search]'. "
            "Or choose the method grid or random."
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    tried: dict[tuple[Any, ...], Trial] = {}
    for _ in range(wanted.trials):
        asked = study.ask()
        settings: dict[str, Any] = {
            path: asked.suggest_categorical(path, values) for path, values in wanted.space.items()
        }
        combination = tuple(settings.values())
        if combination not in tried:
            tried[combination] = measure(settings)
        study.tell(asked, tried[combination].score)
    return list(tried.values())


def _combinations(wanted: SearchRecipe) -> Iterator[dict[str, Value]]:
    """Give every combination; the values of the last setting change fastest."""
    for values in itertools.product(*wanted.space.values()):
        yield dict(zip(wanted.space, values, strict=True))


_METHODS: dict[str, Callable[[SearchRecipe, Measure, int], list[Trial]]] = {
    "grid": _grid,
    "random": _random,
    "optuna": _optuna,
}
