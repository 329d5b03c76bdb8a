"""Clips → a file of embeddings, in steps that are kept when the run is stopped."""

from __future__ import annotations

import hashlib
import logging
import shutil
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
from tqdm import tqdm

from emotion_clf.audio import DecodeOptions
from ml_models.embedding.backends import completed, started
from ml_models.embedding.decoding import decode_into
from ml_models.embedding.files import ArrayStore
from ml_models.embedding.listing import list_clips
from ml_models.embedding.plan import chunks, halvings
from ml_models.embedding.result import Embeddings, canonical_json, read_embeddings, write_embeddings
from ml_models.embedding.sounds import DEFAULT_BATCH_SIZE
from ml_models.embedding.step import embed_chunk, loaded
from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from ml_models.data.corpora import Clip
    from ml_models.embedding.backends import Backend
    from ml_models.embedding.listing import ListedClip
    from ml_models.embedding.source import EmbedderSource

    Floats = npt.NDArray[np.float32]

log = logging.getLogger(__name__)

FORMAT = 1
NOT_FINITE = "Its embedding holds values that are not numbers."


@dataclass(frozen=True)
class EmbedOptions:
    """How to compute.

    Attributes:
        batch_size: the most clips of equal length that go through the network together.
        backend: where chunks are computed.
        address: of a Ray or Dask cluster to join.
        workers: chunks at a time, one thread each; a single worker computes in this process.
        skip_broken: leave out clips that cannot be embedded.
        ffmpeg_path: decoder to use, None for the best at hand.
    """

    batch_size: int = DEFAULT_BATCH_SIZE
    backend: Backend = "loky"
    address: str | None = None
    workers: int = 1
    skip_broken: bool = False
    ffmpeg_path: str | None = None


@dataclass(frozen=True)
class _Part:
    """A chunk of clips and the name its embeddings are kept under.

    Attributes:
        key: SHA-256 of all that its embeddings follow from.
        batches: of clips, each of one length.
    """

    key: str
    batches: tuple[tuple[ListedClip, ...], ...]

    @property
    def clips(self) -> tuple[ListedClip, ...]:
        return tuple(chain.from_iterable(self.batches))


class _OutOfMemoryError(Exception):
    """A batch did not fit; the message names its first clip."""


def embed_clips(
    clips: Sequence[Clip], root: Path, source: EmbedderSource, out: Path, options: EmbedOptions | None = None
) -> Embeddings:
    """Embed clips into a file; what an earlier run of the same left behind is used.

    Sounds and finished chunks are kept in a folder beside the file until it is complete. Where memory runs out, all is
    computed again in batches of half the size, so that the file is the same as if that size had been asked for.

    Args:
        clips: the recordings.
        root: data folder; ids are relative to it.
        source: of the embedder.
        out: the `.npz` to write.
        options: how to compute.

    Returns:
        What was written.

    Raises:
        TrainingDataError: no clips, a clip that cannot be embedded, a file of another kind in the place of `out`, a
            backend that cannot be used, or not memory enough for a single clip.
        EmotionError: the embedder or the decoder cannot be used.
    """
    options = options or EmbedOptions()
    listed = list_clips(clips, root)
    identity = source.identity()
    shortage = ""
    for batch_size in halvings(options.batch_size):
        run = _Run(listed, source, identity, out, replace(options, batch_size=batch_size))
        try:
            return run.finished() or run.embed()
        except _OutOfMemoryError as error:
            shortage = str(error)
            log.warning("Memory ran out at %s, in batches of %d.", shortage, batch_size)
    raise TrainingDataError(
        f"There is not memory enough for {shortage} alone. Use fewer --workers, or a larger machine."
    )


class _Run:
    """One attempt, in batches of one size."""

    def __init__(
        self,
        listed: tuple[ListedClip, ...],
        source: EmbedderSource,
        identity: dict[str, Any],
        out: Path,
        options: EmbedOptions,
    ) -> None:
        self._listed = listed
        self._source = source
        self._out = out
        self._options = options
        self._decoding = DecodeOptions(ffmpeg_path=options.ffmpeg_path)
        self._settings = {
            "format": FORMAT,
            "embedder": identity,
            "batch_size": options.batch_size,
            "min_s": self._decoding.min_s,
            "max_s": self._decoding.max_s,
        }
        self._fingerprint = self._hash([[clip.name, clip.sha256] for clip in listed])
        self._folder = out.with_name(f"{out.name}.parts")
        self._sounds = ArrayStore(self._folder / "sounds")
        self._rows = ArrayStore(self._folder / "rows")

    def finished(self) -> Embeddings | None:
        """The file itself, where it is complete already."""
        if not self._out.exists():
            return None
        found = read_embeddings(self._out)
        complete = self._options.skip_broken or len(found.ids) == len(self._listed)
        return found if complete and found.fingerprint == self._fingerprint else None

    def embed(self) -> Embeddings:
        """Do what is left to do."""
        self._check_embedder()
        for store in (self._sounds, self._rows):
            store.folder.mkdir(parents=True, exist_ok=True)
        rows = self._embedded(self._decoded())
        ids = tuple(clip.name for clip in self._listed if clip.name in rows)
        if not ids:
            raise TrainingDataError("None of the clips can be embedded. Check them with: emotion-clf corpus check")
        result = Embeddings(ids, np.stack([rows[name] for name in ids]), self._fingerprint, self._settings)
        write_embeddings(self._out, result, scratch=self._folder)
        shutil.rmtree(self._folder)
        return result

    def _check_embedder(self) -> None:
        """Load the embedder before hours of decoding; it stays where this process is to use it."""
        loaded(self._source)
        if self._options.workers > 1:
            loaded.cache_clear()

    def _decoded(self) -> tuple[ListedClip, ...]:
        """The clips whose sounds are stored."""
        broken = set()
        with closing(decode_into(self._sounds, self._listed, self._decoding, self._options.workers)) as faults:
            for clip, fault in faults:
                self._leave_out(clip, fault)
                broken.add(clip)
        return tuple(clip for clip in self._listed if clip not in broken)

    def _leave_out(self, clip: ListedClip, fault: str) -> None:
        if not self._options.skip_broken:
            raise TrainingDataError(
                f"{clip.name} cannot be embedded. {fault} Mend or remove it, or leave such clips out with "
                "--skip-broken."
            )
        log.warning("%s is left out. %s", clip.name, fault)

    def _embedded(self, clips: Sequence[ListedClip]) -> dict[str, Floats]:
        """The embedding (dim,) of each clip by its name, but for those that are left out."""
        parts = self._plan(clips)
        done = [part for part in parts if part.key in self._rows]
        left = [part for part in parts if part.key not in self._rows]
        found: dict[str, Floats] = {}
        finished = sum(len(part.clips) for part in done)
        with (
            tqdm(desc="embedding", total=len(clips), initial=finished, unit="clip") as bar,
            closing(self._computed(left, bar)) as computed,
        ):
            for part in chain(done, computed):
                found.update(self._usable(part))
        return found

    def _usable(self, part: _Part) -> Iterator[tuple[str, Floats]]:
        for clip, row in zip(part.clips, self._rows[part.key], strict=True):
            if np.isfinite(row).all():
                yield clip.name, row
            else:
                self._leave_out(clip, NOT_FINITE)

    def _plan(self, clips: Sequence[ListedClip]) -> list[_Part]:
        lengths = [self._sounds.length(clip.sha256) for clip in clips]
        planned = [
            tuple(tuple(clips[position] for position in batch) for batch in chunk)
            for chunk in chunks(lengths, self._options.batch_size)
        ]
        return [
            _Part(self._hash([[clip.sha256 for clip in batch] for batch in batches]), batches) for batches in planned
        ]

    def _computed(self, parts: Sequence[_Part], bar: tqdm[Any]) -> Generator[_Part]:
        """Each part, after its rows have been computed and stored."""
        if not parts:
            return
        options = self._options
        tasks = (
            joblib.delayed(embed_chunk)(number, self._source, self._waveforms(part))
            for number, part in enumerate(parts)
        )
        with (
            started(options.backend, options.address, options.workers),
            closing(completed(tasks, options.backend, options.workers)) as results,
        ):
            for result in results:
                part = parts[result.chunk]
                if result.embeddings is None:
                    raise _OutOfMemoryError(part.batches[result.out_of_memory_at][0].name)
                self._rows[part.key] = result.embeddings
                bar.update(len(part.clips))
                yield part

    def _waveforms(self, part: _Part) -> list[Floats]:
        return [np.stack([self._sounds[clip.sha256] for clip in batch]) for batch in part.batches]

    def _hash(self, audio: list[list[str]]) -> str:
        return hashlib.sha256(canonical_json([self._settings, audio]).encode()).hexdigest()
