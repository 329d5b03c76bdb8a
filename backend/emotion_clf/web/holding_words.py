"""What the doors call the things of a person, and when those go by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from emotion_clf.belongings import Holding
    from emotion_clf.belongings.holdings import HoldingKind
    from emotion_clf.settings import Settings

WORDS: Final[dict[HoldingKind, str]] = {
    "clips": "Answers to clips",
    "recordings": "Recordings of clips that you asked to keep",
    "voices": "Embeddings of a voice, kept with answers",
    "calls": "Calls: timelines, and embeddings of the voices in them",
    "call_sounds": "The sound of calls",
    "sources": "Addresses, files and texts that were read",
    "links": "Links to calls",
    "feedback": "What you said of answers",
    "webhooks": "Addresses that wait to be told of the end of a job",
    "answers": "Answers kept for programs that ask twice",
}
_NEVER: Final = "not by itself"


def until(holding: Holding, settings: Settings) -> str | None:
    """In words, when the last of these things is deleted by itself; None where the day is known."""
    if holding.gone_by is not None:
        return None
    days, hours = settings.job_retention_days, settings.call_recording_h
    words = {
        "feedback": "with the answer",
        "webhooks": "once they were told",
        "calls": f"{days:g} days after they ended" if days else _NEVER,
        "sources": f"{days:g} days after they ended" if days else _NEVER,
        "call_sounds": f"{hours:g} hours after they were analysed" if hours else "with their calls",
    }
    return words.get(holding.kind, _NEVER)
