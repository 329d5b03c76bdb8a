"""Stand-in copies of corpora: the true file names over tiny sound."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import soundfile

from tests.unit.ml_models.voices import SAMPLE_RATE_HZ, speak

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)

# Two speakers and two emotions of each corpus, as its users have them on disk, and something that is not of it.
COPIES = {
    "cremad": (
        "AudioWAV/1001_DFA_ANG_XX.wav",
        "AudioWAV/1001_IEO_HAP_LO.wav",
        "AudioWAV/1002_IEO_SAD_HI.wav",
        "AudioWAV/notes.wav",
    ),
    "ravdess": (
        "Actor_01/03-01-06-01-02-01-01.wav",
        "Actor_12/03-01-02-02-01-02-12.wav",
        "Actor_12/03-02-02-02-01-02-12.wav",
    ),
    "emodb": ("wav/03a01Fa.wav", "wav/16b10Wb.wav", "wav/17a01Fa.wav"),
    "nemo": ("samples/SK0_anger_12.wav", "samples/EB0_surprised_90.wav", "samples/EB0_boredom_90.wav"),
    "ased": ("05Angry/a5-03-01-02-50.wav", "01Neutral/n1-07-02-01-05.wav", "01Neutral/b1-07-02-01-05.wav"),
    "tess": (
        "YAF_fear/YAF_voice_fear.wav",
        "OAF_Pleasant_surprise/OAF_back_ps.wav",
        "OAF_neutral/OA_bite_neutral.wav",
        "OAF_neutral/OAF_bite.wav",
    ),
    "savee": ("AudioData/DC/d03.wav", "AudioData/KL/su15.wav", "AudioData/XY/su15.wav"),
    "folders": ("anna/1_Happiness/a.wav", "train/fear/ben/b.wav", "loose.wav"),
}


def write_sound(path: Path, *, emotion: str = "neutral", take: int = 0, seconds: float = 1.2) -> None:
    """A voice of its own for each take."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, speak(emotion, 100 + 7 * take, take, seconds), SAMPLE_RATE_HZ)


def write_copy(folder: Path, names: Iterable[str]) -> Path:
    """A copy of a corpus whose recordings all sound differently."""
    for take, name in enumerate(names):
        write_sound(folder / name, take=take)
    return folder


def write_links(folder: Path, names: Iterable[str]) -> Path:
    """A copy of many recordings that are all the same sound, for what does not listen."""
    sound = folder / "sound.bin"
    write_sound(folder / "sound.wav", seconds=0.1)
    (folder / "sound.wav").rename(sound)
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        os.link(sound, path)
    return folder
