"""The contract of model servers in clouds: {"instances": […]} → {"predictions": […]}, one answer an instance."""

from __future__ import annotations

import base64
import binascii
import json
import tempfile
from typing import TYPE_CHECKING, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from emotion_clf.errors import (
    AudioError,
    EmotionError,
    InvalidRequestError,
    TextError,
    UnsupportedAudioError,
    UploadTooLargeError,
)
from emotion_clf.pipeline.texts import require_text

if TYPE_CHECKING:
    from emotion_clf.pipeline.clips import ClipAnalyser
    from emotion_clf.pipeline.texts import TextAnalyser
    from emotion_clf.settings import Settings
    from emotion_clf.speech import ModelRegistry
    from emotion_clf.text.registry import TextModelRegistry

_OTHER_FIELDS_BYTES: Final = 64 * 1024
_NAME_CHARACTERS: Final = 100
_ABOUT_ONE: Final = (AudioError, UnsupportedAudioError, TextError)
_SHAPE: Final = 'Send {"instances": [{"b64": "…"}, {"text": "…"}]}.'


class Instance(BaseModel):
    """One recording, as Base64, or one text."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    b64: str | None = None
    text: JsonValue = None  # what is no text is the fault of this instance alone

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if not self.model_fields_set or (self.b64 is not None and self.text is not None):
            raise ValueError('An instance has either "b64" or "text"')
        return self


class Parameters(BaseModel):
    """What holds for all instances of a request."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    model: str | None = Field(None, max_length=_NAME_CHARACTERS)
    text_model: str | None = Field(None, max_length=_NAME_CHARACTERS)


class InstancesRequest(BaseModel):
    """The body of a request."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    instances: list[Instance] = Field(min_length=1)
    parameters: Parameters | None = None


def largest_body_bytes(settings: Settings) -> int:
    """The longest body accepted: the largest upload in Base64, and room for what surrounds it."""
    return settings.max_upload_bytes * 4 // 3 + _OTHER_FIELDS_BYTES


class InstanceAnalyser:
    """Answers requests of the contract with the models and limits of this process."""

    def __init__(
        self,
        clips: tuple[ModelRegistry, ClipAnalyser],
        texts: tuple[TextModelRegistry, TextAnalyser],
        settings: Settings,
    ) -> None:
        """Take what does the work.

        Args:
            clips: the speech models, and what hears clips with them.
            texts: the text models, and what reads texts with them.
            settings: limits.
        """
        self._models, self._clips = clips
        self._text_models, self._texts = texts
        self._settings = settings

    def answer(self, body: bytes | str) -> dict[str, Any]:
        """Answer every instance, in the order of the request.

        An instance that cannot be used, such as silence, has {"error": {…}} for an answer, and does not spoil others.

        Raises:
            InvalidRequestError: the body does not keep to the contract, or has too many instances.
            UploadTooLargeError: the body, or a recording in it, is over the limit.
            ModelNotFoundError: no such model.
            EmotionError: a model cannot be used, or the server is busy; ask again later.
        """
        asked = self._read(body)
        chosen = asked.parameters or Parameters()
        if chosen.model is not None:
            self._models.manifest(chosen.model)
        if chosen.text_model is not None:
            self._text_models.manifest(chosen.text_model)
        # Everything is decoded before anything is computed: a request is refused at once or not at all.
        sounds = [self._sound(place, instance) for place, instance in enumerate(asked.instances)]
        return {
            "predictions": [
                self._answer_one(place, instance, sound, chosen)
                for place, (instance, sound) in enumerate(zip(asked.instances, sounds, strict=True), start=1)
            ]
        }

    def _read(self, body: bytes | str) -> InstancesRequest:
        limit = largest_body_bytes(self._settings)
        if len(body) > limit:
            raise UploadTooLargeError(
                f"The request is larger than {limit / 1024**2:.1f} MB. Send fewer or shorter recordings at a time."
            )
        try:
            fields = json.loads(body)
        except (ValueError, RecursionError):
            raise InvalidRequestError(f"The body is not JSON. {_SHAPE}") from None
        # Counted before each is looked at, which would take time.
        if isinstance(fields, dict) and isinstance(fields.get("instances"), list):
            self._require_few(len(fields["instances"]))
        try:
            return InstancesRequest.model_validate(fields)
        except ValidationError as error:
            raise InvalidRequestError(f"{_told(error)} {_SHAPE}") from None

    def _require_few(self, count: int) -> None:
        limit = self._settings.cloud_instances
        if count > limit:
            raise InvalidRequestError(
                f"There are {count:,} instances, more than {limit}. Send them in several requests, or set "
                "CLOUD_INSTANCES."
            )

    def _sound(self, place: int, instance: Instance) -> bytes | None:
        """The bytes of a recording, None for a text."""
        if instance.b64 is None:
            return None
        try:
            sound = base64.b64decode(instance.b64, validate=True)
        except (binascii.Error, ValueError):
            raise InvalidRequestError(f"instances.{place}.b64 is not Base64. Encode the bytes of the file.") from None
        limit = self._settings.max_upload_bytes
        if len(sound) > limit:
            raise UploadTooLargeError(
                f"The recording in instances.{place} is larger than {limit / 1024**2:g} MB. Send a shorter or "
                "compressed recording."
            )
        return sound

    def _answer_one(self, place: int, instance: Instance, sound: bytes | None, chosen: Parameters) -> dict[str, Any]:
        try:
            if sound is None:
                text = require_text(instance.text, place, "Instance")
                return self._texts.analyse(text, chosen.text_model).as_dict()
            with tempfile.TemporaryFile() as source:
                source.write(sound)
                source.flush()
                return self._clips.analyse(source, chosen.model).analysis.as_dict()
        except _ABOUT_ONE as error:
            return {"error": refusal(error)}


def refusal(error: EmotionError) -> dict[str, Any]:
    """An error as part of an answer: which, what, and what to do."""
    return {"title": error.title, "status": error.status, "code": error.code, "detail": error.message}


def _told(error: ValidationError) -> str:
    """The first thing that is wrong, in one sentence that quotes nothing of what was sent but a field's name."""
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part)[:_NAME_CHARACTERS] for part in first["loc"])
    reason = first["msg"].removeprefix("Value error, ")
    return f"Field '{field}': {reason}." if field else f"{reason}."
