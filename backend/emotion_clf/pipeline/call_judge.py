"""The step `classify` of a call: the windows of the customer's voice get their emotions.

Nobody else's do, unless CALL_AGENT_EMOTION says so: what an employee feels is not to be inferred from their voice.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from emotion_clf.calls.customer import doubts_of, guess_customer
from emotion_clf.errors import ModelError, ModelNotFoundError
from emotion_clf.pipeline.call_embed import read_embedded
from emotion_clf.pipeline.call_requests import CallAnalysis
from emotion_clf.pipeline.call_sound import read_peaks
from emotion_clf.pipeline.call_voices import check_customer
from emotion_clf.pipeline.requests import DECODE, EMBED
from emotion_clf.speech import Voice

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from emotion_clf.calls import Timeline, Window
    from emotion_clf.pipeline.call_requests import CallRequest
    from emotion_clf.pipeline.work_folder import WorkFolder
    from emotion_clf.settings import Settings
    from emotion_clf.speech import ModelRegistry, SpeechModel

    Embeddings = npt.NDArray[np.float32]

_ADAPTED: Final = (
    "The windows of a voice are judged beside one another: how it sounds throughout the call is taken for its manner, "
    "so that a mood which never changes shows less."
)
_EVERYBODY: Final = "Everybody's voice is judged here, the agent's too, since the operator set CALL_AGENT_EMOTION."


def judge_call(request: CallRequest, folder: WorkFolder, settings: Settings, model: SpeechModel) -> CallAnalysis:
    """Give the customer's windows their emotions.

    Raises:
        InvalidRequestError: the customer is none of the speakers.
        StorageError: what the steps before left is gone.
    """
    timeline, embeddings = read_embedded(folder)
    chosen = request.options.customer
    check_customer(chosen, timeline.speakers)
    customer = (chosen or guess_customer(timeline.turns, timeline.speakers)) if timeline.speakers else None
    notes = [*timeline.notes, *folder.outcome(EMBED)["lost"]]
    if customer is not None and model.manifest.adaptation is not None:
        notes.append(_ADAPTED)
    if customer is not None and settings.call_agent_emotion:
        notes.append(_EVERYBODY)
    unjudged = replace(
        timeline, customer=customer, customer_chosen=customer is not None and chosen is not None, notes=tuple(notes)
    )
    unjudged = replace(unjudged, notes=(*unjudged.notes, *doubts_of(unjudged)))
    peaks = read_peaks(folder, folder.outcome(DECODE)["channels"])
    return CallAnalysis(_judged(unjudged, embeddings, model, settings), embeddings, peaks)


def relabelled(
    timeline: Timeline, customer: str, embeddings: Embeddings, models: ModelRegistry, settings: Settings
) -> Timeline:
    """The same call with another speaker for its customer, whose windows are judged now.

    Args:
        timeline: as it is stored.
        customer: who is the customer.
        embeddings: float32 of shape (windows, dim), as they are stored.
        models: the speech bundles.
        settings: whether everybody is judged.

    Raises:
        InvalidRequestError: there is no such speaker.
        ModelError: the model that embedded the call is not installed any more.
    """
    check_customer(customer, timeline.speakers)
    try:
        model = models.get(timeline.model_name)
    except ModelNotFoundError as error:
        raise ModelError(_other_model(timeline)) from error
    if model.manifest.version != timeline.model_version:
        raise ModelError(_other_model(timeline))
    settled = tuple(note for note in timeline.notes if note not in doubts_of(timeline))
    chosen = replace(timeline, customer=customer if timeline.speakers else None, customer_chosen=True, notes=settled)
    chosen = replace(chosen, notes=(*settled, *doubts_of(chosen)))
    return _judged(chosen, embeddings, model, settings)


def _other_model(timeline: Timeline) -> str:
    return (
        f"The model '{timeline.model_name}' {timeline.model_version}, which heard this call, is not installed any "
        "more. Send the recording again to choose another customer."
    )


def _judged(timeline: Timeline, embeddings: Embeddings, model: SpeechModel, settings: Settings) -> Timeline:
    """The timeline with emotions for those who are judged, and for nobody else."""
    judged = set(timeline.speakers) if settings.call_agent_emotion else {timeline.customer} - {None}
    windows = [replace(window, label=None, probabilities=None, uncertain=False) for window in timeline.windows]
    for speaker in sorted(name for name in judged if name is not None):
        own = _own(timeline, embeddings, speaker)
        if own:
            voice = None if model.manifest.adaptation is None else voice_of(timeline, embeddings, speaker)
            _judge(windows, own, embeddings[own], model, voice)
    return replace(timeline, windows=tuple(windows))


def voice_of(timeline: Timeline, embeddings: Embeddings, speaker: str | None) -> Voice:
    """A speaker's voice throughout a call; windows that overlap count as fewer clips of it.

    Args:
        timeline: the call.
        embeddings: float32 of shape (windows, dim), zeros where nothing was embedded.
        speaker: whose voice.
    """
    share = min(timeline.hop_s / timeline.window_s, 1.0)
    return Voice.of(list(embeddings[_own(timeline, embeddings, speaker)])).scaled(share)


def _own(timeline: Timeline, embeddings: Embeddings, speaker: str | None) -> list[int]:
    """The places of a speaker's windows that were embedded."""
    windows = enumerate(timeline.windows)
    return [place for place, window in windows if window.speaker == speaker and embeddings[place].any()]


def _judge(
    windows: list[Window], own: list[int], embeddings: Embeddings, model: SpeechModel, voice: Voice | None
) -> None:
    """Give one speaker's windows their emotions."""
    for place, ranked in zip(own, model.classify_many(embeddings, voice), strict=True):
        windows[place] = replace(
            windows[place],
            label=next(iter(ranked)),
            probabilities=ranked,
            uncertain=model.manifest.is_uncertain(ranked.values()),
        )
