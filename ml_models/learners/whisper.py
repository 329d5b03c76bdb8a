"""Whisper's encoder, frozen: what is learnt is which directions of its statistics matter, and the head behind them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
from sklearn.utils.extmath import randomized_svd
from tqdm import tqdm

from ml_models.data.augment import harsh_chain
from ml_models.learners.embedding import EmbeddingClassifier, head_on
from ml_models.whisper.graph import write_int8_graph
from ml_models.whisper.network import WhisperEmbedder, WhisperStatistics
from ml_models.whisper.weights import NOTICE, read_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from ml_models.data.corpora import Clip, LabelSet
    from ml_models.data.sounds import Sounds
    from ml_models.learners.learner import Floats, Samples
    from ml_models.recipe import HeadRecipe, WhisperRecipe

    Statistics = npt.NDArray[np.float16]

NOTICE_FILE = "LICENSE-whisper.txt"
CHUNK_CLIPS = 64
BABBLE_VOICES = 5
# Enough to find the directions in which voices differ; every corpus counts alike.
CLIPS_OF_A_CORPUS = 600
SOUNDS_REMEMBERED = 4_096
SHORTEST_SAMPLES = 4_800
SMALLEST_DEVIATION = 1e-4
POWER_ITERATIONS = 2


class WhisperLearner:
    """Computes the statistics of all clips and of their disturbed copies once; each split learns the rest by itself."""

    def __init__(
        self,
        clips: Sequence[Clip],
        sounds: Sounds,
        recipe: WhisperRecipe,
        head: HeadRecipe,
        *,
        seed: int,
        work: Path,
        workers: int = 1,
    ) -> None:
        """Compute the statistics, or read what an earlier run left.

        Args:
            clips: the data set.
            sounds: its waveforms.
            recipe: weights, layers and length of the embedding.
            head: settings of the head.
            seed: of copies, components and head.
            work: folder of what can be used again.
            workers: processes that compute.

        Raises:
            TrainingDataError: the weights cannot be had, or are of another kind.
        """
        self._clips = clips
        self._recipe = recipe
        self._head = head
        self._seed = seed
        self._work = work
        weights = read_weights(recipe.source)
        self._network = WhisperStatistics(weights, recipe.layers).eval()
        self._graph = work / f"statistics-{_fingerprint(weights, recipe.layers)}.onnx"
        if not self._graph.is_file():
            work.mkdir(parents=True, exist_ok=True)
            write_int8_graph(self._network, self._graph)
        self._copies = [self._statistics(sounds, copy, workers) for copy in range(recipe.augmented_copies + 1)]

    def fit(self, train: Sequence[int], label_set: LabelSet, *, title: str) -> EmbeddingClassifier:
        """See `Learner.fit`."""
        mean, deviation, components = self._components(train)
        project = partial(_projected, mean=mean, deviation=deviation, components=components)
        embeddings = project(self._copies[0])
        copies = [embeddings, *(project(statistics) for statistics in self._copies[1:])]
        clips = [
            replace(clip, speaker=f"{clip.speaker}/{copy}") if copy else clip
            for copy in range(len(copies))
            for clip in self._clips
        ]
        heard = [position + copy * len(self._clips) for copy in range(len(copies)) for position in train]
        head = head_on(np.concatenate(copies), clips, heard, label_set, self._head, seed=self._seed)
        embedder = WhisperEmbedder(self._network, mean, deviation, components).eval()
        return EmbeddingClassifier(
            head,
            len(label_set.labels),
            embed=lambda sounds: project(np.stack([_heard_before(self._graph, samples) for samples in sounds])),
            embed_clips=lambda chosen: embeddings[list(chosen)],
            write_graph=partial(self._write, embedder, train),
        )

    def _statistics(self, sounds: Sounds, copy: int, workers: int) -> Statistics:
        """Compute (clips, statistics) of one copy of every clip; number 0 is the clean one."""
        path = sounds.folder / f"{self._graph.stem}-{copy}.npy"
        if not path.is_file():
            voices = _same_voices(self._clips, copy, self._seed)
            chunks = [
                range(start, min(start + CHUNK_CLIPS, len(self._clips)))
                for start in range(0, len(self._clips), CHUNK_CLIPS)
            ]
            tasks = (
                joblib.delayed(_chunk)(
                    self._graph, sounds, {index: voices[index] for index in chunk}, (self._seed, copy)
                )
                for chunk in chunks
            )
            # Threads: the graph runs outside the interpreter's lock, and processes would each load all of it again.
            done = joblib.Parallel(n_jobs=workers, return_as="generator", prefer="threads")(tasks)
            rows = list(tqdm(done, f"statistics, copy {copy}", total=len(chunks)))
            with path.with_suffix(".part").open("wb") as part:
                np.save(part, np.concatenate(rows))
            path.with_suffix(".part").rename(path)
        statistics: Statistics = np.load(path, mmap_mode="r")
        return statistics

    def _components(self, train: Sequence[int]) -> tuple[Floats, Floats, Floats]:
        """Find mean, deviation and components (statistics, dim) of the training clips, without their labels."""
        heard = sha256(repr([str(self._clips[index].path) for index in train]).encode()).hexdigest()[:16]
        path = self._work / f"components-{self._graph.stem}-{self._recipe.dim}-{self._seed}-{heard}.npz"
        if not path.is_file():
            mean, deviation, components = components_of(
                self._copies[0], [(index, self._clips[index].corpus) for index in train], self._recipe.dim, self._seed
            )
            np.savez(path, mean=mean, deviation=deviation, components=components)
        with np.load(path) as found:
            return found["mean"], found["deviation"], found["components"]

    def _write(self, embedder: WhisperEmbedder, train: Sequence[int], path: Path) -> float:
        """Write the graph, or take the one of the same training clips: it does not depend on the label set."""
        heard = sha256(repr([str(self._clips[index].path) for index in train]).encode()).hexdigest()[:16]
        kept = self._work / f"embedder-{self._graph.stem}-{self._recipe.dim}-{self._seed}-{heard}.onnx"
        parity = kept.with_suffix(".txt")
        if not parity.is_file():
            parity.write_text(repr(write_int8_graph(embedder, kept)), encoding="ascii")
        shutil.copyfile(kept, path)
        (path.parent / NOTICE_FILE).write_text(NOTICE, encoding="utf-8")
        return float(parity.read_text(encoding="ascii"))


def components_of(
    statistics: npt.NDArray[np.floating], train: Sequence[tuple[int, str]], dim: int, seed: int
) -> tuple[Floats, Floats, Floats]:
    """Find the directions in which the statistics of clips differ most, every corpus counting alike.

    Args:
        statistics: (clips, statistics).
        train: position and corpus of each clip that may be looked at.
        dim: how many directions.
        seed: of the draw of clips and of the decomposition.

    Returns:
        Mean and deviation (statistics,), and components (statistics, dim) of what they normalise.
    """
    rng = np.random.default_rng(seed)
    drawn: list[int] = []
    for corpus in sorted({corpus for _, corpus in train}):
        mine = [index for index, owner in train if owner == corpus]
        drawn += [mine[position] for position in rng.permutation(len(mine))[:CLIPS_OF_A_CORPUS].tolist()]
    values = np.asarray(statistics[sorted(drawn)], dtype=np.float32)
    mean, deviation = values.mean(axis=0), np.maximum(values.std(axis=0), SMALLEST_DEVIATION)
    values = (values - mean) / deviation
    count = min(dim, *values.shape)
    _, _, directions = randomized_svd(values, count, n_iter=POWER_ITERATIONS, random_state=seed)
    return mean, deviation, np.ascontiguousarray(directions.T, dtype=np.float32)


def _projected(statistics: Floats, *, mean: Floats, deviation: Floats, components: Floats) -> Floats:
    rows = [
        ((np.asarray(statistics[start : start + 1000], dtype=np.float32) - mean) / deviation) @ components
        for start in range(0, len(statistics), 1000)
    ]
    return np.concatenate(rows)


def _chunk(graph: Path, sounds: Sounds, voices: Mapping[int, Sequence[int]], seeds: tuple[int, int]) -> Statistics:
    """Compute the statistics of some clips; with a copy's number, of their disturbed copies."""
    rows = []
    for index, others in voices.items():
        samples = sounds[index]
        if seeds[1]:
            rng = np.random.default_rng((*seeds, index))
            samples = harsh_chain(samples, [sounds[other] for other in others], rng)
        rows.append(_heard(graph, samples))
    return np.stack(rows).astype(np.float16)


def _same_voices(clips: Sequence[Clip], copy: int, seed: int) -> list[list[int]]:
    """Draw, for every clip, others of its speaker, to make babble of.

    A voice that is tested must not be heard behind one that is learnt from.
    """
    by_speaker: dict[str, list[int]] = {}
    for index, clip in enumerate(clips):
        by_speaker.setdefault(clip.speaker, []).append(index)
    rng = np.random.default_rng((seed, copy))
    return [rng.choice(by_speaker[clip.speaker], size=BABBLE_VOICES).tolist() for clip in clips]


def _heard(graph: Path, samples: Samples) -> Floats:
    if len(samples) < SHORTEST_SAMPLES:
        samples = np.pad(samples, (0, SHORTEST_SAMPLES - len(samples)))
    found: Floats = _session(str(graph)).run(None, {"waveform": samples[None]})[0][0]
    return found


def _heard_before(graph: Path, samples: Samples) -> Floats:
    """Compute the statistics of one sound, or remember them: every label set asks for the same disturbed sounds."""
    name = sha256(samples.tobytes()).hexdigest()
    if name not in _KNOWN:
        while len(_KNOWN) >= SOUNDS_REMEMBERED:
            _KNOWN.pop(next(iter(_KNOWN)))
        _KNOWN[name] = _heard(graph, samples)
    return _KNOWN[name]


_KNOWN: dict[str, Floats] = {}
_SESSIONS: dict[str, Any] = {}


def _session(graph: str) -> Any:
    if graph not in _SESSIONS:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        # Clips of every length would each leave a block of memory behind.
        options.enable_cpu_mem_arena = False
        _SESSIONS[graph] = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    return _SESSIONS[graph]


def _fingerprint(weights: dict[str, Any], layers: Sequence[int]) -> str:
    digest = sha256(repr(tuple(layers)).encode())
    for name in sorted(weights):
        if name.startswith("encoder/"):
            digest.update(weights[name].tobytes())
    return digest.hexdigest()[:12]
