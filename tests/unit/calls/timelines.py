"""Calls made up of turns: their windows are cut as a call's are, one for each who speaks in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hypothesis import strategies as st

from emotion_clf.calls import Timeline, Turn, Window
from emotion_clf.calls.spans import crossed, joined, total

LABELS = ("angry", "disgust", "fear", "happy", "neutral", "sad")
WINDOW_S = 4.0
LEAST_S = 0.5


def certain(label: str) -> dict[str, float]:
    return {label: 1.0, **{other: 0.0 for other in LABELS if other != label}}


def leaning(label: str, confidence: float) -> dict[str, float]:
    rest = (1 - confidence) / (len(LABELS) - 1)
    return {label: confidence, **{other: rest for other in LABELS if other != label}}


def judged(window: Window, probabilities: dict[str, float] | None) -> Window:
    if not probabilities:
        return replace(window, label=None, probabilities=None)
    label = max(probabilities, key=probabilities.__getitem__)
    return replace(window, label=label, probabilities=probabilities)


def call(turns: Sequence[Turn], customer: str | None = "B", *, labels: Sequence[str] = LABELS) -> Timeline:
    """A call of these turns in which nobody is judged yet."""
    end_s = max((turn.end_s for turn in turns), default=WINDOW_S)
    speakers = tuple(dict.fromkeys(turn.speaker for turn in turns))
    windows = [window for slot in range(int(-(-end_s // WINDOW_S))) for window in _slot(turns, speakers, slot, end_s)]
    return Timeline(
        duration_s=end_s,
        window_s=WINDOW_S,
        hop_s=WINDOW_S,
        layout="channels" if len(speakers) > 1 else "one",
        speakers=speakers,
        customer=customer,
        customer_chosen=True,
        labels=tuple(labels),
        turns=tuple(turns),
        windows=tuple(windows),
        model_name="embedded",
        model_version="1.0",
    )


def judge(timeline: Timeline, answers: Iterable[dict[str, float]], speaker: str | None = None) -> Timeline:
    """The call with an answer for each window of the customer, or of another speaker, in turn."""
    rest = iter(answers)
    whose = timeline.customer if speaker is None else speaker
    windows = tuple(judged(window, next(rest)) if window.speaker == whose else window for window in timeline.windows)
    return replace(timeline, windows=windows)


def of_customer(timeline: Timeline) -> list[Window]:
    return [window for window in timeline.windows if window.speaker == timeline.customer]


def conversation(*labels: str, talk_s: float = 8.0, reply_s: float = 4.0) -> Timeline:
    """The customer speaks once for each label, sounding like it beyond doubt, and the agent answers each time."""
    turns, time_s = [Turn(0.0, reply_s, "A")], reply_s
    for _ in labels:
        turns.append(Turn(time_s, time_s + talk_s, "B"))
        turns.append(Turn(time_s + talk_s, time_s + talk_s + reply_s, "A"))
        time_s += talk_s + reply_s
    timeline = call(turns)
    said = [certain(labels[int((window.start_s - reply_s) // (talk_s + reply_s))]) for window in of_customer(timeline)]
    return judge(timeline, said)


def _slot(turns: Sequence[Turn], speakers: Sequence[str], slot: int, end_s: float) -> list[Window]:
    span = (slot * WINDOW_S, min((slot + 1) * WINDOW_S, end_s))
    found = []
    for speaker in speakers:
        own = joined((turn.start_s, turn.end_s) for turn in turns if turn.speaker == speaker)
        others = joined((turn.start_s, turn.end_s) for turn in turns if turn.speaker != speaker)
        speech = crossed(own, [span])
        if total(speech) >= LEAST_S:
            found.append(Window(*span, speaker, total(speech), total(crossed(speech, others))))
    return found or [Window(*span, None, 0.0, 0.0)]


# Quarter seconds are exact in floating point, and so is what follows from them.
_QUARTER_S = st.integers(4, 48).map(lambda quarters: quarters / 4)
_GAP_S = st.integers(-6, 32).map(lambda quarters: quarters / 4)
answers = st.lists(st.integers(0, 20), min_size=len(LABELS), max_size=len(LABELS)).map(
    lambda sizes: {label: (size + 1e-6) / (sum(sizes) + 6e-6) for label, size in zip(LABELS, sizes, strict=True)}
)


@st.composite
def calls(draw: st.DrawFn) -> Timeline:
    """Two people, sometimes one, who speak in turns with gaps, or over one another for up to a second and a half."""
    others = draw(st.sampled_from(["A", "A", "A", "B"]))
    turns, time_s = [], 0.0
    for number in range(draw(st.integers(2, 12))):
        length_s = draw(_QUARTER_S)
        speaker = "B" if number % 2 else others
        syllables = draw(st.none() | st.integers(1, 60))
        turns.append(Turn(time_s, time_s + length_s, speaker, syllables))
        time_s = max(time_s + length_s + draw(_GAP_S), time_s + 0.25)
    timeline = call(turns)
    for speaker in timeline.speakers:
        count = sum(window.speaker == speaker for window in timeline.windows)
        timeline = judge(timeline, draw(st.lists(answers, min_size=count, max_size=count)), speaker)
    return timeline
