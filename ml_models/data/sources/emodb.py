"""EmoDB, the Berlin database: ten actors, ten sentences, seven emotions.

File names after its documentation, as in `03a01Fa.wav`: speaker (03, 08 to 16), sentence (a01 to b10), emotion by the
initial of its German name, version.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ml_models.data.corpora import Clip
from ml_models.data.sources.corpus import Corpus
from ml_models.data.sources.files import read_names, sound_files

if TYPE_CHECKING:
    from pathlib import Path

    from ml_models.data.sources.corpus import Reading

NAME = "emodb"
# Wut, Langeweile, Ekel, Angst, Freude, Trauer, neutral.
EMOTIONS = {
    "W": "angry",
    "L": "boredom",
    "E": "disgust",
    "A": "fearful",
    "F": "happy",
    "T": "sad",
    "N": "neutral",
}
PEOPLE = {
    "03": ("M", 31),
    "08": ("F", 34),
    "09": ("F", 21),
    "10": ("M", 32),
    "11": ("M", 26),
    "12": ("M", 30),
    "13": ("F", 32),
    "14": ("F", 35),
    "15": ("M", 25),
    "16": ("F", 31),
}
_STEM = re.compile(rf"({'|'.join(PEOPLE)})([ab]\d\d)([{''.join(EMOTIONS)}])[a-z]")


def read_emodb(folder: Path) -> Reading:
    """Read the unpacked archive, or its folder `wav` alone."""
    return read_names(sound_files(folder), _parse)


def _parse(path: Path) -> Clip | None:
    match = _STEM.fullmatch(path.stem)
    if match is None:
        return None
    speaker, sentence, emotion = match.groups()
    sex, age = PEOPLE[speaker]
    return Clip(
        path=path,
        corpus=NAME,
        speaker=f"{NAME}:{speaker}",
        sex=sex,
        language="de",
        emotion=EMOTIONS[emotion],
        sentence=sentence,
        age=age,
    )


EMODB = Corpus(
    name=NAME,
    title="EmoDB",
    languages=("de",),
    emotions=tuple(EMOTIONS.values()),
    licence="freely offered by its authors",
    source="http://emodb.bilderbar.info",
    layout="wav/*.wav of the archive",
    grammar="speaker, sentence, emotion, version, as in 03a01Fa",
    reader=read_emodb,
    clips=535,
    speakers=10,
)
