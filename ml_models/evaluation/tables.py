"""Numbers and tables as Markdown."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

UNKNOWN = "—"


def three(value: float | None) -> str:
    """Write a score to three decimals, halves upwards; a dash for one that was not measured."""
    if value is None:
        return UNKNOWN
    return str(Decimal(str(value)).quantize(Decimal("0.001"), ROUND_HALF_UP))


def with_interval(scores: Mapping[str, Any], name: str) -> str:
    """Write a score and, where it has one, its 95 % interval: "0.680 [0.640, 0.710]"."""
    interval = scores.get(f"{name}_interval")
    found = three(scores.get(name))
    return f"{found} [{three(interval[0])}, {three(interval[1])}]" if interval else found


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table; a bar inside a cell does not end it."""
    lines = (header, ["---"] * len(header), *rows)
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
