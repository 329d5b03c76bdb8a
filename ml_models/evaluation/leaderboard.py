"""The leaderboard: one page that is written from the committed metrics files alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ml_models.evaluation.metrics import CALIBRATION_BINS, RESAMPLES
from ml_models.evaluation.records import read_records, read_yardsticks
from ml_models.evaluation.sections import adapted_ua, corpora_of, corpus_title, details, leak
from ml_models.evaluation.tables import UNKNOWN, markdown_table, three, with_interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from ml_models.evaluation.records import Record, Yardstick

    Scores = Mapping[str, Any]

LINKS = "../ml_models/reports"
ORIGINS = {"published": "published in", "measured": "measured for this project with"}
MEGABYTE = 1_000_000

PREFACE = f"""# Leaderboard

This page is written by `make leaderboard` from the `metrics.json` of every run under `ml_models/reports`; nothing on it
is typed by hand.

## How to read it

Nobody is heard both in training and in testing: every score is of speakers whom no part of the model has met (features,
network, scaler, components, classifier and calibration are fitted on the other speakers), as each run's protocol below
says. UA is the mean recall of the emotions that occur, WA the share of clips that are right, macro-F1 the mean F1. The
brackets hold 95 % intervals from {RESAMPLES:,} bootstrap draws of whole speakers: clips of one voice are alike, so the
number of people counts, not the number of clips. ECE is the mean gap between confidence and accuracy in
{CALIBRATION_BINS} bins. "Adapted UA" is for speakers whose other clips, without their labels, have set the level and
spread of their embeddings; where these clips are balanced over the emotions, as an actor's are, that flatters.

"Random split (leaks)" is no result. It parts clips instead of people, so that the model has heard every tested voice;
it stands here to show what such a leak is worth. Rows of different corpora or label sets cannot be compared.

All speech is acted. Scores on spontaneous speech must be expected to be far lower."""

MAIN_HEADER = (
    "Recipe",
    "Corpus",
    "Clips",
    "Speakers",
    "UA [95 %]",
    "WA [95 %]",
    "Macro-F1 [95 %]",
    "ECE",
    "Adapted UA",
    "Random split (leaks) UA",
    "Size",
    "Time per 3-s clip",
    "Notes",
)


def leaderboard(reports: Path, *, links: str | None = LINKS) -> str:
    """Write the page from the metrics files under a folder.

    Args:
        reports: holds a folder with metrics.json for each run, and the yardsticks.
        links: where the page finds that folder, None for a page that stands alone.

    Returns:
        Markdown.

    Raises:
        TrainingDataError: there are no metrics files, or one is not of the present format.
    """
    records, yardsticks = read_records(reports), read_yardsticks(reports)
    names = list(dict.fromkeys(name for record in records for name in record.metrics["label_sets"]))
    parts = [PREFACE]
    for name in sorted(names, key=lambda name: (name != "six", name)):
        runs = [
            (record, record.metrics["label_sets"][name]) for record in records if name in record.metrics["label_sets"]
        ]
        labels = ", ".join(runs[0][1]["labels"])
        parts.append(f"## {name.capitalize()} emotions: {labels}\n\n{markdown_table(MAIN_HEADER, _main(runs, links))}")
        parts += _yardsticks([found for found in yardsticks if found.label_set == name])
        parts += details(runs)
    if links is not None:
        parts.append(f"## Runs and figures\n\n{_runs(records, links)}")
    return "\n\n".join(parts) + "\n"


def _main(runs: Sequence[tuple[Record, Scores]], links: str | None) -> Iterator[tuple[str, ...]]:
    for record, run, corpus, scores in corpora_of(runs):
        cost = record.metrics.get("cost", {})
        yield (
            record.name if links is None else f"[{record.name}]({links}/{record.name})",
            corpus_title(corpus),
            f"{scores['clips']:,}",
            str(scores["speakers"]),
            *(with_interval(scores, name) for name in ("ua", "wa", "macro_f1")),
            three(scores.get("ece")),
            three(adapted_ua(run, corpus)),
            three(leak(run, "random_split", corpus)),
            _size(cost),
            _time(cost),
            "; ".join(record.metrics.get("notes", ())),
        )


def _size(cost: Scores) -> str:
    size_bytes = cost.get("size_bytes")
    return UNKNOWN if size_bytes is None else f"{size_bytes / MEGABYTE:,.1f} MB"


def _time(cost: Scores) -> str:
    spent_ms = cost.get("embedder_ms_per_3_s_clip")
    if spent_ms is None:
        return UNKNOWN
    threads = f", {cost['threads']} thread(s)" if "threads" in cost else ""
    return f"{spent_ms:,.1f} ms{threads}"


def _yardsticks(found: Sequence[Yardstick]) -> Iterator[str]:
    if not found:
        return
    rows = (
        (
            mark.name,
            corpus_title(mark.corpus),
            three(mark.ua),
            three(mark.wa),
            three(mark.macro_f1),
            f"{mark.protocol}{' (leaks)' if mark.leaks else ''}",
            f"{ORIGINS[mark.kind]} {mark.source}",
        )
        for mark in sorted(found, key=lambda mark: (mark.leaks, -mark.ua))
    )
    header = ("Method", "Corpus", "UA", "WA", "Macro-F1", "Protocol", "Source")
    words = (
        "These are no runs of this repository: others published them, or they were measured for this project outside "
        "of it. They are read from `ml_models/reports/yardsticks.yaml`."
    )
    yield f"### Yardsticks from elsewhere\n\n{words}\n\n{markdown_table(header, rows)}"


def _runs(records: Sequence[Record], links: str) -> str:
    return "\n\n".join(_run(record, f"{links}/{record.name}") for record in records)


def _run(record: Record, folder: str) -> str:
    data = "; ".join(
        f"{found['corpus']} ({found['language']}, {found['speakers']} speakers, {found['clips']:,} clips)"
        for found in record.metrics["data"]
    )
    lines = [f"- Protocol: {record.metrics['protocol']}", f"- Data: {data}"]
    files = (("Figures", record.figures), ("Classification reports", record.texts))
    for heading, names in files:
        if names:
            linked = ", ".join(f"[{name.rsplit('.', 1)[0].replace('_', ' ')}]({folder}/{name})" for name in names)
            lines.append(f"- {heading}: {linked}")
    return f"### {record.name}\n\n" + "\n".join(lines)
