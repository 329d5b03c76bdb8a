"""ASED: 65 Amharic speakers, five emotions.

File names after its README, as in `a5-03-01-02-50.wav`: emotion with the number of its folder, sentence, repetition,
sex (01 female), speaker. Sentences are numbered within their emotion. A few names give a speaker the other sex; most
of the speaker's names decide.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from ml_models.data.corpora import Clip
from ml_models.data.sources.corpus import Corpus, Reading
from ml_models.data.sources.files import read_names, sound_files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NAME = "ased"
EMOTIONS = {"n1": "neutral", "f2": "fearful", "h3": "happy", "s4": "sad", "a5": "angry"}
SEXES = {"01": "F", "02": "M"}
_STEM = re.compile(rf"({'|'.join(EMOTIONS)})-(\d\d)-\d\d-({'|'.join(SEXES)})-(\d\d)")


def read_ased(folder: Path) -> Reading:
    """Read a clone."""
    reading = read_names(sound_files(folder), _parse)
    return Reading(_with_one_sex_each(reading.clips), reading.left_out)


def _parse(path: Path) -> Clip | None:
    match = _STEM.fullmatch(path.stem)
    if match is None:
        return None
    emotion, sentence, sex, speaker = match.groups()
    return Clip(
        path=path,
        corpus=NAME,
        speaker=f"{NAME}:{speaker}",
        sex=SEXES[sex],
        language="am",
        emotion=EMOTIONS[emotion],
        sentence=f"{emotion}-{sentence}",
    )


def _with_one_sex_each(clips: Sequence[Clip]) -> tuple[Clip, ...]:
    named: dict[str, Counter[str]] = {}
    for clip in clips:
        named.setdefault(clip.speaker, Counter())[clip.sex] += 1
    return tuple(replace(clip, sex=named[clip.speaker].most_common(1)[0][0]) for clip in clips)


ASED = Corpus(
    name=NAME,
    title="ASED",
    languages=("am",),
    emotions=tuple(EMOTIONS.values()),
    licence="citation asked by its authors",
    source="https://github.com/Ethio2021/ASED_V1",
    layout="the folders 01Neutral to 05Angry of a clone",
    grammar="emotion-sentence-repetition-sex-speaker, as in a5-03-01-02-50",
    reader=read_ased,
    clips=2_474,
    speakers=65,
)
