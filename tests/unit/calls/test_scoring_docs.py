"""docs/scoring.md says what the code does."""

from __future__ import annotations

import doctest
import re

from emotion_clf.calls import conduct, doubt, interaction, moments, path, score, swings, trajectory
from emotion_clf.calls.valence import VALENCE
from emotion_clf.settings import PROJECT_DIR

PAGE = PROJECT_DIR / "docs" / "scoring.md"
TEXT = PAGE.read_text(encoding="utf-8")
ROOMS = {
    room.__name__.rpartition(".")[2]: room
    for room in (conduct, doubt, interaction, moments, path, score, swings, trajectory)
}


def constants() -> dict[str, tuple[float, ...]]:
    """Every public number of the rooms by its name; three of a ramp, one of each entry of a table."""
    found: dict[str, tuple[float, ...]] = {}
    for room, module in ROOMS.items():
        own = set(
            re.findall(
                r"^([A-Z][A-Z_]+): Final",
                (PROJECT_DIR / f"backend/emotion_clf/calls/{room}.py").read_text(encoding="utf-8"),
                re.MULTILINE,
            )
        )
        for name in own:
            value = getattr(module, name)
            if isinstance(value, conduct.Ramp):
                found[f"{room}.{name}"] = (value.none_at, value.all_at, value.points)
            elif isinstance(value, dict):
                found |= {f"{room}.{name}[{key}]": (number,) for key, number in value.items()}
            elif isinstance(value, int | float):
                found[f"{room}.{name}"] = (value,)
    return found


def test_every_constant_stands_in_the_tables_with_its_value() -> None:
    rows = re.findall(r"^\| `([a-z]+\.[A-Z_]+(?:\[\d\])?)` ((?:\| -?[\d.]+ )+)\|", TEXT, re.MULTILINE)
    written = {name: tuple(float(number) for number in re.findall(r"-?[\d.]+", numbers)) for name, numbers in rows}
    assert written == constants()


def test_every_valence_stands_in_its_table() -> None:
    table = TEXT.split("| Emotion | Valence |")[1].split("\n\n")[0]
    assert {
        label: float(level) for label, level in re.findall(r"^\| ([a-z]+) \| (-?[\d.]+) \|", table, re.MULTILINE)
    } == dict(VALENCE)


def test_the_sentences_of_the_page_have_the_numbers_of_the_code() -> None:
    weights = trajectory.STEP_WEIGHTS
    for sentence in (
        f"score = {score.BASE} + steps + end + conduct, held between {score.LOWEST:.0f} and {score.HIGHEST:.0f}",
        f"next known quarter b: {trajectory.STEP_POINTS:.0f} · g · (valence of b",
        f"g is {weights[2]} where b is the second quarter, {weights[3]} where it is the third, {weights[4]:.0f} where",
        f"**End.** {trajectory.END_POINTS:.0f} · valence",
        f"one side begins while the other has been speaking for {interaction.INTERRUPTION_S} s and more",
        f"stretches of {interaction.LONG_SILENCE_S:.0f} s and more in which nobody speaks",
        f"in each quarter with {interaction.PACE_SPEECH_S:.0f} s of counted speech",
        f"fewer than {score.MIN_JUDGED_S:.0f} s of the customer were judged",
        f"to be correlated with {doubt.CORRELATION}",
    ):
        assert sentence in " ".join(TEXT.split()), sentence


def test_conduct_stays_within_what_the_page_says() -> None:
    ramps = [value for value in vars(conduct).values() if isinstance(value, conduct.Ramp)]
    # Nobody slows down and hurries, or talks little and much.
    lost = sum(ramp.points for ramp in ramps if ramp.points < 0) - conduct.LITTLE_TALK.points
    assert round(lost, 9) == -1.5
    assert "1.5 points together at most" in " ".join(TEXT.split())


def test_the_worked_examples_come_out_as_they_are_written() -> None:
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert tried >= 8
    assert failed == 0
