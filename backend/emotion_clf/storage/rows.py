"""An analysis ↔ its row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from emotion_clf.audio import QualityWarning
from emotion_clf.pipeline import ClipAnalysis
from emotion_clf.speech import EmotionPrediction
from emotion_clf.storage.tables import AnalysisRow

MY_VOICE: Final = "me"
FLOAT: Final = np.dtype("<f4")  # the same bytes whichever machine wrote them


@dataclass(frozen=True, slots=True)
class StoredAnalysis:
    """An analysis that has a permalink.

    Attributes:
        id: 128 random bits in hexadecimal.
        created_at: when it was made, in UTC.
        source_name: what the user called the file; data, never a path.
        clip: the answer.
        recording_expires_at: until when the recording is kept, None where it is not.
        voice: whose voice its owner said it is, MY_VOICE or None.
        consent: version of the text they agreed to, where the recording was kept.
    """

    id: str
    created_at: datetime
    source_name: str
    clip: ClipAnalysis
    recording_expires_at: datetime | None
    voice: str | None = None
    consent: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The result for programs, the same through every door."""
        expires = self.recording_expires_at
        return {
            "id": self.id,
            "created_at": self.created_at.isoformat(timespec="seconds"),
            "source_name": self.source_name,
            **self.clip.as_dict(),
            "recording_expires_at": None if expires is None else expires.isoformat(timespec="seconds"),
            "consent": self.consent,
        }

    def as_row(self) -> dict[str, Any]:
        """The result as one row of a table, one column for each emotion."""
        return {
            "id": self.id,
            "created_at": self.created_at.isoformat(timespec="seconds"),
            "source_name": self.source_name,
            **self.clip.as_row(),
        }


def to_row(stored: StoredAnalysis, owner: str, *, keep_embedding: bool) -> AnalysisRow:
    """The row of an analysis, with the embedding or without."""
    clip, prediction = stored.clip, stored.clip.prediction
    embedding = prediction.embedding if keep_embedding else None
    return AnalysisRow(
        id=stored.id,
        owner=owner,
        created_at=stored.created_at,
        source_name=stored.source_name,
        container=clip.container,
        duration_s=clip.duration_s,
        label=prediction.label,
        confidence=prediction.confidence,
        uncertain=prediction.uncertain,
        probabilities=prediction.probabilities,
        warnings=[{"code": warning.code, "message": warning.message} for warning in clip.warnings],
        model_name=prediction.model_name,
        model_version=prediction.model_version,
        timings_ms={
            "decode": clip.decode_ms,
            "embed": prediction.embed_ms,
            "classify": prediction.classify_ms,
        },
        recording_expires_at=stored.recording_expires_at,
        adapted_to_clips=prediction.adapted_to_clips,
        embedding=None if embedding is None else embedding.astype(FLOAT).tobytes(),
        voice=stored.voice,
        consent=stored.consent,
    )


def from_row(row: AnalysisRow) -> StoredAnalysis:
    """The analysis of a row; a recording whose time is over counts as gone before it is deleted."""
    now = datetime.now(UTC)
    kept = row.recording_expires_at is not None and row.recording_expires_at > now
    ranked = sorted(row.probabilities.items(), key=lambda item: -item[1])
    return StoredAnalysis(
        id=row.id,
        created_at=row.created_at,
        source_name=row.source_name,
        clip=ClipAnalysis(
            prediction=EmotionPrediction(
                label=row.label,
                confidence=row.confidence,
                probabilities=dict(ranked),
                uncertain=row.uncertain,
                model_name=row.model_name,
                model_version=row.model_version,
                embed_ms=row.timings_ms["embed"],
                classify_ms=row.timings_ms["classify"],
                adapted_to_clips=row.adapted_to_clips,
                embedding=None if row.embedding is None else np.frombuffer(row.embedding, dtype=FLOAT),
            ),
            duration_s=row.duration_s,
            warnings=tuple(QualityWarning(**warning) for warning in row.warnings),
            container=row.container,
            decode_ms=row.timings_ms["decode"],
        ),
        recording_expires_at=row.recording_expires_at if kept else None,
        voice=row.voice,
        consent=row.consent,
    )
