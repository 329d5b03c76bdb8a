"""Sound that is read piece by piece, so that nobody has to hold a long recording in memory."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from emotion_clf.audio.waveform import SAMPLE_RATE_HZ
from emotion_clf.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

    import numpy.typing as npt
    import soundfile

    Frames = npt.NDArray[np.float32]
    Mix = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]

BLOCK_FRAMES: Final = 256_000  # 16 s; whole frames of the voice activity network and whole eighths of a second
_BLOCKS_KEPT: Final = 2
_FULL_SCALE: Final = 32767
_GONE: Final = "The decoded sound is gone. Send the recording again."
_NO_ROOM: Final = "The sound cannot be written: make room in INSTANCE_DIR, or set another."


class Sound(Protocol):
    """Mono sound at 16 kHz."""

    @property
    def frames(self) -> int:
        """How many samples there are."""
        ...

    def read(self, start: int, stop: int) -> Frames:
        """The samples from `start` up to `stop`, float32 of shape (stop - start,); both lie within the sound."""
        ...


class SoundFile:
    """A FLAC file of one channel or two, read in blocks of which the last two are kept."""

    def __init__(self, path: Path) -> None:
        """Open a file.

        Raises:
            StorageError: it is not there, or is none.
        """
        import soundfile

        try:
            self._file = soundfile.SoundFile(path)
        except (OSError, soundfile.LibsndfileError) as error:
            raise StorageError(_GONE) from error
        self.frames: int = self._file.frames
        self.channels: int = self._file.channels
        self._blocks: OrderedDict[int, Frames] = OrderedDict()

    def __enter__(self) -> SoundFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frames / SAMPLE_RATE_HZ

    def read(self, start: int, stop: int) -> Frames:
        """Samples of all channels, float32 of shape (stop - start, channels).

        Raises:
            StorageError: the file ends before.
        """
        first, last = start // BLOCK_FRAMES, max(stop - 1, start) // BLOCK_FRAMES
        parts = [
            self._block(number)[max(start - number * BLOCK_FRAMES, 0) : stop - number * BLOCK_FRAMES]
            for number in range(first, last + 1)
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def blocks(self) -> Iterator[Frames]:
        """All of it in order, in blocks of `BLOCK_FRAMES`; the last one may be shorter."""
        for start in range(0, self.frames, BLOCK_FRAMES):
            yield self._block(start // BLOCK_FRAMES)

    def mono(self, mix: Mix) -> MonoSound:
        """One voice's sound.

        Args:
            mix: makes (n,) of (n, channels).
        """
        return MonoSound(self, mix)

    def _block(self, number: int) -> Frames:
        import soundfile

        if number in self._blocks:
            self._blocks.move_to_end(number)
            return self._blocks[number]
        wanted = min(BLOCK_FRAMES, self.frames - number * BLOCK_FRAMES)
        try:
            if self._file.tell() != number * BLOCK_FRAMES:
                self._file.seek(number * BLOCK_FRAMES)
            block: Frames = self._file.read(wanted, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise StorageError(_GONE) from error
        if len(block) != wanted:
            raise StorageError(_GONE)
        self._blocks[number] = block
        if len(self._blocks) > _BLOCKS_KEPT:
            self._blocks.popitem(last=False)
        return block


class MonoSound:
    """A `Sound` made of a file's channels."""

    def __init__(self, file: SoundFile, mix: Mix) -> None:
        self._file = file
        self._mix = mix

    @property
    def frames(self) -> int:
        """How many samples there are."""
        return self._file.frames

    def read(self, start: int, stop: int) -> Frames:
        """See `Sound.read`."""
        return self._mix(self._file.read(start, stop))


@contextmanager
def written_sound(path: Path, channels: int) -> Iterator[soundfile.SoundFile]:
    """Open a FLAC file to write, which is there in one stroke where all went well.

    Raises:
        StorageError: the disk does not take it.
    """
    import soundfile

    partial = path.with_name(f".{path.name}")
    try:
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600)
        with soundfile.SoundFile(partial, "w", SAMPLE_RATE_HZ, channels, "PCM_16", format="FLAC") as target:
            yield target
        partial.replace(path)
    except (OSError, AssertionError, soundfile.LibsndfileError) as error:
        # The library only asserts that a block was written whole.
        raise StorageError(_NO_ROOM) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def as_pcm(samples: Frames) -> npt.NDArray[np.int16]:
    """Return samples of full scale [-1, 1] as whole numbers of 16 bits; louder ones are clipped."""
    return np.rint(np.clip(samples, -1, 1) * _FULL_SCALE).astype(np.int16)
