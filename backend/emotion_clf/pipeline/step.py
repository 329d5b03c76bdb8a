"""How a step is watched while it works, and what it says when it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emotion_clf.errors import JobCancelledError

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class StepReport:
    """What a step did.

    Attributes:
        message: one line for people.
        skipped: whether there was nothing to do.
        title: what the source calls itself, where the step found out.
        media: name of the recording in the work folder, where the step brought one.
    """

    message: str
    skipped: bool = False
    title: str | None = None
    media: str | None = None


@dataclass(frozen=True, slots=True)
class StepWatch:
    """Those who want to know.

    Attributes:
        progress: told the share of the step that is done, in [0, 1] or None where nobody can tell, and a line for
            people.
        cancelled: asked now and then whether to stop.
    """

    progress: Callable[[float | None, str], None]
    cancelled: Callable[[], bool]

    def check(self) -> None:
        """Go on, or not.

        Raises:
            JobCancelledError: somebody asked to stop.
        """
        if self.cancelled():
            raise JobCancelledError("The work was stopped on request.")


def part_of(
    progress: Callable[[float, str], None] | None, cancelled: Callable[[], bool] | None, place: int, count: int
) -> StepWatch:
    """A watch of one step for somebody who watches them all, or nobody."""

    def tell(share: float | None, message: str) -> None:
        if progress is not None:
            progress((place + (share or 0.0)) / count, message)

    return StepWatch(tell, cancelled or (lambda: False))
