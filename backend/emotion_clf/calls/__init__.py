"""A long call → its timeline: who speaks when, what the customer's voice sounds like, and how the call went."""

from emotion_clf.calls.timeline import Layout, Timeline, Turn, Window

__all__ = ["Layout", "Timeline", "Turn", "Window"]
