"""What each file of an export is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

# The tables that hold something of an owner, and the files in which it is told; a test compares them with the database.
FILES: Final[dict[str, dict[str, str]]] = {
    "analyses": {
        "clips.csv": "a row for each clip that was heard, with the probability of every emotion",
        "clips/*.json": "the same, one clip in each, and how it was made",
        "voices/*.json": "how a clip sounded to a model that adapts to voices, as numbers (its embedding)",
        "recordings/*.flac": "the recordings that you asked to keep",
        "consent.json": "what you agreed to when you asked for that or sent a call; both name it by its version",
    },
    "jobs": {
        "calls/*/job.json": "a call: its file name, its choices, when it was made",
        "calls/*/sound.flac": "its sound",
        "calls/*/given*": "the recording as it came, while it is not analysed yet",
        "sources/*/source.json": "an address, file or text that was read, with its sentences and their emotions",
        "sources/*/recording*": "its sound or video",
        "sources/*/given*": "what was sent, where it is no recording",
        "sources/*/transcript.json": "what was written down, with the times of words",
    },
    "job_steps": {
        "calls/*/job.json": "the steps of a call are in there too",
        "sources/*/source.json": "and those of a source",
    },
    "sentences": {"sources/*/sentences.csv": "a row for each sentence, with the probability of every emotion"},
    "calls": {
        "calls/*/call.json": "the timeline, the way of the customer through it, key moments and the score",
        "calls/*/timeline.csv": "a row for each window of a few seconds",
        "calls/*/voices.csv": "how each window sounded to the model, as numbers (embeddings)",
        "calls/*/waveform.json": "the loudness that the waveform is drawn from; 255 is full scale",
    },
    "shares": {"links.json": "links to calls: when they were made and until when they work; not the links themselves"},
    "webhooks": {"webhooks.json": "addresses that wait to be told of the end of a job"},
    "feedback": {"feedback.json": "what you said of answers"},
    "repeats": {"answers.json": "answers kept for a day for requests that are sent twice (Idempotency-Key)"},
}
_HEAD: Final = """Everything that emotion-clf stored under your number or account, as of {now:%d %B %Y, %H:%M} UTC.

Files that are not here would be empty. Times inside are in UTC, seconds count from the start of a recording, and
emotions are what a model heard or read, not what somebody felt.

"""
_TAIL: Final = """  accounts.json
      the name of your account or key, and since when there is one; no password and no key

What the server does not know to be yours is not in here: its backups, the audit log of its administrators, its log. Ask
those who run it for these.
"""


def readme(now: datetime) -> str:
    """The README of an export that is made now, in UTC."""
    told = {name: words for files in FILES.values() for name, words in reversed(files.items())}
    lines = "".join(f"  {name}\n      {words}\n" for name, words in sorted(told.items()))
    return _HEAD.format(now=now) + lines + _TAIL
