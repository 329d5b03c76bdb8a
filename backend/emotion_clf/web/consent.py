"""What people agree to by sending something, and what the law has others told before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from emotion_clf.settings import Settings

EVERYBODY_IS_TOLD: Final = (
    "Everybody who can be heard has to be told before: that they are recorded, and that their voice is analysed for "
    "emotions."
)


def text_for_calls(settings: Settings) -> str:
    """The whole text beside the ways in where more than one person can be heard."""
    return f"{settings.consent_text} {EVERYBODY_IS_TOLD}"
