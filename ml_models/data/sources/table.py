"""Tables of clips: any CSV with a path, an emotion and a speaker in each row, read and written.

`corpus check --out` writes what this reads, and so is the `manifest.csv` of a data folder such a table.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from ml_models.data.corpora import Clip
from ml_models.data.sources.corpus import UNKNOWN_LANGUAGE, Corpus, Reading
from ml_models.data.sources.files import require_pulled
from ml_models.data.sources.words import age_named, emotion_named, sex_named
from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

NAME = "table"
TABLES = ("manifest.csv", "metadata.csv")
COLUMNS = (
    "filepath",
    "emotion",
    "speaker_id",
    "sentence_id",
    "corpus",
    "language",
    "sex",
    "age",
    "intensity",
    "heard",
)
REQUIRED = COLUMNS[:3]
OTHER_NAMES = {
    "filepath": ("path", "file", "filename"),
    "emotion": ("label",),
    "speaker_id": ("speaker",),
    "sentence_id": ("sentence",),
    "sex": ("gender",),
}
TIE = ":"


def read_table(place: Path, *, corpora: Sequence[str] | None = None) -> tuple[Clip, ...]:
    """Read a table of clips; paths in it are relative to its folder.

    Args:
        place: the CSV, or a folder with `manifest.csv` or `metadata.csv`.
        corpora: which corpora to keep; all of them without it.

    Raises:
        TrainingDataError: no table, a missing column or value, an unknown emotion, a corpus without clips, no sound.
    """
    table = _find(place)
    try:
        with table.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            columns = _columns(table, rows.fieldnames or ())
            clips = tuple(_clip(table, number, _values(row, columns)) for number, row in enumerate(rows, start=2))
    except (UnicodeDecodeError, csv.Error) as error:
        raise TrainingDataError(f"{table} is no CSV in UTF-8: {error}.") from error
    found = {clip.corpus for clip in clips}
    empty = [corpus for corpus in corpora or () if corpus not in found]
    if empty or not clips:
        raise TrainingDataError(f"{table} lists no clips of {', '.join(empty) or 'any corpus'}.")
    kept = tuple(clip for clip in clips if corpora is None or clip.corpus in corpora)
    if not any(clip.path.is_file() for clip in kept):
        raise TrainingDataError(f"{table} lists {kept[0].path} and other files; none of them exists.")
    require_pulled((clip.path for clip in kept), table.parent)
    return kept


def read_tables(places: Sequence[Path], *, corpora: Sequence[str]) -> tuple[Clip, ...]:
    """Read several tables of clips as one.

    Args:
        places: as `read_table`.
        corpora: which corpora to keep; each has to be in one of the tables.

    Raises:
        TrainingDataError: as `read_table`.
    """
    if len(places) == 1:
        return read_table(places[0], corpora=corpora)
    clips = [clip for place in places for clip in read_table(place) if clip.corpus in corpora]
    missing = [corpus for corpus in corpora if corpus not in {clip.corpus for clip in clips}]
    if missing:
        raise TrainingDataError(f"None of the tables lists clips of {', '.join(missing)}.")
    return tuple(clips)


def write_table(table: Path, clips: Iterable[Clip]) -> None:
    """Write a table of clips; paths below its folder are written relative to it, others in full."""
    table.parent.mkdir(parents=True, exist_ok=True)
    home = table.resolve().parent
    with table.open("w", encoding="utf-8", newline="") as lines:
        rows = csv.writer(lines, lineterminator="\n")
        rows.writerow(COLUMNS)
        for clip in clips:
            path = clip.path.resolve()
            rows.writerow(
                (
                    (path.relative_to(home) if path.is_relative_to(home) else path).as_posix(),
                    clip.emotion,
                    clip.speaker,
                    clip.sentence,
                    clip.corpus,
                    clip.language,
                    clip.sex,
                    "" if clip.age is None else clip.age,
                    clip.intensity,
                    TIE.join(clip.heard),
                )
            )


def _find(place: Path) -> Path:
    if place.is_file():
        return place
    if not place.is_dir():
        raise TrainingDataError(f"There is no data folder or table {place}.")
    for name in TABLES:
        if (place / name).is_file():
            return place / name
    raise TrainingDataError(f"{place} has no {' or '.join(TABLES)} with the columns {', '.join(REQUIRED)}.")


def _columns(table: Path, header: Sequence[str]) -> dict[str, str]:
    """Which of our columns is which of theirs."""
    columns = {ours: theirs for ours in COLUMNS for theirs in (ours, *OTHER_NAMES.get(ours, ())) if theirs in header}
    missing = [column for column in REQUIRED if column not in columns]
    if missing:
        raise TrainingDataError(f"{table} lacks the column(s) {', '.join(missing)}.")
    return columns


def _values(row: Mapping[str, str | None], columns: Mapping[str, str]) -> dict[str, str]:
    return {column: (row.get(columns.get(column, "")) or "").strip() for column in COLUMNS}


def _clip(table: Path, line: int, values: Mapping[str, str]) -> Clip:
    lacking = [column for column in REQUIRED if not values[column]]
    if lacking:
        raise TrainingDataError(f"{table}, line {line}: no {' and no '.join(lacking)}.")
    corpus = values["corpus"] or table.resolve().parent.name
    speaker = values["speaker_id"]
    return Clip(
        path=table.parent / values["filepath"],
        corpus=corpus,
        speaker=speaker if speaker.startswith(f"{corpus}:") else f"{corpus}:{speaker}",
        sex=sex_named(values["sex"]),
        language=values["language"] or UNKNOWN_LANGUAGE,
        emotion=_emotion(table, line, values["emotion"]),
        sentence=values["sentence_id"],
        intensity=values["intensity"],
        age=age_named(values["age"]),
        heard=tuple(_emotion(table, line, name) for name in values["heard"].split(TIE) if name),
    )


def _emotion(table: Path, line: int, name: str) -> str:
    emotion = emotion_named(name)
    if emotion is None:
        raise TrainingDataError(f"{table}, line {line}: unknown emotion {name!r}.")
    return emotion


TABLE = Corpus(
    name=NAME,
    title="a CSV table",
    languages=(),
    emotions=(),
    licence="its owner's",
    source="your own recordings",
    layout=f"a CSV, or a folder with {' or '.join(TABLES)}, with the columns {', '.join(REQUIRED)}",
    grammar="none; the table says it",
    reader=lambda place: Reading(read_table(place)),
)
