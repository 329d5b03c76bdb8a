"""CREMA-D: 91 actors, twelve sentences, six emotions, and what 2,443 listeners heard.

File names after the corpus's README, as in `1001_IEO_ANG_HI.wav`: actor, sentence, emotion, intensity. Four recordings
are left out, as TensorFlow Datasets does: they hold no usable speech.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ml_models.data.corpora import Clip
from ml_models.data.sources.corpus import Corpus, LeftOut, Reading, Reason
from ml_models.data.sources.files import beside, read_names, rows_of, sound_files
from ml_models.data.sources.words import age_named, sex_named

if TYPE_CHECKING:
    from pathlib import Path

NAME = "cremad"
SENTENCES = {
    "IEO": "It's eleven o'clock.",
    "TIE": "That is exactly what happened.",
    "IOM": "I'm on my way to the meeting.",
    "IWW": "I wonder what this is about.",
    "TAI": "The airplane is almost full.",
    "MTI": "Maybe tomorrow it will be cold.",
    "IWL": "I would like a new alarm clock.",
    "ITH": "I think I have a doctor's appointment.",
    "DFA": "Don't forget a jacket.",
    "ITS": "I think I've seen this before.",
    "TSI": "The surface is slick.",
    "WSI": "We'll stop in a couple of minutes.",
}
EMOTIONS = {"ANG": "angry", "DIS": "disgust", "FEA": "fearful", "HAP": "happy", "NEU": "neutral", "SAD": "sad"}
INTENSITIES = {"LO": "low", "MD": "medium", "HI": "high", "XX": ""}
KNOWN_BAD = frozenset({"1006_TIE_NEU_XX", "1013_WSI_DIS_XX", "1017_IWW_FEA_XX", "1040_ITH_SAD_XX"})
DEMOGRAPHICS = "VideoDemographics.csv"
VOTES = "processedResults/summaryTable.csv"

_STEM = re.compile(rf"(\d{{4}})_({'|'.join(SENTENCES)})_({'|'.join(EMOTIONS)})_({'|'.join(INTENSITIES)})")
_VOTED = {emotion[0]: name for emotion, name in EMOTIONS.items()}


def read_cremad(folder: Path) -> Reading:
    """Read a clone, or the folder AudioWAV alone."""
    people, heard = _people(folder), _votes(folder)
    wav = folder / "AudioWAV"
    files = sound_files(wav if wav.is_dir() else folder)

    def parse(path: Path) -> Clip | None:
        match = _STEM.fullmatch(path.stem)
        if match is None:
            return None
        actor, sentence, emotion, intensity = match.groups()
        sex, age = people.get(actor, ("", None))
        return Clip(
            path=path,
            corpus=NAME,
            speaker=f"{NAME}:{actor}",
            sex=sex,
            language="en",
            emotion=EMOTIONS[emotion],
            sentence=sentence,
            intensity=INTENSITIES[intensity],
            age=age,
            heard=heard.get(path.stem, ()),
        )

    bad = tuple(LeftOut(path, Reason.KNOWN_BAD) for path in files if path.stem in KNOWN_BAD)
    reading = read_names((path for path in files if path.stem not in KNOWN_BAD), parse)
    return Reading(reading.clips, bad + reading.left_out)


def _people(folder: Path) -> dict[str, tuple[str, int | None]]:
    """Sex and age by actor; nobody where the table is not at hand."""
    table = beside(folder, DEMOGRAPHICS)
    rows = rows_of(table, ("ActorID", "Age", "Sex")) if table else ()
    return {row["ActorID"]: (sex_named(row["Sex"]), age_named(row["Age"])) for row in rows}


def _votes(folder: Path) -> dict[str, tuple[str, ...]]:
    """The emotions most listeners to the sound alone heard, by file name; a tie gives several."""
    table = beside(folder, VOTES)
    rows = rows_of(table, ("FileName", "VoiceVote")) if table else ()
    return {
        row["FileName"]: tuple(_VOTED[letter] for letter in row["VoiceVote"].split(":") if letter in _VOTED)
        for row in rows
    }


CREMAD = Corpus(
    name=NAME,
    title="CREMA-D",
    languages=("en",),
    emotions=tuple(EMOTIONS.values()),
    licence="ODbL 1.0",
    source="https://github.com/CheyneyComputerScience/CREMA-D",
    layout=f"AudioWAV/*.wav of a clone with Git LFS; {DEMOGRAPHICS} and {VOTES} beside it add sex, age and votes",
    grammar="actor_sentence_emotion_intensity, as in 1001_IEO_ANG_HI",
    reader=read_cremad,
    clips=7_442,
    speakers=91,
    unusable=len(KNOWN_BAD),
)
