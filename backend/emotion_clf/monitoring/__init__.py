"""Figures of what the product does, for Prometheus: how often, how long, how sure; never who or what was said.

Nothing is kept before `begin`, so the command line and the Python API keep none.
"""

from emotion_clf.monitoring.observe import (
    METHODS,
    OTHER,
    answered,
    begin,
    clocked,
    end,
    failed,
    job_ended,
    request_answered,
    sound_analysed,
    step_ended,
)

__all__ = [
    "METHODS",
    "OTHER",
    "answered",
    "begin",
    "clocked",
    "end",
    "failed",
    "job_ended",
    "request_answered",
    "sound_analysed",
    "step_ended",
]
