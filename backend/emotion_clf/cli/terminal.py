"""What standard output can show: a terminal may know no more than ASCII."""

from __future__ import annotations

import codecs
import io
import os
import stat
import sys
from typing import Final

_BLOCK: Final = "█"
_ASCII_BLOCK: Final = "#"


def writes_unicode() -> bool:
    """Tell whether standard output has characters beyond those of old code pages."""
    try:
        _BLOCK.encode(sys.stdout.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def bar(share: float, width: int) -> str:
    """Return a bar for a share in [0, 1], in ASCII where standard output has no blocks."""
    return (_BLOCK if writes_unicode() else _ASCII_BLOCK) * round(share * width)


def begins_a_file() -> bool:
    """Tell whether standard output goes into a file from its beginning on, in UTF-8."""
    try:
        in_utf8 = codecs.lookup(sys.stdout.encoding).name == "utf-8"
        is_file = stat.S_ISREG(os.fstat(sys.stdout.fileno()).st_mode)
        return in_utf8 and is_file and sys.stdout.buffer.tell() == 0
    except (OSError, ValueError, AttributeError):
        return False  # a stream without a descriptor is held by a program


def replace_what_cannot_be_shown() -> None:
    """Have characters that a terminal lacks written as question marks, where they would end the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")
