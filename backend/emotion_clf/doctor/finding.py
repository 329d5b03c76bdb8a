"""What one check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emotion_clf.errors import EmotionError

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        subject: what was looked at.
        ok: whether it will do.
        detail: what was seen.
        mend: what to do, where it will not do.
    """

    subject: str
    ok: bool
    detail: str
    mend: str = ""


def finding(subject: str, look: Callable[[], str], mend: str) -> Finding:
    """Look, and take an error of ours for a fault."""
    try:
        return Finding(subject, ok=True, detail=look())
    except EmotionError as error:
        return Finding(subject, ok=False, detail=error.message, mend=mend)
