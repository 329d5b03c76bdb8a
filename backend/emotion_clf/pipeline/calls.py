"""A recording of a call → its timeline, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emotion_clf.errors import InvalidRequestError
from emotion_clf.pipeline.call_embed import embed_call, hop_of
from emotion_clf.pipeline.call_judge import judge_call, relabelled
from emotion_clf.pipeline.call_requests import SPEAKERS_FROM, CallRequest
from emotion_clf.pipeline.call_sound import decode_call
from emotion_clf.pipeline.call_voices import tell_voices
from emotion_clf.pipeline.requests import CALL, DECODE, VOICES, steps_of
from emotion_clf.pipeline.step import part_of
from emotion_clf.pipeline.work_folder import WorkFolder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from emotion_clf.pipeline.call_requests import CallAnalysis, CallOptions
    from emotion_clf.pipeline.step import StepReport, StepWatch
    from emotion_clf.settings import Settings
    from emotion_clf.speech import ModelRegistry

__all__ = ["CallSteps", "relabelled"]

LEAST_HOP_S: Final = 0.5


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
            InvalidRequestError: speakers cannot be told apart like that, or windows cannot lie that far apart.
            ModelNotFoundError: there is no such speech model.
        """
        if request.options.speakers not in SPEAKERS_FROM:
            raise InvalidRequestError(f"Speakers are told apart by one of: {', '.join(SPEAKERS_FROM)}.")
        if not LEAST_HOP_S <= hop_of(request, self.settings) <= self.settings.call_window_s:
            raise InvalidRequestError(
                f"Windows can start {LEAST_HOP_S:g} to {self.settings.call_window_s:g} s after one another."
            )
        self.models.manifest(request.options.model or self.models.default_name)

    def run(self, step: str, request: CallRequest, folder: WorkFolder, watch: StepWatch) -> StepReport:
        """Do one step before the last, which is `classify`, and leave its outcome in the folder.

        Args:
            step: one of `steps_of(CALL)`.
            request: what is to be heard, and how.
            folder: what was given, and what the steps before left.
            watch: told how far it is, and asked whether to stop.

        Raises:
            EmotionError: it cannot be done, or it was asked to stop; the message says what to do.
        """
        watch.check()
        if step == steps_of(CALL)[0]:
            self.check(request)
        if step == DECODE:
            return decode_call(request, folder, self.settings, watch)
        if step == VOICES:
            return tell_voices(request, folder, self.settings, watch)
        return embed_call(request, folder, self.settings, self.models.get(request.options.model), watch)

    def classify(self, request: CallRequest, folder: WorkFolder, watch: StepWatch) -> CallAnalysis:
        """Do the last step: judge the windows of the customer's voice.

        Raises:
            EmotionError: as `run`.
        """
        watch.check()
        return judge_call(request, folder, self.settings, self.models.get(request.options.model))

    def analyse(
        self,
        path: Path,
        options: CallOptions,
        folder: Path,
        *,
        progress: Callable[[float, str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> CallAnalysis:
        """Do all steps, here and now.

        Args:
            path: the recording.
            options: how to go about it.
            folder: a folder for the files of this call, which the caller deletes.
            progress: told the share of all that is done, in [0, 1], and a line for people.
            cancelled: asked now and then whether to stop.

        Raises:
            InvalidRequestError: the file cannot be read.
            EmotionError: as `run`.
        """
        request = CallRequest(path.name, options)
        work = WorkFolder(folder)
        work.take(path, request.suffix, None)
        steps = steps_of(CALL)
        for place, step in enumerate(steps[:-1]):
            self.run(step, request, work, part_of(progress, cancelled, place, len(steps)))
        return self.classify(request, work, part_of(progress, cancelled, len(steps) - 1, len(steps)))
