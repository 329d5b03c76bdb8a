"""What is set, where that comes from, and what is wrong with it."""

from emotion_clf.configuration.faults import Remark, refusals, remarks
from emotion_clf.configuration.values import Setting, in_force

__all__ = ["Remark", "Setting", "in_force", "refusals", "remarks"]
