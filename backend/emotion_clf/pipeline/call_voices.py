"""The step `voices` of a call: its sound → who speaks when."""

from __future__ import annotations

from string import ascii_uppercase
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.audio.sound import SoundFile
from emotion_clf.calls.timeline import Turn
from emotion_clf.calls.tracks import speaking
from emotion_clf.calls.turns import in_order, joined, turns_of, with_syllables
from emotion_clf.errors import InvalidRequestError
from emotion_clf.pipeline.call_listening import listen, listen_to_sides, mix_of
from emotion_clf.pipeline.call_sound import STEREO
from emotion_clf.pipeline.requests import DECODE, VOICES
from emotion_clf.pipeline.step import StepReport
from emotion_clf.transcription.diarization import speaker_turns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotion_clf.calls import Layout
    from emotion_clf.calls.tracks import Track
    from emotion_clf.pipeline.call_listening import Side
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
_LEAKS: Final = (
    "What the {source} channel says is also heard in the {target} one, {weaker:.0f} dB weaker{late}; it is not counted "
    "as the {target} one's speech."
)
_LATE: Final = " and {late:.0f} ms later"
_HARDLY_APART: Final = (
    "The channels hardly differ, so who speaks when, and whose voice is judged, may be wrong at places."
)
_AT_ONCE: Final = (
    "Both channels speak at once most of the time: they may hold the same voices, and then the agent's voice is judged "
    "as the customer's too. Speakers can be told apart by their voices instead: choose `voices`."
)
_NOT_ASKED: Final = "Speakers were not told apart: everybody who speaks is taken for one."
_HEARD_SHARE: Final = 0.4
# Of two channels between which less than this lies, one cannot tell which of them speaks.
_LEAST_APART_DB: Final = 6.0
_MOST_AT_ONCE: Final = 0.6
_LATE_S: Final = 0.005


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
    sides = listen_to_sides(sound, watch, _HEARD_SHARE)
    turns: list[Turn] = []
    for name, side in zip(CHANNEL_NAMES, sides, strict=True):
        turns += with_syllables(turns_of(side.speaks, name, sound.duration_s), side.track)
    heard = {turn.speaker for turn in turns}
    if request.options.speakers == "auto" and len(heard) == 1:
        (place,) = (CHANNEL_NAMES.index(name) for name in heard)
        found = _voices(sound, _alone(place), sides[place].track, settings, watch)
        return {**found, "notes": [_IN_ONE.format(silent=CHANNEL_NAMES[1 - place]), *found["notes"]]}
    layout: Layout = "channels"
    return {
        "layout": layout,
        "speakers": CHANNEL_NAMES,
        "turns": in_order(turns, CHANNEL_NAMES),
        "mixes": {name: _alone(place) for place, name in enumerate(CHANNEL_NAMES)},
        "notes": [*_leaks(sides), *_doubts(sides)],
    }


def _alone(place: int) -> list[float]:
    """The weights of two channels of which one is heard."""
    return [float(place == channel) for channel in range(STEREO)]


def _leaks(sides: tuple[Side, Side]) -> list[str]:
    """What is said of voices that leak into the other channel."""
    notes = []
    for target, source in ((1, 0), (0, 1)):
        leak = sides[target].leak
        if leak is not None:
            late = _LATE.format(late=1000 * leak.lag_s) if leak.lag_s > _LATE_S else ""
            names = {"source": CHANNEL_NAMES[source], "target": CHANNEL_NAMES[target]}
            notes.append(_LEAKS.format(**names, weaker=max(-leak.level_db, 0.0), late=late))
    return notes


def _doubts(sides: tuple[Side, Side]) -> list[str]:
    """What is said where the channels may not tell the speakers apart."""
    left, right = (side.speaks for side in sides)
    fewest = min(left.sum(), right.sum())
    if fewest and (left & right).sum() > _MOST_AT_ONCE * fewest:
        return [_AT_ONCE]
    close = [side for side in sides if side.leak is not None and -side.leak.level_db < _LEAST_APART_DB]
    return [_HARDLY_APART] if close else []


def _mixed(
    sound: SoundFile, request: CallRequest, facts: dict[str, Any], settings: Settings, watch: StepWatch
) -> dict[str, Any]:
    """All channels as one."""
    weights = facts["weights"]
    track = listen(sound, mix_of(weights), watch, _HEARD_SHARE)
    if request.options.speakers == "one":
        return _found(turns_of(speaking(track), ascii_uppercase[0], sound.duration_s), weights, track, [_NOT_ASKED])
    found = _voices(sound, weights, track, settings, watch)
    return {**found, "notes": [*([_ALIKE] if facts["alike"] and found["turns"] else []), *found["notes"]]}


def _voices(
    sound: SoundFile, weights: Sequence[float], track: Track, settings: Settings, watch: StepWatch
) -> dict[str, Any]:
    """Speakers told apart by their voices in a mix of the channels."""
    turns = _apart(sound, weights, track, settings, watch)
    count = len({turn.speaker for turn in turns})
    return _found(turns, weights, track, [_APART.format(count=count) if count > 1 else _ONE])


def _found(turns: Sequence[Turn], weights: Sequence[float], track: Track, notes: list[str]) -> dict[str, Any]:
    speakers = tuple(dict.fromkeys(turn.speaker for turn in turns))
    layout: Layout = "voices" if len(speakers) > 1 else "one"
    return {
        "layout": layout,
        "speakers": speakers,
        "turns": with_syllables(turns, track),
        "mixes": {name: list(weights) for name in speakers},
        "notes": notes if turns else [],
    }


def _apart(
    sound: SoundFile, weights: Sequence[float], track: Track, settings: Settings, watch: StepWatch
) -> list[Turn]:
    def done(share: float) -> None:
        watch.check()
        watch.progress(_HEARD_SHARE + (1 - _HEARD_SHARE) * share, "Telling voices apart")

    found = speaker_turns(
        sound.mono(mix_of(weights)),
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
