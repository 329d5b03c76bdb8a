"""What may be sent, checked before anything else happens."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from apiflask.fields import UploadFile
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic.json_schema import SkipJsonSchema

from emotion_clf.audio import READABLE
from emotion_clf.pipeline.texts import is_blank, item_fault
from emotion_clf.web.call_words import CUSTOMERS

_NO_TEXT: Final = "There is no text here. Write at least one sentence, or a list of sentences"
Scope = Literal["read", "write", "admin"]
State = Literal["queued", "running", "succeeded", "failed", "cancelled"]
Kind = Literal["url", "file", "text", "call"]

MOST_PER_PAGE: Final = 100
_LAST_PAGE: Final = 1_000_000
# A character that can be seen; what holds none is no text.
_VISIBLE: Final = r"[^\s\x00-\x20\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
_MODEL: Final = "An installed speech model; the default otherwise."

ModelName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
WebhookUrl = Annotated[str, Field(max_length=2048, json_schema_extra={"format": "webhook-address"})]
Sentence = Annotated[str, Field(pattern=_VISIBLE)]


_CUSTOMERS_OF_SPEAKERS: Final[list[JsonValue]] = [
    {"properties": {"speakers": {"enum": [speakers]}, "customer": {"enum": list(customers)}}}
    for speakers, customers in CUSTOMERS.items()
]


class Asked(BaseModel):
    """A body: nothing is guessed, and nothing unknown is passed over."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Sent(BaseModel):
    """Fields of a form or an address, which are texts until they are read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TokenRequest(Asked):
    """Who wants a token, and for what."""

    name: str = Field(min_length=1, max_length=64, description="Name of an administrator.", examples=["ada"])
    password: str = Field(min_length=1, max_length=1024)
    scopes: list[Scope] = Field(["read", "write", "admin"], min_length=1, description="What it has to be good for.")


class RefreshRequest(Asked):
    """A refresh token, which is used up by this."""

    refresh_token: str = Field(min_length=1, max_length=4096)


class RevokeRequest(Asked):
    """A token of either type."""

    token: str = Field(min_length=1, max_length=4096)


class ClipForm(Sent):
    """A clip and the model that is to hear it."""

    file: UploadFile = Field(description=f"A recording: {READABLE}; up to MAX_UPLOAD_BYTES.")
    model: ModelName | SkipJsonSchema[None] = Field(
        None, description="An installed speech model; the default otherwise."
    )


class BatchForm(Sent):
    """Several clips and the model that is to hear them."""

    files: list[UploadFile] = Field(min_length=1, description="Up to API_BATCH_CLIPS recordings.")
    model: ModelName | SkipJsonSchema[None] = Field(
        None, description="An installed speech model; the default otherwise."
    )


class CallForm(Sent):
    """A recording of a call, and how to go about it."""

    model_config = ConfigDict(json_schema_extra={"anyOf": _CUSTOMERS_OF_SPEAKERS})

    file: UploadFile = Field(description="A recording of a call; up to CALL_MAX_BYTES.")
    model: ModelName | SkipJsonSchema[None] = Field(
        None, description="An installed speech model; the default otherwise."
    )
    speakers: Literal["auto", "channels", "voices", "one"] = Field(
        "auto", description="How speakers are told apart; auto: by channels where there are two that differ."
    )
    customer: Literal["left", "right", "A", "B"] | SkipJsonSchema[None] = Field(
        None,
        description="The speaker who is the customer: left or right by channels, A or B by voices; guessed otherwise. "
        "Where the recording has no such speaker the job fails.",
    )
    webhook_url: WebhookUrl | SkipJsonSchema[None] = Field(
        None, description="Told when the job has ended: a public https address, or one of WEBHOOK_HOSTS."
    )

    @field_validator("customer")
    @classmethod
    def _is_one_of_the_speakers(cls, customer: str | None, info: ValidationInfo) -> str | None:
        known = CUSTOMERS[info.data.get("speakers", "auto")]
        if customer is not None and customer not in known:
            raise ValueError(f"with speakers told apart like that the customer is one of: {', '.join(known)}")
        return customer


class TextRequest(Asked):
    """What is to be read."""

    text: Sentence | Annotated[list[Sentence], Field(min_length=1)] = Field(
        description="A text, which is split into sentences; or a list of sentences, each judged on its own.",
        examples=["What a day! I am so glad you came.", ["I am so happy.", "Go away!"]],
    )
    model: ModelName | None = Field(None, description="An installed text model; the default otherwise.")

    @field_validator("text", mode="before")
    @classmethod
    def _each_item_is_a_text(cls, text: object) -> object:
        """Name the first item of a list that is none, in words."""
        if isinstance(text, list):
            faults = (item_fault(item, place) for place, item in enumerate(text, start=1))
            fault = next(filter(None, faults), None)
        else:
            fault = None if isinstance(text, str) and not is_blank(text) else _NO_TEXT
        if fault is not None:
            raise ValueError(fault)
        return text


class UrlRequest(Asked):
    """An address whose words are to be read."""

    url: str = Field(
        min_length=1,
        max_length=4096,
        json_schema_extra={"format": "media-address"},
        description="A video or sound on one of FETCH_HOSTS.",
        examples=["https://youtu.be/dQw4w9WgXcQ"],
    )
    model: ModelName | None = Field(None, description="An installed text model; the default otherwise.")
    engine: Literal["auto", "whisper", "assemblyai", "captions"] | None = Field(
        None, description="What writes down speech; the setting otherwise."
    )
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] | None = Field(
        None, description="ISO 639 code of the language spoken; found out otherwise."
    )
    redact: bool = Field(False, description="Take out personal data that has a form.")
    speakers: bool = Field(False, description="Tell speakers apart by their voices.")
    webhook_url: WebhookUrl | None = Field(
        None, description="Told when the job has ended: a public https address, or one of WEBHOOK_HOSTS."
    )


class ShortText(Asked):
    """A text for the short form, which takes the options of an address only where they ask for nothing."""

    text: Sentence = Field(examples=["What a day! I am so glad you came."])
    model: Annotated[str, Field(max_length=100)] | None = Field(None, description="An installed text model.")
    url: None = None
    engine: None = None
    language: None = None
    redact: Literal[False] = False
    speakers: Literal[False] = False


class ShortUrl(Asked):
    """An address for the short form."""

    url: str = Field(max_length=4096, json_schema_extra={"format": "media-address"})
    model: Annotated[str, Field(max_length=100)] | None = Field(None, description="An installed text model.")
    text: None = None
    engine: Literal["auto", "whisper", "assemblyai", "captions"] | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] | None = None
    redact: bool = False
    speakers: bool = False


class ShortClip(BaseModel):
    """A clip for the short form."""

    file: UploadFile = Field(description="A recording; up to MAX_UPLOAD_BYTES.")
    model: str | SkipJsonSchema[None] = Field(None, description="An installed speech model.")


class FeedbackRequest(Asked):
    """Which emotion a clip really has."""

    label: Annotated[str, Field(max_length=64)] | None = Field(
        description="The emotion it was: the one answered, another the model knows, or null where none fits.",
        examples=["happy", None],
    )


class RetryRequest(Asked):
    """Where to begin again."""

    from_step: Literal["fetch", "decode", "transcribe", "voices", "embed", "classify"] | None = Field(
        None, description="The first step to be done again; the first that was not done otherwise."
    )


class ExportQuery(Sent):
    """As which kind of file."""

    form: Literal["csv", "vtt", "srt", "labels"] = Field(
        description="Of a call: csv, vtt or labels for Audacity; of a source: csv, and vtt or srt where it has times."
    )


class PageQuery(Sent):
    """Which page of a list."""

    page: int = Field(1, ge=1, le=_LAST_PAGE)
    per_page: int = Field(20, ge=1, le=MOST_PER_PAGE)


class JobsQuery(PageQuery):
    """Which jobs, and which page of them."""

    state: State | SkipJsonSchema[None] = Field(None, description="Only jobs in this state.")
    kind: Kind | SkipJsonSchema[None] = Field(None, description="Only jobs of this kind.")
