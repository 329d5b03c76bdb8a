"""The forms, checked before anything else happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField, StringField

from emotion_clf.web.services import services

if TYPE_CHECKING:
    from emotion_clf.speech import Manifest


class ClipForm(FlaskForm):  # type: ignore[misc]
    """A clip to analyse: uploaded or recorded (`audio`), or one of ours (`sample`)."""

    audio = FileField("Audio file")
    sample = StringField("Sample clip")
    model = SelectField("Model", validate_choice=False)
    keep = BooleanField("Keep my recording")
    same_voice = StringField("This is me again")


class DeleteForm(FlaskForm):  # type: ignore[misc]
    """Nothing but the token."""


def clip_form() -> ClipForm:
    """The form with the installed models to choose from."""
    form = ClipForm()
    models = services().models
    form.model.choices = [(manifest.name, _choice(manifest)) for manifest in models.manifests()]
    form.model.data = form.model.data or models.default_name
    return form


def _choice(manifest: Manifest) -> str:
    """A model with its licence, which a user must know before choosing."""
    return f"{manifest.title} {manifest.version}, {len(manifest.labels)} emotions ({manifest.licence})"
