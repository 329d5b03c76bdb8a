"""How long a link to a call may work."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

LASTS: Final = {
    "hour": ("1 hour", timedelta(hours=1)),
    "day": ("1 day", timedelta(days=1)),
    "week": ("7 days", timedelta(days=7)),
}
