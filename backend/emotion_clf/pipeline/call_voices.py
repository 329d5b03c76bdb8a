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
_IN_ONE: Final = "Nobody speaks in the {silent} channel, so the speakers were looked for in the other one."
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
            found = _channels(sound, request, settings, watch)
        else:
            found = _mixed(sound, request, facts, settings, watch)
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
    """Whether each speaker may have a channel.

    Raises:
        InvalidRequestError: they are to have one, and have not.
    """
    asked = request.options.speakers
    if asked == "channels" and facts["channels"] != STEREO:
        raise InvalidRequestError(
            "This recording does not have two channels, so they cannot tell the speakers apart. Choose `voices`."
        )
    return asked == "channels" or (asked == "auto" and facts["channels"] == STEREO and not facts["alike"])


def _channels(sound: SoundFile, request: CallRequest, settings: Settings, watch: StepWatch) -> dict[str, Any]:
    """A speaker in each channel, unless all that is said is said in one of them."""
    tracks = _listen(sound, [mix_of([0]), mix_of([1])], watch, _HEARD_SHARE)
    turns: list[Turn] = []
    for name, speaks, track in zip(CHANNEL_NAMES, speaking(tracks), tracks, strict=True):
        turns += with_syllables(turns_of(speaks, name, sound.duration_s), track)
    heard = {turn.speaker for turn in turns}
    if request.options.speakers == "auto" and len(heard) == 1:
        (place,) = (CHANNEL_NAMES.index(name) for name in heard)
        found = _voices(sound, [place], tracks[place], settings, watch)
        return {**found, "notes": [_IN_ONE.format(silent=CHANNEL_NAMES[1 - place]), *found["notes"]]}
    layout: Layout = "channels"
    return {
        "layout": layout,
        "speakers": CHANNEL_NAMES,
        "turns": in_order(turns, CHANNEL_NAMES),
        "heard": {"left": [0], "right": [1]},
        "notes": [],
    }


def _mixed(
    sound: SoundFile, request: CallRequest, facts: dict[str, Any], settings: Settings, watch: StepWatch
) -> dict[str, Any]:
    """All channels as one."""
    heard = list(range(sound.channels))
    (track,) = _listen(sound, [mix_of(heard)], watch, _HEARD_SHARE)
    if request.options.speakers == "one":
        return _found(_together(track, sound), heard, track, [_NOT_ASKED])
    found = _voices(sound, heard, track, settings, watch)
    return {**found, "notes": [*([_ALIKE] if facts["alike"] and found["turns"] else []), *found["notes"]]}


def _voices(
    sound: SoundFile, heard: Sequence[int], track: Track, settings: Settings, watch: StepWatch
) -> dict[str, Any]:
    """Speakers told apart by their voices in the mean of some channels."""
    turns = _apart(sound, mix_of(heard), track, settings, watch)
    count = len({turn.speaker for turn in turns})
    return _found(turns, heard, track, [_APART.format(count=count) if count > 1 else _ONE])


def _found(turns: Sequence[Turn], heard: Sequence[int], track: Track, notes: list[str]) -> dict[str, Any]:
    speakers = tuple(dict.fromkeys(turn.speaker for turn in turns))
    layout: Layout = "voices" if len(speakers) > 1 else "one"
    return {
        "layout": layout,
        "speakers": speakers,
        "turns": with_syllables(turns, track),
        "heard": {name: list(heard) for name in speakers},
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
