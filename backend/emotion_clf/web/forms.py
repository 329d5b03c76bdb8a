"""The forms, checked before anything else happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import BooleanField, PasswordField, SelectField, StringField, TextAreaField

from emotion_clf.web.call_words import CUSTOMERS, SPEAKERS, speaker_name
from emotion_clf.web.json_reader import whole_characters
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from emotion_clf.speech import Manifest


LANGUAGES: Final = {
    "": "found out, where the engine can",
    "ar": "Arabic",
    "zh": "Chinese",
    "nl": "Dutch",
    "en": "English",
    "fr": "French",
    "de": "German",
    "hi": "Hindi",
    "it": "Italian",
    "ja": "Japanese",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "es": "Spanish",
    "tr": "Turkish",
    "uk": "Ukrainian",
}


class SentForm(FlaskForm):  # type: ignore[misc]
    """A form that reads what was sent through `sent_fields`, unless other fields are given to it."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """How the fields reach the form."""

        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
            """Return the fields of this request, or those that were given."""
            given = formdata is None or isinstance(formdata, MultiDict)
            return super().wrap_formdata(form, formdata if given else sent_fields())


class ClipForm(SentForm):
    """A clip to analyse: uploaded or recorded (`audio`), or one of ours (`sample`)."""

    audio = FileField("Audio file")
    sample = StringField("Sample clip")
    model = SelectField("Model", validate_choice=False)
    keep = BooleanField("Keep my recording")
    same_voice = StringField("This is me again")


class TextForm(SentForm):
    """A text to read, and which of its sentences to explain."""

    text = TextAreaField("Text")
    model = SelectField("Model", validate_choice=False)
    why = StringField("Sentence to explain")


class SignInForm(SentForm):
    """An administrator's name and password."""

    name = StringField("Name")
    password = PasswordField("Password")


class JobForm(SentForm):
    """A source of words by one of three ways in (`kind`), and how to go about it."""

    kind = StringField("Kind")
    url = StringField("Address")
    text = TextAreaField("Text")
    file = FileField("File")
    engine = StringField("What writes down the speech")
    model = SelectField("Text model", validate_choice=False)
    language = SelectField("Language spoken", validate_choice=False)
    redact = BooleanField("Take out personal data")
    speakers = BooleanField("Tell speakers apart (experimental)")


class CallForm(SentForm):
    """A recording of a call, and how to go about it."""

    recording = FileField("Recording")
    sample = StringField("Sample")
    model = SelectField("Model", validate_choice=False)
    speakers = SelectField("Tell the voices apart", validate_choice=False)
    customer = SelectField("Who is the customer", validate_choice=False)


class CustomerForm(SentForm):
    """Which speaker of a call is the customer."""

    customer = StringField("Who is the customer")


class ShareForm(SentForm):
    """A link to a call: how long it works, and whether the call can be heard by it."""

    lasts = StringField("Works for")
    sound = BooleanField("With the sound")


class RetryForm(SentForm):
    """The step to begin again with."""

    from_step = StringField("From step")


class FeedbackForm(SentForm):
    """Whether an answer was right (`right`, 1 or 0), and what it should have been."""

    right = StringField("Was this right?")
    correction = SelectField("What it should have been", validate_choice=False)


class DeleteForm(SentForm):
    """Nothing but the token."""


def clip_form() -> ClipForm:
    """The form with the installed models to choose from."""
    form = ClipForm()
    models = services().models
    form.model.choices = [(manifest.name, _choice(manifest)) for manifest in models.manifests()]
    form.model.data = form.model.data or models.default_name
    return form


def call_form() -> CallForm:
    """The form with the installed models, how voices can be told apart, and who may be the customer."""
    form = CallForm()
    models = services().models
    form.model.choices = [(manifest.name, _choice(manifest)) for manifest in models.manifests()]
    form.model.data = form.model.data or models.default_name
    form.speakers.choices = list(SPEAKERS.items())
    form.customer.choices = [("", "guessed: the second to speak")]
    form.customer.choices += [(name, speaker_name(name)) for name in CUSTOMERS["auto"]]
    return form


def sent_fields() -> MultiDict[str, Any] | None:
    """The fields of this request, those of programs that send them as JSON too; None where it is no form at all.

    JSON that is no object has no fields, so that each form says in its own words what it lacks.
    """
    if request.method != "POST":
        return None
    if not request.is_json:
        return CombinedMultiDict((request.files, request.form))
    sent = whole_characters(request.get_json(silent=True))
    fields = sent.items() if isinstance(sent, dict) else ()
    return MultiDict({name: _ticked(value) for name, value in fields if value is not None})


def text_form() -> TextForm:
    """The form with the installed text models."""
    form = TextForm()
    offer_text_models(form.model)
    return form


def job_form() -> JobForm:
    """The form with what is installed and the settings' defaults."""
    form = JobForm()
    offer_text_models(form.model)
    form.language.choices = list(LANGUAGES.items())
    form.engine.data = form.engine.data or services().settings.transcription_method
    return form


def offer_text_models(field: SelectField) -> None:
    """Fill a field with the installed text models, the default one chosen."""
    models = services().text_models
    field.choices = [
        (manifest.name, f"{manifest.title} {manifest.version} ({manifest.licence})") for manifest in models.manifests()
    ]
    field.data = field.data or models.default_name


def _choice(manifest: Manifest) -> str:
    """A model with its licence, which a user must know before choosing."""
    return f"{manifest.title} {manifest.version}, {len(manifest.labels)} emotions ({manifest.licence})"


def _ticked(value: object) -> str:
    """A value as a form would send it; a box that is not ticked sends nothing."""
    return ("y" if value else "") if isinstance(value, bool) else str(value)
