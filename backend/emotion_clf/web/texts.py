"""Read a text: the emotion of each sentence, and the words it comes from. No text is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, jsonify, render_template, request

from emotion_clf.errors import EmotionError, InvalidRequestError
from emotion_clf.web.allowance import count_explanation
from emotion_clf.web.counted import count_text
from emotion_clf.web.forms import TextForm, text_form
from emotion_clf.web.numbers import whole_number
from emotion_clf.web.problems import refused
from emotion_clf.web.security import wants_json
from emotion_clf.web.sentences import chances, painted, shares, strongest_cues, text_look
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from emotion_clf.pipeline.texts import TextAnalysis

blueprint = Blueprint("texts", __name__)

_SHOWN: Final = 300
_BYTES_PER_ENCODED: Final = 3  # a form may write each byte of a text as %XX
_ROOM_BYTES: Final = 512 * 1024


@blueprint.url_value_preprocessor
def _make_room(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let the longest text allowed through in any encoding of a form, before the form is parsed."""
    request.max_form_memory_size = _BYTES_PER_ENCODED * services().settings.text_max_bytes + _ROOM_BYTES


@blueprint.get("/text")
def form() -> ResponseReturnValue:
    """The empty form."""
    return _page(text_form())


@blueprint.post("/text")
def read() -> ResponseReturnValue:
    """The sentences of a text with their emotions: a page, or JSON for programs."""
    sent = text_form()
    try:
        found = services().texts.analyse(sent.text.data or "", sent.model.data or None)
        why = _chosen(sent, found)
        cues = _cues(found, why)
        if not sent.why.data:  # else it is a text that was read a moment ago
            count_text(found)
    except EmotionError as error:
        return refused(error, lambda told: _page(sent, error=told))
    if wants_json():
        return jsonify({**found.as_dict(), "why": _why_as_dict(why, cues)})
    return _page(sent, found, why=why, cues=cues)


def _chosen(sent: TextForm, found: TextAnalysis) -> int | None:
    """The sentence to explain: the one asked for, or the only one; None for none.

    Raises:
        InvalidRequestError: there is no such sentence.
    """
    asked = (sent.why.data or "").strip()
    if not asked:
        return 0 if len(found.sentences) == 1 and not wants_json() else None
    position = whole_number(asked)
    if position is None or not 0 <= position < len(found.sentences):
        raise InvalidRequestError(f"The field 'why' takes the position of a sentence, below {len(found.sentences)}.")
    return position


def _cues(found: TextAnalysis, why: int | None) -> tuple[Any, ...]:
    if why is None:
        return ()
    count_explanation()
    return services().texts.explain(found.sentences[why].text, found.model_name)


def _why_as_dict(why: int | None, cues: tuple[Any, ...]) -> dict[str, Any] | None:
    if why is None:
        return None
    return {
        "position": why,
        "cues": [{"word": cue.word, "start": cue.start, "effect": cue.effect} for cue in cues],
    }


def _page(
    sent: TextForm,
    found: TextAnalysis | None = None,
    *,
    why: int | None = None,
    cues: tuple[Any, ...] = (),
    error: EmotionError | None = None,
) -> str:
    parts = [] if found is None or why is None else painted(found.sentences[why].text, cues)
    return render_template(
        "text.html",
        form=sent,
        error=error,
        found=found,
        shown=found.sentences[:_SHOWN] if found else (),
        shares=shares(found.emotions) if found else [],
        why=why,
        parts=parts,
        strongest=strongest_cues(parts),
        look=text_look,
        chances=chances(found.sentences[why]) if found and why is not None else [],
        settings=services().settings,
        models=services().text_models.manifests(),
    )
