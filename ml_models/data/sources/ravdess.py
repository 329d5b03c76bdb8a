"""RAVDESS, speech: 24 actors, two sentences, eight emotions.

File names after its page on Zenodo, as in `03-01-06-01-02-01-12.wav`: modality (03 audio), channel (01 speech, 02
song), emotion, intensity, sentence, repetition, actor (odd male, even female). The copy that circulates on Kaggle holds
every file twice, in `Actor_*` and again in a folder of its own: the second one is left out.
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

NAME = "ravdess"
EMOTIONS = {
    "01": "neutral",
    "02": "calm",
    "03": "happy",
    "04": "sad",
    "05": "angry",
    "06": "fearful",
    "07": "disgust",
    "08": "surprised",
}
INTENSITIES = {"01": "normal", "02": "strong"}
SENTENCES = {"01": "Kids are talking by the door.", "02": "Dogs are sitting by the door."}
_STEM = re.compile(r"03-01-(0[1-8])-(0[12])-(0[12])-(0[12])-(\d\d)")


def read_ravdess(folder: Path) -> Reading:
    """Read the unpacked archive, once or doubled; song and video are left out."""
    return read_names(sound_files(folder), _parse)


def _parse(path: Path) -> Clip | None:
    match = _STEM.fullmatch(path.stem)
    if match is None:
        return None
    emotion, intensity, sentence, _, actor = match.groups()
    return Clip(
        path=path,
        corpus=NAME,
        speaker=f"{NAME}:Actor_{actor}",
        sex="M" if int(actor) % 2 else "F",
        language="en",
        emotion=EMOTIONS[emotion],
        sentence=sentence,
        intensity=INTENSITIES[intensity],
    )


RAVDESS = Corpus(
    name=NAME,
    title="RAVDESS (speech)",
    languages=("en",),
    emotions=tuple(EMOTIONS.values()),
    licence="CC BY-NC-SA 4.0",
    source="https://zenodo.org/record/1188976",
    layout="Actor_01/*.wav to Actor_24/*.wav of Audio_Speech_Actors_01-24.zip, at any depth",
    grammar="modality-channel-emotion-intensity-sentence-repetition-actor, as in 03-01-06-01-02-01-12",
    reader=read_ravdess,
    clips=1_440,
    speakers=24,
)
