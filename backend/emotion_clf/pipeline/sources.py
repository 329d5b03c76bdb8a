"""An address, a file or a text → its sentences with their emotions, step by step.

Each step is a function of the files in a work folder, and leaves its outcome there: a step that is done is not done
again, whoever comes next.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emotion_clf.pipeline.requests import (
    DECODE,
    FETCH,
    STEPS,
    TRANSCRIBE,
    ReadSentence,
    SourceAnalysis,
    SourceOptions,
    SourceRequest,
    steps_of,
)
from emotion_clf.pipeline.source_fetch import fetch_source
from emotion_clf.pipeline.source_sentences import read_sentences
from emotion_clf.pipeline.source_sound import decode_source
from emotion_clf.pipeline.source_words import check_engine, transcribe_source
from emotion_clf.pipeline.step import StepReport, StepWatch, part_of
from emotion_clf.pipeline.work_folder import WorkFolder

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotion_clf.settings import Settings
    from emotion_clf.text.registry import TextModelRegistry

__all__ = [
    "STEPS",
    "ReadSentence",
    "SourceAnalysis",
    "SourceOptions",
    "SourceRequest",
    "SourceSteps",
    "StepReport",
    "StepWatch",
    "steps_of",
]

_BEFORE_CLASSIFYING: Final = {FETCH: fetch_source, DECODE: decode_source, TRANSCRIBE: transcribe_source}


@dataclass(frozen=True, slots=True)
class SourceSteps:
    """Runs the steps of a source with the models and limits of this process.

    Attributes:
        settings: the limits in force.
        text_models: the text bundles.
    """

    settings: Settings
    text_models: TextModelRegistry

    def check(self, request: SourceRequest) -> None:
        """Refuse what cannot end well, before anything is fetched.

        Raises:
            InvalidRequestError: there is no such engine.
            TranscriptionError: the engine named cannot be used.
            ModelNotFoundError: there is no such text model.
        """
        check_engine(request, self.settings)
        self.text_models.manifest(request.options.model or self.text_models.default_name)

    def run(self, step: str, request: SourceRequest, folder: WorkFolder, watch: StepWatch) -> StepReport:
        """Do one step before the last, which is `classify`, and leave its outcome in the folder.

        Args:
            step: one of `steps_of(request.kind)`.
            request: what is to be read, and how.
            folder: what was given, and what the steps before left.
            watch: told how far it is, and asked whether to stop.

        Raises:
            EmotionError: it cannot be done, or it was asked to stop; the message says what to do.
        """
        watch.check()
        if step == steps_of(request.kind)[0]:
            self.check(request)
        return _BEFORE_CLASSIFYING[step](request, folder, self.settings, watch)

    def classify(self, request: SourceRequest, folder: WorkFolder, watch: StepWatch) -> SourceAnalysis:
        """Do the last step: read what the others left, sentence by sentence.

        Raises:
            EmotionError: as `run`.
        """
        watch.check()
        return read_sentences(request, folder, self.settings, self.text_models.get(request.options.model), watch)

    def analyse(
        self,
        request: SourceRequest,
        folder: Path,
        *,
        given: Path | None = None,
        text: str | None = None,
        progress: Callable[[float, str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> SourceAnalysis:
        """Do all steps, here and now.

        Args:
            request: what is to be read, and how.
            folder: a folder for the files of this source, which the caller deletes.
            given: the file, for a request of that kind; None: its name is its path.
            text: the text, for a request of that kind.
            progress: told the share of all that is done, in [0, 1], and a line for people.
            cancelled: asked now and then whether to stop.

        Raises:
            InvalidRequestError: the file cannot be read.
            EmotionError: as `run`.
        """
        work = WorkFolder(folder)
        given = Path(request.source) if request.kind == "file" and given is None else given
        work.take(given, request.suffix, text)
        steps = steps_of(request.kind)
        for place, step in enumerate(steps[:-1]):
            if not work.is_done(step):
                self.run(step, request, work, part_of(progress, cancelled, place, len(steps)))
        return self.classify(request, work, part_of(progress, cancelled, len(steps) - 1, len(steps)))
