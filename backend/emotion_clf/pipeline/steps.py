"""Who does the steps of a job: those of sources and those of calls, with models that are loaded once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotion_clf.pipeline.call_requests import CallAnalysis, CallRequest
from emotion_clf.pipeline.calls import CallSteps
from emotion_clf.pipeline.figures import note_job
from emotion_clf.pipeline.observations import job_observed
from emotion_clf.pipeline.sources import SourceSteps
from emotion_clf.speech import ModelRegistry
from emotion_clf.text.registry import TextModelRegistry

if TYPE_CHECKING:
    from emotion_clf.pipeline.observations import Observation
    from emotion_clf.pipeline.requests import SourceAnalysis, SourceRequest
    from emotion_clf.pipeline.step import StepReport, StepWatch
    from emotion_clf.pipeline.work_folder import WorkFolder
    from emotion_clf.settings import Settings


class Steps:
    """Every step of every kind of job."""

    def __init__(self, settings: Settings) -> None:
        self._models, self._text_models = ModelRegistry(settings), TextModelRegistry(settings)
        self._sources = SourceSteps(settings, self._text_models)
        self._calls = CallSteps(settings, self._models)

    def run(self, step: str, request: SourceRequest | CallRequest, folder: WorkFolder, watch: StepWatch) -> StepReport:
        """Do one step before the last, see `SourceSteps.run` and `CallSteps.run`."""
        if isinstance(request, CallRequest):
            return self._calls.run(step, request, folder, watch)
        return self._sources.run(step, request, folder, watch)

    def classify(
        self, request: SourceRequest | CallRequest, folder: WorkFolder, watch: StepWatch
    ) -> SourceAnalysis | CallAnalysis:
        """Do the last step, which gives the answer."""
        found: SourceAnalysis | CallAnalysis = (
            self._calls.classify(request, folder, watch)
            if isinstance(request, CallRequest)
            else self._sources.classify(request, folder, watch)
        )
        note_job(request.kind, found)
        return found

    def observed(self, found: SourceAnalysis | CallAnalysis) -> Observation | None:
        """What is counted of an answer, see `job_observed`."""
        return job_observed(self._models, self._text_models, found)
