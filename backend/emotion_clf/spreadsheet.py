"""Rows → CSV that spreadsheets open as UTF-8 and run nothing of."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

BOM: Final = "\ufeff"  # Excel takes a file without it for one in the code page of the machine
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_UNSEEN: Final = " \u00a0\u200b\u2060\ufeff"  # before a formula that is one all the same


def to_csv(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """A header and the rows; a text that a spreadsheet would run as a formula is quoted as text."""
    return "".join(csv_lines(columns, rows))


def csv_lines(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """The same line by line, for tables that need not fit into memory."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    text.write(BOM)
    writer.writeheader()
    yield text.getvalue()
    for row in rows:
        text.seek(0)
        text.truncate()
        writer.writerow({name: safe_cell(value) for name, value in row.items()})
        yield text.getvalue()


def safe_cell(value: object) -> object:
    """Return a value as a spreadsheet may show it: a number that begins with a minus stays a number."""
    if isinstance(value, str) and value.lstrip(_UNSEEN).startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value
