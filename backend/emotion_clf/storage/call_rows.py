"""A call's timeline, embeddings and peaks ↔ the columns of its row."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emotion_clf.calls import Timeline
from emotion_clf.errors import StorageError

if TYPE_CHECKING:
    import numpy.typing as npt

    from emotion_clf.pipeline.call_requests import CallAnalysis

# Half precision moves an embedding by less than the encoder's own rounding between machines.
_EMBEDDING: Final = np.dtype("<f2")


def call_values(job_id: str, analysis: CallAnalysis) -> dict[str, Any]:
    """The columns of a call."""
    return {
        "job_id": job_id,
        "timeline": pack_timeline(analysis.timeline),
        "embeddings": zlib.compress(analysis.embeddings.astype(_EMBEDDING).tobytes()),
        "embedding_dim": analysis.embeddings.shape[1],
        "peaks": zlib.compress(analysis.peaks.tobytes()),
        "channels": analysis.peaks.shape[0],
    }


def pack_timeline(timeline: Timeline) -> bytes:
    """A timeline as its column holds it."""
    return zlib.compress(json.dumps(timeline.as_dict(), separators=(",", ":")).encode())


def timeline_of(column: bytes) -> Timeline:
    """The timeline of a column.

    Raises:
        StorageError: it was written by another version.
    """
    try:
        return Timeline.from_dict(json.loads(zlib.decompress(column)))
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise StorageError("This call was stored by another version. Analyse it again.") from error


def embeddings_of(column: bytes, dim: int) -> npt.NDArray[np.float32]:
    """Embeddings of shape (windows, dim)."""
    return np.frombuffer(zlib.decompress(column), _EMBEDDING).reshape(-1, dim).astype(np.float32)


def peaks_of(column: bytes, channels: int) -> npt.NDArray[np.uint8]:
    """Peaks of shape (channels, eighths of a second)."""
    return np.frombuffer(zlib.decompress(column), np.uint8).reshape(channels, -1)
