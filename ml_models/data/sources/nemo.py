"""nEMO: nine Polish actors, ninety sentences, six emotions.

File names after its README, as in `SK0_anger_12.wav`: speaker, emotion, sentence. Its table `data.tsv` adds sex and
age.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from ml_models.data.corpora import Clip
from ml_models.data.sources.corpus import Corpus
from ml_models.data.sources.files import beside, read_names, rows_of, sound_files
from ml_models.data.sources.words import age_named, emotion_named, sex_named

if TYPE_CHECKING:
    from pathlib import Path

    from ml_models.data.sources.corpus import Reading

NAME = "nemo"
EMOTIONS = ("anger", "fear", "happiness", "neutral", "sadness", "surprised")
TABLE = "data.tsv"
_STEM = re.compile(rf"([A-Z]{{2}}\d)_({'|'.join(EMOTIONS)})_(\d+)")


def read_nemo(folder: Path) -> Reading:
    """Read a clone, or its folder `samples` alone."""
    people = _people(folder)

    def parse(path: Path) -> Clip | None:
        match = _STEM.fullmatch(path.stem)
        emotion = emotion_named(match[2]) if match else None
        if match is None or emotion is None:
            return None
        sex, age = people.get(match[1], ("", None))
        return Clip(
            path=path,
            corpus=NAME,
            speaker=f"{NAME}:{match[1]}",
            sex=sex,
            language="pl",
            emotion=emotion,
            sentence=match[3],
            age=age,
        )

    return read_names(sound_files(folder), parse)


def _people(folder: Path) -> dict[str, tuple[str, int | None]]:
    """Sex and age by speaker; nobody where the table is not at hand."""
    table = beside(folder, TABLE)
    if table is None:
        return {}
    rows = rows_of(table, ("speaker_id", "gender", "age"), delimiter="\t", quoting=csv.QUOTE_NONE)
    return {row["speaker_id"]: (sex_named(row["gender"]), age_named(row["age"])) for row in rows}


NEMO = Corpus(
    name=NAME,
    title="nEMO",
    languages=("pl",),
    emotions=("angry", "fearful", "happy", "neutral", "sad", "surprised"),
    licence="CC BY-NC-SA 4.0",
    source="https://github.com/amu-cai/nEMO",
    layout=f"samples/*.wav of a clone; {TABLE} beside it adds sex and age",
    grammar="speaker_emotion_sentence, as in SK0_anger_12",
    reader=read_nemo,
    clips=4_481,
    speakers=9,
)
