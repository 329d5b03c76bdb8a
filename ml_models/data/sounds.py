"""The decoded sound of every clip, kept on disk once and mapped from there."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import joblib
import numpy as np
from tqdm import tqdm

from emotion_clf.audio import decode_path, hear
from emotion_clf.errors import EmotionError
from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from ml_models.data.corpora import Clip

    Samples = npt.NDArray[np.float32]

FULL_SCALE = 32_767
# Sounds that were kept before a model heard the speech alone are not taken for those of today.
HEARD = "speech alone"


@dataclass(frozen=True)
class RaggedArray:
    """Arrays of different lengths in one file.

    Attributes:
        values: all rows, one clip after the other.
        offsets: (clips + 1,) where each clip starts.
    """

    values: npt.NDArray[np.generic]
    offsets: npt.NDArray[np.int64]

    def __getitem__(self, index: int) -> npt.NDArray[np.generic]:
        return self.values[self.offsets[index] : self.offsets[index + 1]]

    def __len__(self) -> int:
        return len(self.offsets) - 1


@dataclass(frozen=True)
class Sounds:
    """Waveforms by the position of their clip.

    Attributes:
        folder: where they lie, and their identity; what is computed from them may lie beside them.
        waveforms: int16 samples at 16 kHz.
    """

    folder: Path
    waveforms: RaggedArray = field(compare=False)

    def __getitem__(self, index: int) -> Samples:
        """Give the float32 waveform (samples,) of one clip, 16 kHz mono, in [-1, 1]."""
        return np.asarray(self.waveforms[index], dtype=np.float32) / np.float32(FULL_SCALE)

    def __len__(self) -> int:
        return len(self.waveforms)


def decode_sounds(clips: Sequence[Clip], folder: Path, *, seed: int = 0, workers: int = 1) -> Sounds:
    """Decode every clip and hear it as the product does; what is on disk already is reused.

    Args:
        clips: the recordings.
        folder: working folder; each list of clips gets a folder of its own in it.
        seed: tells apart folders of derived files that depend on it.
        workers: decoders at a time.

    Raises:
        TrainingDataError: a clip cannot be decoded, or holds values that are not numbers; it is named.
    """
    folder = folder / fingerprint(clips, seed)
    folder.mkdir(parents=True, exist_ok=True)
    return Sounds(folder, cached(folder / "waveforms", lambda: _decode_all(clips, workers)))


def require_distinct(clips: Sequence[Clip], sounds: Sounds) -> None:
    """Check that no sound is listed under two speakers, which would put it on both sides of a split.

    Raises:
        TrainingDataError: one is; both clips are named.
    """
    first: dict[str, Clip] = {}
    for position, clip in enumerate(clips):
        digest = hashlib.sha256(sounds.waveforms[position].tobytes()).hexdigest()
        other = first.setdefault(digest, clip)
        if other.speaker != clip.speaker:
            raise TrainingDataError(
                f"{other.path.name} and {clip.path.name} are the same sound, by {other.speaker} and by {clip.speaker}. "
                "Correct the table: a speaker must not be in training under another name."
            )


def fingerprint(clips: Sequence[Clip], seed: int) -> str:
    """Name a list of clips by its paths and speakers."""
    listed = json.dumps([[str(clip.path), clip.speaker] for clip in clips] + [seed, HEARD])
    return hashlib.sha256(listed.encode()).hexdigest()[:16]


def cached(stem: Path, compute: Callable[[], Sequence[npt.NDArray[np.generic]]]) -> RaggedArray:
    """Read a ragged array, or compute and write it."""
    values, offsets = stem.with_suffix(".npy"), stem.with_suffix(".offsets.npy")
    if not offsets.is_file():
        arrays = compute()
        np.save(values, np.concatenate(arrays))
        np.save(offsets, np.cumsum([0, *map(len, arrays)], dtype=np.int64))
    return RaggedArray(np.load(values, mmap_mode="r"), np.load(offsets))


def _decode_all(clips: Sequence[Clip], workers: int) -> list[npt.NDArray[np.int16]]:
    tasks = (joblib.delayed(_decode)(clip.path) for clip in clips)
    done = joblib.Parallel(n_jobs=workers, return_as="generator", prefer="threads")(tasks)
    return list(tqdm(done, "decoding", total=len(clips)))


def _decode(path: Path) -> npt.NDArray[np.int16]:
    try:
        samples = hear(decode_path(path).waveform).waveform.samples
    except EmotionError as error:
        raise TrainingDataError(
            f"{path.name} cannot be learnt from. {error} Mend it, or take it out of the table."
        ) from error
    return np.round(np.clip(samples, -1.0, 1.0) * FULL_SCALE).astype(np.int16)
