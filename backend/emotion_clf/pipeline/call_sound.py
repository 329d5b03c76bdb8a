"""The step `decode` of a call: a recording of any length → its sound, block by block.

What is learnt on the way lies beside the sound, so that the recording that was sent can go at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ, DecodeOptions, open_audio
from emotion_clf.audio.decode import mix_down
from emotion_clf.audio.sound import as_pcm, written_sound
from emotion_clf.audio.stream import open_stream
from emotion_clf.errors import InvalidRequestError, StorageError
from emotion_clf.pipeline.call_requests import PEAKS_PER_S
from emotion_clf.pipeline.requests import DECODE
from emotion_clf.pipeline.step import StepReport

if TYPE_CHECKING:
    import numpy.typing as npt

    from emotion_clf.audio.stream import SoundStream
    from emotion_clf.pipeline.call_requests import CallRequest
    from emotion_clf.pipeline.step import StepWatch
    from emotion_clf.pipeline.work_folder import WorkFolder
    from emotion_clf.settings import Settings

    Block = npt.NDArray[np.float32]

SOUND: Final = "sound"
STEREO: Final = 2
LEAST_S: Final = 2.0
# Two channels that go together like this hold the same sound.
_ALIKE_CORRELATION: Final = 0.95
_ALIKE_LEVEL_DB: Final = 12.0
_DECODED_S_PER_S: Final = 30.0
_PEAK_FRAMES: Final = SAMPLE_RATE_HZ // PEAKS_PER_S
_PEAKS: Final = "peaks.u8"
_MIN: Final = 60
_NO_ROOM: Final = "The sound cannot be written: make room in INSTANCE_DIR, or set another."


def decode_call(_request: CallRequest, folder: WorkFolder, settings: Settings, watch: StepWatch) -> StepReport:
    """Make sound of the recording, unless it is there, and delete the recording.

    Raises:
        InvalidRequestError: there is no recording, and no sound either.
        TooLongError: it is longer than CALL_MAX_S.
        EmotionError: as `open_stream`.
    """
    facts = folder.outcome(SOUND) if folder.sound.is_file() else {}
    skipped = bool(facts)
    if not facts:
        facts = _decode(folder, settings, watch)
        folder.finish(SOUND, facts, StepReport(""))
    if folder.upload is not None:
        folder.upload.unlink(missing_ok=True)
    said = f"{_clock(facts['duration_s'])} of sound, {facts['channels']} channel{'s'[: facts['channels'] - 1]}"
    return folder.finish(DECODE, facts, StepReport(said, skipped=skipped))


def read_peaks(folder: WorkFolder, channels: int) -> npt.NDArray[np.uint8]:
    """The peaks of the sound, uint8 of shape (channels, eighths of a second).

    Raises:
        StorageError: they are gone.
    """
    try:
        return np.fromfile(folder.path / _PEAKS, dtype=np.uint8).reshape(-1, channels).T
    except (OSError, ValueError) as error:
        raise StorageError("The decoded sound is gone. Send the recording again.") from error


def _decode(folder: WorkFolder, settings: Settings, watch: StepWatch) -> dict[str, Any]:
    path = folder.upload
    if path is None:
        raise InvalidRequestError("The file of this job is not there any more. Give it again.")
    options = replace(
        DecodeOptions.from_settings(settings),
        min_s=LEAST_S,
        max_s=settings.call_max_s,
        timeout_s=settings.decode_timeout_s + settings.call_max_s / _DECODED_S_PER_S,
    )
    with open_audio(path) as source, open_stream(source, options, watch.check) as stream:
        channels = stream.channels if stream.channels <= STEREO else 1
        compared = _Compared()
        peaks = []
        frames = 0
        with written_sound(folder.sound, channels) as target:
            for block in stream.blocks():
                kept = block if block.shape[1] == channels else mix_down(block)[:, None]
                target.write(as_pcm(kept))
                peaks.append(_peaks(kept))
                compared.add(kept)
                frames += len(kept)
                duration_s = frames / SAMPLE_RATE_HZ
                watch.progress(None, f"Decoding, {_clock(duration_s)} so far")
            _keep(folder, np.concatenate(peaks))
    return {
        "duration_s": round(frames / SAMPLE_RATE_HZ, 3),
        "channels": channels,
        "alike": channels == STEREO and compared.alike,
        "notes": _notes(stream, frames / SAMPLE_RATE_HZ),
    }


class _Compared:
    """What becomes known of the channels while they pass by."""

    def __init__(self) -> None:
        self._products = np.zeros((1, 1))

    def add(self, block: Block) -> None:
        """Take in a block of shape (frames, channels)."""
        # A recorder that shifts both channels alike makes them no more the same.
        exact = block - block.mean(axis=0, dtype=np.float64)
        self._products = self._products + exact.T @ exact

    @property
    def alike(self) -> bool:
        """Whether both channels hold the same sound, one perhaps a little weaker."""
        (left, common), (_, right) = self._products.tolist()
        if not left or not right:
            return False
        level_db = abs(10 * np.log10(left / right))
        return bool(common / np.sqrt(left * right) > _ALIKE_CORRELATION and level_db < _ALIKE_LEVEL_DB)


def _peaks(block: Block) -> npt.NDArray[np.uint8]:
    """The loudest sample of each eighth of a second, of shape (eighths, channels)."""
    starts = np.arange(0, len(block), _PEAK_FRAMES)
    loudest = np.maximum.reduceat(np.minimum(np.abs(block), 1.0), starts, axis=0)
    return np.asarray(np.rint(loudest * np.iinfo(np.uint8).max), dtype=np.uint8)


def _keep(folder: WorkFolder, peaks: npt.NDArray[np.uint8]) -> None:
    path = folder.path / _PEAKS
    try:
        path.touch(mode=0o600)
        peaks.tofile(path)
    except OSError as error:
        raise StorageError(_NO_ROOM) from error


def _notes(stream: SoundStream, duration_s: float) -> list[str]:
    found = []
    if stream.damaged:
        found.append(
            f"The file is damaged or incomplete; only the {_clock(duration_s)} that could be read were analysed."
        )
    if stream.channels > STEREO:
        found.append(f"{stream.channels} channels were averaged into one.")
    return found


def _clock(seconds: float) -> str:
    """A length of time for people."""
    minutes, rest = divmod(seconds, _MIN)
    return f"{minutes:.0f} min {rest:.0f} s" if minutes else f"{rest:.1f} s"
