"""The step `voices` of a call: its sound → who speaks when."""

from __future__ import annotations

from string import ascii_uppercase
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.audio.sound import BLOCK_FRAMES, SoundFile
from emotion_clf.calls.timeline import Turn
from emotion_clf.calls.tracks import Listener, speaking
from emotion_clf.calls.turns import in_order, joined, turns_of, with_syllables
from emotion_clf.errors import InvalidRequestError
from emotion_clf.pipeline.call_sound import STEREO
from emotion_clf.pipeline.requests import DECODE, VOICES
from emotion_clf.pipeline.step import StepReport
from emotion_clf.transcription.diarization import speaker_turns

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from emotion_clf.audio.sound import Mix
    from emotion_clf.calls import Layout
    from emotion_clf.calls.tracks import Track
    from emotion_clf.pipeline.call_requests import CallRequest
    from emotion_clf.pipeline.step import StepWatch
    from emotion_clf.pipeline.work_folder import WorkFolder
    from emotion_clf.settings import Settings

CHANNEL_NAMES: Final = ("left", "right")
_ALIKE: Final = "Both channels hold the same sound, so they do not tell the speakers apart."
_ONE_SILENT: Final = "The {silent} channel is silent, so everybody is heard in the other one."
_APART: Final = (
    "Speakers were told apart by their voices, which is experimental: {count} found, named in the order in which they "
    "speak. People who speak at once, or without a pause between them, are not told apart."
)
_ONE: Final = "One voice was found. If several people speak, all of them are taken for one speaker."
_NOT_ASKED: Final = "Speakers were not told apart: everybody who speaks is taken for one."
_HEARD_SHARE: Final = 0.4


def tell_voices(request: CallRequest, folder: WorkFolder, settings: Settings, watch: StepWatch) -> StepReport:
    """Find out who speaks when.

    Raises:
        InvalidRequestError: the speakers are to have a channel each and have not, or the customer is none of them.
        StorageError: the sound is gone.
    """
    facts = folder.outcome(DECODE)
    with SoundFile(folder.sound) as sound:
        if _by_channels(request, facts):
            found = _channels(sound, watch)
        else:
            found = _voices(sound, request, facts, settings, watch)
    turns: Sequence[Turn] = found["turns"]
    check_customer(request.options.customer, found["speakers"] if turns else ())
    outcome = {
        **found,
        "speakers": list(found["speakers"]) if turns else [],
        "turns": [[turn.start_s, turn.end_s, turn.speaker, turn.syllables] for turn in turns],
    }
    said = f"{len(turns):,} turns of {len(found['speakers'])} speakers" if turns else "Nobody speaks"
    return folder.finish(VOICES, outcome, StepReport(said))


def check_customer(customer: str | None, speakers: Sequence[str]) -> None:
    """Check that the one who was called the customer is one of the speakers, where there are any.

    Raises:
        InvalidRequestError: it is not.
    """
    if customer is not None and speakers and customer not in speakers:
        raise InvalidRequestError(f"Nobody in this call is called '{customer}'. Choose one of: {', '.join(speakers)}.")


def mix_of(heard: Sequence[int]) -> Mix:
    """What makes one voice's sound of all channels.

    Args:
        heard: the channels in which it is heard; they are averaged.
    """
    chosen = list(heard)

    def mix(frames: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        mean: npt.NDArray[np.float32] = frames[:, chosen[0]] if len(chosen) == 1 else frames[:, chosen].mean(axis=1)
        return mean

    return mix


def _by_channels(request: CallRequest, facts: dict[str, Any]) -> bool:
    """Whether each speaker has a channel.

    Raises:
        InvalidRequestError: they are to have one, and have not.
    """
    asked = request.options.speakers
    if asked == "channels" and facts["channels"] != STEREO:
        raise InvalidRequestError(
            "This recording does not have two channels, so they cannot tell the speakers apart. Choose `voices`."
        )
    differ = facts["channels"] == STEREO and not facts["alike"] and not any(facts["silent"])
    return asked == "channels" or (asked == "auto" and differ)


def _channels(sound: SoundFile, watch: StepWatch) -> dict[str, Any]:
    tracks = _listen(sound, [mix_of([0]), mix_of([1])], watch, 1.0)
    turns: list[Turn] = []
    for name, speaks, track in zip(CHANNEL_NAMES, speaking(tracks), tracks, strict=True):
        turns += with_syllables(turns_of(speaks, name, sound.duration_s), track)
    layout: Layout = "channels"
    return {
        "layout": layout,
        "speakers": CHANNEL_NAMES,
        "turns": in_order(turns, CHANNEL_NAMES),
        "heard": {"left": [0], "right": [1]},
        "notes": [],
    }


def _voices(
    sound: SoundFile, request: CallRequest, facts: dict[str, Any], settings: Settings, watch: StepWatch
) -> dict[str, Any]:
    living = [place for place, silent in enumerate(facts["silent"]) if not silent]
    heard = living or [0]
    (track,) = _listen(sound, [mix_of(heard)], watch, _HEARD_SHARE)
    apart = request.options.speakers != "one"
    turns = _apart(sound, mix_of(heard), track, settings, watch) if apart else _together(track, sound)
    speakers = tuple(dict.fromkeys(turn.speaker for turn in turns))
    layout: Layout = "voices" if len(speakers) > 1 else "one"
    notes = _notes(facts, living, len(speakers), apart=apart)
    return {
        "layout": layout,
        "speakers": speakers,
        "turns": with_syllables(turns, track),
        "heard": dict.fromkeys(speakers, heard),
        "notes": notes if turns else [],
    }


def _apart(sound: SoundFile, mix: Mix, track: Track, settings: Settings, watch: StepWatch) -> list[Turn]:
    def done(share: float) -> None:
        watch.check()
        watch.progress(_HEARD_SHARE + (1 - _HEARD_SHARE) * share, "Telling voices apart")

    found = speaker_turns(
        sound.mono(mix),
        speakers=settings.speaker_count,
        probabilities=track.speech,
        threads=settings.model_threads,
        done=done,
    )
    kept = joined(
        Turn(turn.start_s, min(turn.end_s, sound.duration_s), ascii_uppercase[turn.speaker]) for turn in found
    )
    # One whose every word is too short is gone, and the others are named anew.
    names = dict(zip(dict.fromkeys(turn.speaker for turn in kept), ascii_uppercase, strict=False))
    return [Turn(turn.start_s, turn.end_s, names[turn.speaker]) for turn in kept]


def _together(track: Track, sound: SoundFile) -> list[Turn]:
    (speaks,) = speaking([track])
    return turns_of(speaks, ascii_uppercase[0], sound.duration_s)


def _listen(sound: SoundFile, mixes: Sequence[Mix], watch: StepWatch, share: float) -> list[Track]:
    """What is heard in each mix; this is `share` of the step."""
    listeners = [Listener() for _ in mixes]
    for number, block in enumerate(sound.blocks(), start=1):
        watch.check()
        for listener, mix in zip(listeners, mixes, strict=True):
            listener.feed(mix(block))
        watch.progress(share * min(number * BLOCK_FRAMES / sound.frames, 1.0), "Listening for speech")
    return [listener.finish() for listener in listeners]


def _notes(facts: dict[str, Any], living: Sequence[int], count: int, *, apart: bool) -> list[str]:
    found = []
    if facts["channels"] == STEREO and len(living) == 1:
        found.append(_ONE_SILENT.format(silent=CHANNEL_NAMES[1 - living[0]]))
    elif facts["alike"]:
        found.append(_ALIKE)
    if not apart:
        found.append(_NOT_ASKED)
    else:
        found.append(_APART.format(count=count) if count > 1 else _ONE)
    return found
