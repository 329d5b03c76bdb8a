"""A recording of a call → its timeline, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emotion_clf.calls import Timeline
    from emotion_clf.pipeline.call_requests import CallAnalysis, CallRequest
    from emotion_clf.pipeline.step import StepReport, StepWatch
    from emotion_clf.pipeline.work_folder import WorkFolder
    from emotion_clf.settings import Settings
    from emotion_clf.speech import ModelRegistry


@dataclass(frozen=True, slots=True)
class CallSteps:
    """Runs the steps of a call with the models and limits of this process.

    Attributes:
        settings: the limits in force.
        models: the speech bundles.
    """

    settings: Settings
    models: ModelRegistry

    def check(self, request: CallRequest) -> None:
        """Refuse what cannot end well, before anything is decoded.

        Raises:
            ModelNotFoundError: there is no such speech model.
        """
        raise NotImplementedError

    def run(self, step: str, request: CallRequest, folder: WorkFolder, watch: StepWatch) -> StepReport:
        """Do one step before the last, which is `classify`, and leave its outcome in the folder."""
        raise NotImplementedError

    def classify(self, request: CallRequest, folder: WorkFolder, watch: StepWatch) -> CallAnalysis:
        """Do the last step: judge the windows of the customer's voice."""
        raise NotImplementedError


def relabelled(
    timeline: Timeline, customer: str, embeddings: object, models: ModelRegistry, settings: Settings
) -> Timeline:
    """The same call with another speaker for its customer, whose windows are judged now.

    Raises:
        InvalidRequestError: there is no such speaker.
        ModelError: the model that embedded the call is not installed any more.
    """
    raise NotImplementedError
