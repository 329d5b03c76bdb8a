"""“This is me again”: which earlier clips of a visitor a new one is normalised by.

Only clips that the visitor called their own voice count. As long as there is none, the form names the visitor's latest
clip, and ticking the box calls that one theirs, too; so two people's voices are never mixed unasked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flask import request

from emotion_clf.errors import InvalidRequestError
from emotion_clf.speech import Voice
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotion_clf.speech import Manifest
    from emotion_clf.storage import StoredAnalysis
    from emotion_clf.web.forms import ClipForm

_TICKS: Final = {"1": True, "0": False, "": False}


@dataclass(frozen=True, slots=True)
class Offer:
    """What the form offers beside one model.

    Attributes:
        manifest: of a model that adapts.
        clips: how many earlier clips are marked as the visitor's voice.
        latest: the clip that ticking the box calls the visitor's, where none is marked yet.
    """

    manifest: Manifest
    clips: int
    latest: StoredAnalysis | None


def offers(owner: str | None) -> list[Offer]:
    """What this visitor is offered: one entry for each model that adapts and has embedded a clip of theirs."""
    if owner is None or not services().analyses.keeps_embeddings:
        return []
    adaptive = [manifest for manifest in services().models.manifests() if manifest.adaptation is not None]
    found = [_offer(manifest, owner) for manifest in adaptive]
    return [offer for offer in found if offer.clips or offer.latest]


def _offer(manifest: Manifest, owner: str) -> Offer:
    marked = services().analyses.my_voice(manifest, owner=owner)
    latest = None if marked else services().analyses.latest_embedded(manifest, owner=owner)
    return Offer(manifest, len(marked), latest)


def ticked(sent: ClipForm) -> bool:
    """Whether the clip is said to be the visitor's own voice.

    Raises:
        InvalidRequestError: the field holds neither yes nor no, or this cannot be said of such a clip.
    """
    value = sent.same_voice.data or ""
    if value not in _TICKS:
        raise InvalidRequestError("The field 'same_voice' takes 1 for your own voice, 0 for any other.")
    if not _TICKS[value]:
        return False
    if not services().analyses.keeps_embeddings:
        raise InvalidRequestError(
            "This server keeps no embeddings, so it knows no voice again. Leave 'same_voice' out."
        )
    if sent.sample.data:
        raise InvalidRequestError("A sample is not your voice. Untick “This is me again” to hear one.")
    return True


def earlier_clips(manifest: Manifest, owner: str | None) -> list[StoredAnalysis]:
    """The visitor's own earlier clips: those that are marked, else those that the form named.

    Raises:
        NotAdaptableError: the model was not trained for known voices.
        InvalidRequestError: what the form named is not there for this visitor and model.
    """
    manifest.require_adaptable()
    marked = services().analyses.my_voice(manifest, owner=owner)
    named = request.form.getlist("same_voice_as")  # several where a page without scripts offers several models
    if marked or not named:
        return marked
    found = services().analyses.embedded(named, manifest, owner=owner)
    if not found:
        raise InvalidRequestError(
            "The earlier clip of your voice is not here for this model. Reload the page and send this one again."
        )
    return found


def voice_of(clips: Sequence[StoredAnalysis]) -> Voice:
    """The voice that these clips are of."""
    return Voice.of([clip.clip.prediction.embedding for clip in clips if clip.clip.prediction.embedding is not None])
