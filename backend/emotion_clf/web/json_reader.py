"""JSON as every door reads it: no brackets without end, no numbers that are none, no halves of characters."""

from __future__ import annotations

import json
from typing import Any

from flask.json.provider import DefaultJSONProvider


class StrictJSON(DefaultJSONProvider):
    """The application's reader and writer of JSON; `request.get_json` reads through it."""

    sort_keys = False

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """Return the value that a JSON text stands for.

        Raises:
            ValueError: as `read_json`.
        """
        return read_json(s)


def read_json(text: str | bytes) -> Any:
    """Return the value that a JSON text stands for.

    Writing the value again finds the numbers that the parser lets through and JSON does not have: NaN, Infinity, 1e999.

    Raises:
        ValueError: the text is not JSON, or its brackets are nested more deeply than any request needs.
    """
    try:
        value = json.loads(text)
        json.dumps(value, allow_nan=False)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def whole_characters(value: Any) -> Any:
    """Return a value of JSON with U+FFFD for each half of a surrogate pair, which no file and no database can hold."""
    written = json.dumps(value, ensure_ascii=False)
    try:
        written.encode()
    except UnicodeEncodeError:
        return json.loads(written.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    return value
