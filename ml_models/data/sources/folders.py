"""Any recordings in a folder per emotion, with a folder per speaker above or below it.

As in `angry/anna/1.wav` or `anna/angry/1.wav`. Who speaks has to be said: without it, no result on unheard speakers
can be had. Folders that only name a part of a data set ("train") are no speakers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_models.data.corpora import Clip
from ml_models.data.sources.corpus import UNKNOWN_LANGUAGE, Corpus, LeftOut, Reading, Reason
from ml_models.data.sources.files import sound_files
from ml_models.data.sources.words import emotion_named
from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from pathlib import Path

NAME = "folders"
PARTS = frozenset({"train", "training", "val", "valid", "validation", "dev", "test", "testing", "audio", "wav", "data"})


def read_folders(folder: Path) -> Reading:
    """Read a folder per emotion; the corpus and its speakers are named after the folder.

    Raises:
        TrainingDataError: no such folder, no sound files, no emotion or no speaker among the folders' names.
    """
    clips, left_out = [], []
    for path in sound_files(folder):
        clip = _clip(path, folder)
        if isinstance(clip, Clip):
            clips.append(clip)
        else:
            left_out.append(LeftOut(path, clip))
    if not clips and any(item.reason is Reason.NO_SPEAKER for item in left_out):
        raise TrainingDataError(
            f"The folders in {folder} name emotions but nobody who speaks. Put a folder per speaker above or below "
            "each emotion, or write a CSV with the columns filepath, emotion, speaker_id and read it as 'table'."
        )
    return Reading(tuple(clips), tuple(left_out))


def _clip(path: Path, folder: Path) -> Clip | Reason:
    names = [name for name in path.relative_to(folder).parts[:-1] if name.lower() not in PARTS]
    emotions = [(emotion, name) for name in names if (emotion := emotion_named(name))]
    if not emotions:
        return Reason.NO_EMOTION
    emotion, named = emotions[-1]
    names.remove(named)
    if not names:
        return Reason.NO_SPEAKER
    corpus = folder.resolve().name
    return Clip(
        path=path,
        corpus=corpus,
        speaker=f"{corpus}:{'/'.join(names)}",
        sex="",
        language=UNKNOWN_LANGUAGE,
        emotion=emotion,
    )


FOLDERS = Corpus(
    name=NAME,
    title="a folder per emotion",
    languages=(),
    emotions=(),
    licence="its owner's",
    source="your own recordings",
    layout="emotion/speaker/*.wav or speaker/emotion/*.wav",
    grammar="none; folders say it",
    reader=read_folders,
)
