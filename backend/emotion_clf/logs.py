"""Where this package's own log lines go: standard error, from the configured level on.

They hold what happened and never what was said: no audio, no file names of users, no tokens.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from emotion_clf.settings import Settings

_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def configure(settings: Settings) -> None:
    """Send the package's log lines to standard error; a second call changes the level alone."""
    package = logging.getLogger("emotion_clf")
    package.setLevel(settings.log_level)
    if not package.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter(_FORMAT))
        package.addHandler(handler)
        package.propagate = False
