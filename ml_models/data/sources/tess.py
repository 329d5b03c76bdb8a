"""TESS: two Toronto actresses, "Say the word …" with two hundred words, seven emotions.

File names after its page at the University of Toronto, as in `OAF_back_angry.wav`: actress (OAF older, YAF younger),
word, emotion ("ps" is pleasant surprise). One name in circulation begins with "OA". Unpacked archives often hold every
file twice: the second one is left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ml_models.data.corpora import Clip
from ml_models.data.sources.corpus import Corpus
from ml_models.data.sources.files import read_names, sound_files
from ml_models.data.sources.words import emotion_named

if TYPE_CHECKING:
    from pathlib import Path

    from ml_models.data.sources.corpus import Reading

NAME = "tess"
AGES = {"OAF": 64, "YAF": 26}
_STEM = re.compile(r"(OAF?|YAF)_([a-z'-]+)_(angry|disgust|fear|happy|neutral|ps|sad)", re.IGNORECASE)


def read_tess(folder: Path) -> Reading:
    """Read the unpacked archive, once or doubled."""
    return read_names(sound_files(folder), _parse)


def _parse(path: Path) -> Clip | None:
    match = _STEM.fullmatch(path.stem)
    emotion = emotion_named(match[3]) if match else None
    if match is None or emotion is None:
        return None
    speaker = "YAF" if match[1].upper() == "YAF" else "OAF"
    return Clip(
        path=path,
        corpus=NAME,
        speaker=f"{NAME}:{speaker}",
        sex="F",
        language="en",
        emotion=emotion,
        sentence=match[2].lower(),
        age=AGES[speaker],
    )


TESS = Corpus(
    name=NAME,
    title="TESS",
    languages=("en",),
    emotions=("angry", "disgust", "fearful", "happy", "neutral", "surprised", "sad"),
    licence="CC BY-NC-ND 4.0",
    source="https://doi.org/10.5683/SP2/E8H2MF",
    layout="*.wav of the archive, in folders or not",
    grammar="actress_word_emotion, as in OAF_back_angry",
    reader=read_tess,
    clips=2_800,
    speakers=2,
)
