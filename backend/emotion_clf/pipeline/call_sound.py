"""The step `decode` of a call: a recording of any length → its sound, block by block.

What is learnt on the way lies beside the sound, so that the recording that was sent can go at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ, DecodeOptions, open_audio
from emotion_clf.audio.sound import as_pcm, written_sound
from emotion_clf.errors import InvalidRequestError, StorageError
from emotion_clf.pipeline.call_channels import MOST_CHANNELS, Survey, all_of, kept_of, means_of
from emotion_clf.pipeline.call_requests import PEAKS_PER_S
from emotion_clf.pipeline.call_tracks import open_tracks
from emotion_clf.pipeline.requests import DECODE
from emotion_clf.pipeline.step import StepReport

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from emotion_clf.pipeline.call_channels import Kept
    from emotion_clf.pipeline.call_requests import CallRequest
    from emotion_clf.pipeline.call_tracks import Tracks
    from emotion_clf.pipeline.step import StepWatch
    from emotion_clf.pipeline.work_folder import WorkFolder
    from emotion_clf.settings import Settings

    Block = npt.NDArray[np.float32]

SOUND: Final = "sound"
STEREO: Final = 2
LEAST_S: Final = 2.0
_DECODED_S_PER_S: Final = 30.0
_PEAK_FRAMES: Final = SAMPLE_RATE_HZ // PEAKS_PER_S
_LEAST_OFFSET: Final = 1e-3
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
    with open_audio(path) as source:
        with open_tracks(source, options, watch.check) as tracks:
            if tracks.channels <= STEREO:
                return _copied(tracks, all_of(tracks.widths), folder, watch)
            kept = _surveyed(tracks, watch)
        with open_tracks(source, options, watch.check) as tracks:
            return _copied(tracks, kept, folder, watch)


def _surveyed(tracks: Tracks, watch: StepWatch) -> Kept:
    """What to keep of more channels than two, after a look at all of the recording."""
    survey = Survey(min(tracks.channels, MOST_CHANNELS))
    for block, said in _told(tracks.blocks()):
        survey.add(block[:, :MOST_CHANNELS])
        watch.progress(None, f"Comparing the channels, {said} so far")
    return kept_of(survey.found(), tracks.widths)


def _copied(tracks: Tracks, kept: Kept, folder: WorkFolder, watch: StepWatch) -> dict[str, Any]:
    """Write the sound that is kept, and learn of it what the next steps need."""
    survey, offset, peaks, frames = Survey(kept.count), _Offset(), [], 0
    with written_sound(folder.sound, kept.count) as target:
        for block, said in _told(tracks.blocks()):
            sound = offset.removed(kept.of(block))
            target.write(as_pcm(sound))
            peaks.append(_peaks(sound))
            survey.add(sound)
            frames += len(sound)
            watch.progress(None, f"Decoding, {said} so far")
        _keep(folder, np.concatenate(peaks))
    found = survey.found()
    return {
        "duration_s": round(frames / SAMPLE_RATE_HZ, 3),
        "channels": kept.count,
        "alike": found.alike,
        "weights": found.weights,
        "notes": [*_damage(tracks, frames / SAMPLE_RATE_HZ), *tracks.notes, *kept.notes],
    }


def _told(blocks: Iterator[Block]) -> Iterator[tuple[Block, str]]:
    """Each block, and how long all are so far, for people."""
    frames = 0
    for block in blocks:
        frames += len(block)
        yield block, _clock(frames / SAMPLE_RATE_HZ)


class _Offset:
    """Takes out what a recorder adds to every sample of a channel: it is no sound, and drowns what is."""

    def __init__(self) -> None:
        self._before: Block | None = None

    def removed(self, block: Block) -> Block:
        """Return the next block, of shape (frames, channels), without its offset, which changes smoothly."""
        now = means_of(block)
        before = now if self._before is None else self._before
        self._before = now
        if max(np.abs(before).max(), np.abs(now).max()) < _LEAST_OFFSET:
            return block
        ramp = np.linspace(0, 1, len(block), dtype=np.float32)[:, None]
        return np.asarray(block - before - ramp * (now - before))


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


def _damage(tracks: Tracks, duration_s: float) -> list[str]:
    """What is said of a file that could not be read whole."""
    if not tracks.damaged:
        return []
    return [f"The file is damaged or incomplete; only the {_clock(duration_s)} that could be read were analysed."]


def _clock(seconds: float) -> str:
    """A length of time for people."""
    minutes, rest = divmod(seconds, _MIN)
    return f"{minutes:.0f} min {rest:.0f} s" if minutes else f"{rest:.1f} s"
