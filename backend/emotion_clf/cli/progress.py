"""Bars for the one who waits; nothing where nobody watches."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class Advance(Protocol):
    """Moves a bar."""

    def __call__(self, share: float, message: str = "") -> None:
        """To this share of the whole, in [0, 1]."""
        ...


@contextmanager
def share_bar() -> Iterator[Advance]:
    """A bar on standard error, moved by a share in [0, 1] and a word on what is being done."""
    from tqdm import tqdm

    with tqdm(total=1.0, leave=False, disable=None, bar_format="{desc}{percentage:3.0f} % {bar} {elapsed}") as bar:

        def advance(share: float, message: str = "") -> None:
            bar.set_description_str(f"{message} " if message else "", refresh=False)
            bar.n = min(max(share, 0.0), 1.0)
            bar.refresh()

        yield advance
