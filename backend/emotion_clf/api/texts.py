"""Texts: the emotion of each sentence, answered at once. No text is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emotion_clf.api import answers, bodies, schemas
from emotion_clf.api.area import area
from emotion_clf.api.guard import needs
from emotion_clf.api.repeatable import repeatable
from emotion_clf.pipeline.texts import check_length
from emotion_clf.web.counted import count_text
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = area("api_texts", "Texts")

_ESCAPED_BYTES: Final = 6  # the longest way to write one byte of text in JSON


@blueprint.post("/texts")
@needs("write")
@bodies.takes(bodies.JSON, lambda settings: _ESCAPED_BYTES * settings.text_max_bytes)
@repeatable
@blueprint.input(schemas.TextRequest, arg_name="asked")
@blueprint.output(answers.ReadText)
def create(asked: schemas.TextRequest) -> ResponseReturnValue:
    """Read a text or a list of sentences."""
    texts = services().texts
    if isinstance(asked.text, str):
        read = texts.analyse(asked.text, asked.model)
        count_text(read)
    else:
        check_length(asked.text, services().settings)
        read = texts.analyse_many(asked.text, asked.model)
        count_text(read, texts=len(asked.text))
    return read.as_dict()
