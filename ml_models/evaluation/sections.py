"""The tables of the leaderboard beside its main ones, from leaks to gaps; each stands where a run has its scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ml_models.data.sources import CORPORA
from ml_models.evaluation.groups import LARGEST_GAP
from ml_models.evaluation.robustness import CONDITIONS
from ml_models.evaluation.tables import markdown_table, three, with_interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ml_models.evaluation.records import Record

    Scores = Mapping[str, Any]

FIRST_CORPUS = "ravdess"
COLD, ALL_CLIPS = "cold", "all_clips"
AXES = {"sex": "sex", "age_band": "age", "language": "language"}


def corpus_title(name: str) -> str:
    """Give a corpus's name as people know it."""
    return CORPORA[name].title if name in CORPORA else name


def corpora_of(runs: Sequence[tuple[Record, Scores]]) -> Iterator[tuple[Record, Scores, str, Scores]]:
    """Give every run's scores on every corpus: RAVDESS first, then by name, the best UA first."""
    found = [(record, run, corpus, scores) for record, run in runs for corpus, scores in run["corpora"].items()]
    yield from sorted(found, key=lambda row: (row[2] != FIRST_CORPUS, row[2], -row[3]["ua"], row[0].name))


def leak(run: Scores, kind: str, corpus: str) -> float | None:
    """Give the UA that a leak of this kind gives, None where it was not measured."""
    found: float | None = run.get("leaks", {}).get(kind, {}).get(corpus, {}).get("ua")
    return found


def adapted_ua(run: Scores, corpus: str) -> float | None:
    """Give the UA of speakers who are known by all of their clips, None where it was not measured."""
    found: float | None = run.get("adapted_to_speaker", {}).get(corpus, {}).get(ALL_CLIPS, {}).get("ua")
    return found


def details(runs: Sequence[tuple[Record, Scores]]) -> Iterator[str]:
    """Give each further table that has rows, under its heading."""
    tables: tuple[tuple[str, tuple[str, ...], Iterable[Sequence[str]]], ...] = (
        (
            "What a leak is worth",
            ("Recipe", "Corpus", "UA on new speakers", "UA, random split (leaks)", "UA, files doubled (leaks)"),
            _leaks(runs),
        ),
        (
            "Adapted to the speaker: UA",
            ("Recipe", "Corpus", *(_way_title(way) for way in _ways(runs))),
            _adapted(runs),
        ),
        (
            "Agreement with those who listened",
            ("Recipe", "Corpus", "Clips", "WA by what was acted", "WA by what most listeners heard"),
            _heard(runs),
        ),
        ("Robustness: UA under disturbance", ("Condition", *_disturbed_runs(runs)), _robustness(runs)),
        (
            "Three-second windows against whole clips",
            ("Recipe", "Corpus", "UA, whole clip", "UA, first window alone", "UA, mean over windows"),
            _windows(runs),
        ),
        (
            'When the answer is "uncertain"',
            ("Recipe", "Below", "Answered", "Right of these", "Right of all"),
            _uncertain(runs),
        ),
        ("Gaps between people: UA [95 %] (speakers)", ("Recipe", "Corpus", "By", "Groups", "Largest gap"), _gaps(runs)),
    )
    for heading, header, rows in tables:
        listed = list(rows)
        if listed:
            yield f"### {heading}\n\n{markdown_table(header, listed)}"


def _leaks(runs: Sequence[tuple[Record, Scores]]) -> Iterator[tuple[str, ...]]:
    for record, run, corpus, scores in corpora_of(runs):
        found = [leak(run, kind, corpus) for kind in ("random_split", "doubled_files")]
        if any(score is not None for score in found):
            yield (record.name, corpus_title(corpus), three(scores["ua"]), *map(three, found))


def _way_title(way: str) -> str:
    """Put a way of knowing a voice in words: "4_earlier" is four earlier clips."""
    return {COLD: "Unknown voice", ALL_CLIPS: "All clips of the voice, balanced"}.get(way, way.replace("_", " "))


def _ways(runs: Sequence[tuple[Record, Scores]]) -> list[str]:
    """Give every way of knowing a voice that a run was scored with: unknown, by fewest clips first, by all clips."""
    found = {way for _, adapted in _with(runs, "adapted_to_speaker") for scores in adapted.values() for way in scores}
    return [COLD, *sorted(found - {COLD, ALL_CLIPS}, key=_by_clips), ALL_CLIPS]


def _by_clips(way: str) -> tuple[int, str]:
    """Order "4_earlier" before "16_earlier"."""
    count = way.split("_", maxsplit=1)[0]
    return (int(count) if count.isdecimal() else 0, way)


def _adapted(runs: Sequence[tuple[Record, Scores]]) -> Iterator[tuple[str, ...]]:
    for record, run, corpus, _ in corpora_of(runs):
        found = run.get("adapted_to_speaker", {}).get(corpus)
        if found:
            scores = (three(found.get(way, {}).get("ua")) for way in _ways(runs))
            yield (record.name, corpus_title(corpus), *scores)


def _heard(runs: Sequence[tuple[Record, Scores]]) -> Iterator[tuple[str, ...]]:
    for record, _, corpus, scores in corpora_of(runs):
        found = scores.get("agreement_with_listeners")
        if found:
            yield (
                record.name,
                corpus_title(corpus),
                f"{found['clips']:,}",
                three(scores.get("wa")),
                three(found["wa"]),
            )


def _disturbed_runs(runs: Sequence[tuple[Record, Scores]]) -> list[str]:
    return [f"{record.name}, {corpus_title(found['corpus'])}" for record, found in _with(runs, "robustness")]


def _robustness(runs: Sequence[tuple[Record, Scores]]) -> Iterator[tuple[str, ...]]:
    found = [scores for _, scores in _with(runs, "robustness")]
    if not found:
        return
    yield ("undisturbed", *(three(scores["clean"]) for scores in found))
    for name, condition in CONDITIONS.items():
        if any(name in scores["conditions"] for scores in found):
            yield (condition.title, *(three(scores["conditions"].get(name)) for scores in found))


def _windows(runs: Sequence[tuple[Record, Scores]]) -> Iterator[tuple[str, ...]]:
    for record, found in _with(runs, "windows_3_s"):
        scores = (three(found.get(name)) for name in ("whole_clip", "one_window", "mean_of_windows"))
        yield (record.name, corpus_title(found["corpus"]), *scores)


def _uncertain(runs: Sequence[tuple[Record, Scores]]) -> Iterator[tuple[str, ...]]:
    for record, found in _with(runs, "uncertain"):
        parts = ("threshold", "answered", "accuracy_of_answered", "accuracy_of_all")
        yield (record.name, *(three(found.get(part)) for part in parts))


def _with(runs: Sequence[tuple[Record, Scores]], part: str) -> Iterator[tuple[Record, Scores]]:
    """Give the runs that have a part, with that part."""
    for record, run in runs:
        if run.get(part):
            yield record, run[part]


def _gaps(runs: Sequence[tuple[Record, Scores]]) -> Iterator[tuple[str, ...]]:
    for record, _, corpus, scores in corpora_of(runs):
        yield from _gap_rows(record.name, corpus_title(corpus), scores.get("gaps", {}))
    for record, found in _with(runs, "gaps"):
        yield from _gap_rows(record.name, "all", found)


def _gap_rows(run: str, corpus: str, gaps: Scores) -> Iterator[tuple[str, ...]]:
    """Give a row for each way to part people into two groups or more."""
    for axis, title in AXES.items():
        groups = {name: scores for name, scores in gaps.get(axis, {}).items() if name != LARGEST_GAP}
        if len(groups) > 1:
            told = "; ".join(
                f"{name} {with_interval(found, 'ua')} ({found['speakers']})" for name, found in groups.items()
            )
            yield (run, corpus, title, told, three(gaps[axis][LARGEST_GAP]))
