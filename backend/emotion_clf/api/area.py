"""One part of the API: guarded, counted, and offering conditions, before its first address is added."""

from __future__ import annotations

from apiflask import APIBlueprint

from emotion_clf.api.guard import check
from emotion_clf.api.replies import offer_condition


def area(name: str, title: str) -> APIBlueprint:
    """A part that answers nobody who may not ask.

    Args:
        name: of the blueprint, which is unique in the application.
        title: what the document calls it.
    """
    made = APIBlueprint(name, "emotion_clf.api", tag=title)
    made.before_request(check)
    made.after_request(offer_condition)
    return made
