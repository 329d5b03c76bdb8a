"""An owner → what is theirs: counted, taken away as one ZIP, deleted."""

from emotion_clf.belongings.holdings import KINDS, Holding
from emotion_clf.belongings.rooms import Belongings

__all__ = ["KINDS", "Belongings", "Holding"]
