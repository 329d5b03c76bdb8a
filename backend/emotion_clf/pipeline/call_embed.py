"""The step `embed` of a call: every window of every voice → its embedding; nobody is judged here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ, Waveform, hear
from emotion_clf.audio.sound import SoundFile
from emotion_clf.calls import Timeline, Turn
from emotion_clf.calls.windows import cut_windows
from emotion_clf.errors import StorageError
from emotion_clf.pipeline.call_listening import mix_of
from emotion_clf.pipeline.requests import DECODE, EMBED, VOICES
from emotion_clf.pipeline.step import StepReport
from emotion_clf.speech.embedder import UnusableEmbeddingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from emotion_clf.audio.sound import Mix
    from emotion_clf.calls import Window
    from emotion_clf.pipeline.call_requests import CallRequest
    from emotion_clf.pipeline.step import StepWatch
    from emotion_clf.pipeline.work_folder import WorkFolder
    from emotion_clf.settings import Settings
    from emotion_clf.speech import Manifest, SpeechModel

    Embeddings = npt.NDArray[np.float32]

_EMBEDDINGS: Final = "embeddings.f2"
# As they are stored, so that another customer who is chosen later is judged by the same numbers.
_STORED: Final = np.dtype("<f2")
_EVERY: Final = 16
_LOST: Final = "{count} windows could not be made sense of and were left out."


def embed_call(
    request: CallRequest, folder: WorkFolder, settings: Settings, model: SpeechModel, watch: StepWatch
) -> StepReport:
    """Cut the call into windows and embed them.

    Raises:
        StorageError: the sound is gone, or the disk does not take the embeddings.
    """
    found = folder.outcome(VOICES)
    timeline = _unjudged(request, folder, settings, model.manifest)
    mixes = {name: mix_of(weights) for name, weights in found["mixes"].items()}
    partial = folder.path / f".{_EMBEDDINGS}"
    lost = 0
    try:
        partial.touch(mode=0o600)
        with SoundFile(folder.sound) as sound, partial.open("wb") as target:
            cutter = Cutter(sound, timeline.turns, mixes)
            for number, window in enumerate(timeline.windows):
                if number % _EVERY == 0:
                    watch.check()
                    watch.progress(number / len(timeline.windows), "Listening to the voices")
                row = _embedded(model, cutter, window)
                lost += window.speaker is not None and not row.any()
                target.write(row.tobytes())
        partial.replace(folder.path / _EMBEDDINGS)
    except OSError as error:
        raise StorageError("The files of this job cannot be written: make room in INSTANCE_DIR.") from error
    finally:
        partial.unlink(missing_ok=True)
    outcome = {"timeline": timeline.as_dict(), "lost": [_LOST.format(count=lost)] if lost else []}
    voiced = sum(window.speaker is not None for window in timeline.windows)
    return folder.finish(EMBED, outcome, StepReport(f"{voiced:,} windows with a voice"))


def read_embedded(folder: WorkFolder) -> tuple[Timeline, Embeddings]:
    """What this step left: a timeline in which nobody is judged, and a row for each of its windows.

    Raises:
        StorageError: it is gone.
    """
    left = folder.outcome(EMBED)
    try:
        timeline = Timeline.from_dict(left["timeline"])
        rows = np.fromfile(folder.path / _EMBEDDINGS, dtype=_STORED).astype(np.float32)
        return timeline, rows.reshape(len(timeline.windows), -1)
    except (OSError, KeyError, ValueError) as error:
        raise StorageError("The work on this call is gone. Start it again from the step `embed`.") from error


def hop_of(request: CallRequest, settings: Settings) -> float:
    """From the start of one window to the start of the next, in seconds."""
    return settings.call_hop_s if request.options.hop_s is None else request.options.hop_s


def _unjudged(request: CallRequest, folder: WorkFolder, settings: Settings, manifest: Manifest) -> Timeline:
    decoded, found = folder.outcome(DECODE), folder.outcome(VOICES)
    turns = tuple(Turn(*fields) for fields in found["turns"])
    hop_s = hop_of(request, settings)
    return Timeline(
        duration_s=decoded["duration_s"],
        window_s=settings.call_window_s,
        hop_s=hop_s,
        layout=found["layout"],
        speakers=tuple(found["speakers"]),
        customer=None,
        customer_chosen=request.options.customer is not None,
        labels=manifest.labels,
        turns=turns,
        windows=cut_windows(
            turns,
            found["speakers"],
            found["layout"],
            duration_s=decoded["duration_s"],
            window_s=settings.call_window_s,
            hop_s=hop_s,
        ),
        model_name=manifest.name,
        model_version=manifest.version,
        notes=(*decoded["notes"], *found["notes"]),
    )


class Cutter:
    """Cuts windows of one speaker out of the sound."""

    def __init__(self, sound: SoundFile, turns: Sequence[Turn], mixes: dict[str, Mix]) -> None:
        self._sounds = {name: sound.mono(mix) for name, mix in mixes.items()}
        self._turns = turns
        # A long turn may begin before others that are over already.
        self._over_s = np.maximum.accumulate([turn.end_s for turn in turns]) if turns else np.zeros(0)

    def cut(self, window: Window, speaker: str) -> Waveform:
        """A window in which it is silent wherever only others speak, so that nobody is judged by another's voice."""
        sound = self._sounds[speaker]
        start = round(window.start_s * SAMPLE_RATE_HZ)
        samples = sound.read(start, min(round(window.end_s * SAMPLE_RATE_HZ), sound.frames)).copy()
        foreign = np.zeros(len(samples), dtype=bool)
        for turn in sorted(self._touching(window), key=lambda turn: turn.speaker == speaker):
            first, last = (max(round(edge * SAMPLE_RATE_HZ) - start, 0) for edge in (turn.start_s, turn.end_s))
            foreign[first:last] = turn.speaker != speaker
        samples[foreign] = 0
        return Waveform(samples)

    def _touching(self, window: Window) -> Iterator[Turn]:
        for turn in self._turns[int(np.searchsorted(self._over_s, window.start_s)) :]:
            if turn.start_s >= window.end_s:
                return
            if turn.end_s > window.start_s:
                yield turn


def _embedded(model: SpeechModel, cutter: Cutter, window: Window) -> npt.NDArray[Any]:
    """The embedding of a window as it is stored; zeros where there is none."""
    nothing = np.zeros(model.manifest.embedder.dim, dtype=_STORED)
    if window.speaker is None:
        return nothing
    try:
        with np.errstate(over="ignore"):
            row = model.embed(hear(cutter.cut(window, window.speaker)).waveform).astype(_STORED)
    except UnusableEmbeddingError:
        return nothing
    return row if np.isfinite(row).all() else nothing
