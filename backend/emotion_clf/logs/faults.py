"""An exception as a log line tells it: what kind, and where; what it says only where that cannot quote a user.

`ValueError: could not convert string to float: '…'` quotes what somebody sent, and so do many others. The kind and the
places in the code find nearly every fault; LOG_LEVEL=DEBUG adds the words.
"""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any, Final

_FRAMES: Final = 30
_CHAIN: Final = 5
_PACKAGES: Final = "site-packages"
_PARTS_SHOWN: Final = 3


def faults(error: BaseException, *, quoting: bool) -> list[dict[str, Any]]:
    """The exception, then what it came from.

    Args:
        error: the exception.
        quoting: whether to tell the words of every exception.
    """
    found: list[dict[str, Any]] = []
    current: BaseException | None = error
    while current is not None and len(found) < _CHAIN:
        found.append(_fault(current, quoting=quoting))
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return found


def as_lines(found: list[dict[str, Any]]) -> str:
    """The same for people."""
    lines = []
    for place, fault in enumerate(found):
        said = f": {fault['message']}" if "message" in fault else ""
        lines.append(f"{'because of ' if place else ''}{fault['type']}{said}")
        lines += [f"    {frame}" for frame in fault["frames"]]
    return "\n".join(lines)


def _fault(error: BaseException, *, quoting: bool) -> dict[str, Any]:
    kind = type(error)
    frames = [
        f"{_place(frame.filename)}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    ]
    message = str(error) if quoting else _harmless(error)
    told = {} if message is None else {"message": message}
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return {"type": name, **told, "frames": frames}


def _harmless(error: BaseException) -> str | None:
    """The words of those that speak of this machine alone."""
    if isinstance(error, ImportError):
        return str(error)
    return error.strerror if isinstance(error, OSError) else None


def _place(filename: str) -> str:
    """A file of the code without the folders of this machine."""
    parts = Path(filename).parts
    if _PACKAGES in parts:
        return "/".join(parts[parts.index(_PACKAGES) + 1 :])
    return "/".join(parts[-_PARTS_SHOWN:])
