"""Which clips are computed together: a function of their lengths and the batch size, and of nothing else.

A network's sums depend, in their last bits, on the shape of the batch. So that a run that was stopped gives the bytes
of one that was not, the batches never depend on what is finished already, on workers or on time.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Batch = tuple[int, ...]
    Chunk = tuple[Batch, ...]


def equal_length_batches(lengths: Sequence[int], batch_size: int) -> Iterator[Batch]:
    """Group clips of equal length, the longest first.

    Only equal lengths share a batch: padding changes what networks with group normalisation compute. The longest come
    first so that a lack of memory shows at once, and no batch is as slow as the first.

    Args:
        lengths: of each clip, in samples.
        batch_size: the most clips of a batch.

    Yields:
        Positions of the clips of a batch.
    """
    order = sorted(range(len(lengths)), key=lambda position: (-lengths[position], position))
    for _, same in groupby(order, key=lambda position: lengths[position]):
        group = tuple(same)
        for start in range(0, len(group), batch_size):
            yield group[start : start + batch_size]


def chunks(lengths: Sequence[int], batch_size: int) -> Iterator[Chunk]:
    """Join batches to chunks, the pieces of work that are handed out and finished as a whole.

    Args:
        lengths: of each clip, in samples.
        batch_size: the most clips of a batch; a chunk has at least so many, but for the last, and less than twice.

    Yields:
        Batches of positions.
    """
    chunk: Chunk = ()
    for batch in equal_length_batches(lengths, batch_size):
        chunk = (*chunk, batch)
        if sum(map(len, chunk)) >= batch_size:
            yield chunk
            chunk = ()
    if chunk:
        yield chunk


def halvings(batch_size: int) -> Iterator[int]:
    """Give the batch size, its half, and so on down to a single clip."""
    while batch_size:
        yield batch_size
        batch_size //= 2
