"""SAVEE: four men of the University of Surrey, seven emotions.

File names after the archive's Info.txt, as in `DC/d03.wav`: the folder is the speaker, the letters are the emotion, the
digits the sentence within it. The copy on Kaggle writes `DC_d03.wav` in one folder.
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

NAME = "savee"
EMOTIONS = {
    "a": "angry",
    "d": "disgust",
    "f": "fearful",
    "h": "happy",
    "n": "neutral",
    "sa": "sad",
    "su": "surprised",
}
SPEAKERS = ("DC", "JE", "JK", "KL")
_CODE = re.compile(rf"({'|'.join(SPEAKERS)})[_/]({'|'.join(EMOTIONS)})(\d\d)")


def read_savee(folder: Path) -> Reading:
    """Read the unpacked archive, by speaker's folder or all in one."""
    return read_names(sound_files(folder), _parse)


def _parse(path: Path) -> Clip | None:
    match = _CODE.fullmatch(path.stem) or _CODE.fullmatch(f"{path.parent.name}/{path.stem}")
    if match is None:
        return None
    speaker, emotion, sentence = match.groups()
    return Clip(
        path=path,
        corpus=NAME,
        speaker=f"{NAME}:{speaker}",
        sex="M",
        language="en",
        emotion=EMOTIONS[emotion],
        sentence=f"{emotion}{sentence}",
    )


SAVEE = Corpus(
    name=NAME,
    title="SAVEE",
    languages=("en",),
    emotions=tuple(EMOTIONS.values()),
    licence="free for research, on registration",
    source="http://kahlan.eps.surrey.ac.uk/savee",
    layout="AudioData/DC/*.wav to AudioData/KL/*.wav, or DC_*.wav to KL_*.wav in one folder",
    grammar="speaker/emotion and sentence, as in DC/d03 or DC_d03",
    reader=read_savee,
    clips=480,
    speakers=4,
)
