"""The features of every clip and of its augmented copies, computed once and mapped from disk.

A copy is made of one speaker's sound only, so a split of the speakers splits the copies too.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import joblib
import numpy as np
import torch
from tqdm import tqdm

from emotion_clf.audio import decode_path
from ml_models.data.augment import random_chain
from ml_models.encoder.network import FrontEnd

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from ml_models.data.corpora import Clip

FULL_SCALE = 32_767
BABBLE_VOICES = 3
SLOWEST, FASTEST = 0.86, 1.16
CHUNK_CLIPS = 64


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
class FeatureStore:
    """Features by copy: number 0 is the clean clip, the others are augmented.

    Attributes:
        copies: each a ragged array of (frames, FEATURE_ROWS) float16.
    """

    copies: tuple[RaggedArray, ...]

    def features(self, clip: int, copy: int = 0) -> npt.NDArray[np.float16]:
        """Give the (frames, FEATURE_ROWS) features of one copy of one clip."""
        return np.asarray(self.copies[copy][clip], dtype=np.float16)


def prepare_features(clips: Sequence[Clip], folder: Path, *, copies: int, seed: int, workers: int = 1) -> FeatureStore:
    """Decode every clip, make its augmented copies and compute their features; what is on disk already is reused.

    Args:
        clips: the recordings.
        folder: working folder, created where needed.
        copies: how many augmented copies to make beside the clean one.
        seed: of the augmentation.
        workers: processes.

    Raises:
        EmotionError: a clip cannot be decoded.
    """
    folder = folder / _fingerprint(clips, seed)
    folder.mkdir(parents=True, exist_ok=True)
    waveforms = _cached(folder / "waveforms", lambda: _decode_all(clips, workers))
    by_speaker: dict[str, list[int]] = {}
    for index, clip in enumerate(clips):
        by_speaker.setdefault(clip.speaker, []).append(index)
    voices = [by_speaker[clip.speaker] for clip in clips]

    def compute(copy: int) -> list[npt.NDArray[np.float16]]:
        chunks = [range(start, min(start + CHUNK_CLIPS, len(clips))) for start in range(0, len(clips), CHUNK_CLIPS)]
        tasks = (joblib.delayed(_copy_features)(waveforms, chunk, voices, copy, seed) for chunk in chunks)
        done = joblib.Parallel(n_jobs=workers, return_as="generator")(tasks)
        return [item for chunk in tqdm(done, f"features, copy {copy}", total=len(chunks)) for item in chunk]

    return FeatureStore(
        tuple(_cached(folder / f"features_{copy}", partial(compute, copy)) for copy in range(copies + 1))
    )


def _fingerprint(clips: Sequence[Clip], seed: int) -> str:
    listed = json.dumps([[str(clip.path), clip.speaker] for clip in clips] + [seed])
    return hashlib.sha256(listed.encode()).hexdigest()[:16]


def _cached(stem: Path, compute: Callable[[], Sequence[npt.NDArray[np.generic]]]) -> RaggedArray:
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
    samples = decode_path(path).waveform.samples
    return np.round(np.clip(samples, -1.0, 1.0) * FULL_SCALE).astype(np.int16)


def _copy_features(
    waveforms: RaggedArray, chunk: range, voices: Sequence[Sequence[int]], copy: int, seed: int
) -> list[npt.NDArray[np.float16]]:
    torch.set_num_threads(1)
    front_end = FrontEnd()
    made = []
    for index in chunk:
        samples = _float(waveforms, index)
        if copy:
            rng = np.random.default_rng((seed, copy, index))
            others = [_float(waveforms, other) for other in rng.choice(voices[index], size=BABBLE_VOICES)]
            speed = 1.0 if copy == 1 else float(rng.uniform(SLOWEST, FASTEST))
            samples = random_chain(samples, others, rng, speed=speed)
        with torch.inference_mode():
            features = front_end(torch.from_numpy(samples[None]))[0].T.numpy()
        made.append(features.astype(np.float16))
    return made


def _float(waveforms: RaggedArray, index: int) -> npt.NDArray[np.float32]:
    return np.asarray(waveforms[index], dtype=np.float32) / np.float32(FULL_SCALE)
