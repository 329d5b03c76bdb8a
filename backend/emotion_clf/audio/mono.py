"""A recording of any length → a file of mono sound, block by block; what is longer than allowed is cut."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from emotion_clf.audio.channels import mix_down
from emotion_clf.audio.decode import open_audio
from emotion_clf.audio.sound import MonoSound, SoundFile, as_pcm, written_sound
from emotion_clf.audio.stream import STREAM_FRAMES, open_stream
from emotion_clf.audio.waveform import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from emotion_clf.audio.decode import DecodeOptions
    from emotion_clf.audio.sound import Frames


@dataclass(frozen=True, slots=True)
class KeptSound:
    """What was learnt of a recording while it was decoded.

    Attributes:
        duration_s: length of what was kept, in seconds.
        container: name of the container it came in.
        cut: whether the recording is longer than that.
        damaged: whether the decoder met errors, so that part of the sound may be missing.
        tracks: how many sound tracks the recording has, of which the first was kept.
    """

    duration_s: float
    container: str
    cut: bool
    damaged: bool
    tracks: int = 1


def keep_mono(
    recording: Path | str, target: Path, options: DecodeOptions, check: Callable[[], None] = lambda: None
) -> KeptSound:
    """Decode a recording into a FLAC file of one channel at 16 kHz.

    Args:
        recording: any supported file.
        target: the file to write, which is there in one stroke.
        options: limits; of a recording longer than `max_s` the rest is left out.
        check: called twice a second and more often; what it raises ends the decoding.

    Raises:
        InvalidRequestError: there is no such file, or it may not be read.
        StorageError: the disk does not take the sound.
        EmotionError: as `open_stream` and `SoundStream.blocks`.
    """
    limit = round(options.max_s * SAMPLE_RATE_HZ)
    frames = 0
    longer = replace(options, max_s=options.max_s + 2 * STREAM_FRAMES / SAMPLE_RATE_HZ)
    with open_audio(recording) as source, open_stream(source, longer, check) as stream:
        with written_sound(target, 1) as kept:
            for block in _until(stream.blocks(), limit):
                if frames < limit:
                    kept.write(as_pcm(mix_down(block[: limit - frames])[0]))
                frames += len(block)
        duration_s = min(frames, limit) / SAMPLE_RATE_HZ
        return KeptSound(duration_s, stream.container.name, frames > limit, stream.damaged, stream.tracks)


def mono_of(file: SoundFile) -> MonoSound:
    """Return the sound of a file that `keep_mono` wrote."""
    return file.mono(lambda frames: frames[:, 0])


def _until(blocks: Iterator[Frames], limit: int) -> Iterator[Frames]:
    """Yield blocks up to the one in which the limit is passed, in samples."""
    frames = 0
    for block in blocks:
        frames += len(block)
        yield block
        if frames > limit:
            return
