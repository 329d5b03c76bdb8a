"""The step `classify`: a transcript or a text → sentences with their emotions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.errors import InvalidRequestError
from emotion_clf.pipeline.pasted import pasted_captions, plain_text, spoken
from emotion_clf.pipeline.requests import DECODE, FETCH, TRANSCRIBE, ReadSentence, SourceAnalysis
from emotion_clf.pipeline.text_doubts import doubted
from emotion_clf.pipeline.texts import check_count, checked_sentences, checked_text
from emotion_clf.transcription import Sentence, Transcript, redact, redact_transcript, sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotion_clf.pipeline.requests import SourceRequest
    from emotion_clf.pipeline.step import StepWatch
    from emotion_clf.pipeline.work_folder import WorkFolder
    from emotion_clf.settings import Settings
    from emotion_clf.text import TextEmotion
    from emotion_clf.text.model import TextModel

TURN_PAUSE_S: Final = 2.0
_BATCHES_AT_A_TIME: Final = 4
_SPEAKER_CHARACTERS: Final = 64
_LANGUAGES: Final = {"en": "English"}


def read_sentences(
    request: SourceRequest, folder: WorkFolder, settings: Settings, model: TextModel, watch: StepWatch
) -> SourceAnalysis:
    """Classify every sentence, in the light of its neighbours in the same turn where the settings want that.

    Raises:
        InvalidRequestError: nothing is there to be read any more.
        EmotionError: as `checked_text` and the model.
    """
    transcript = _transcript(folder)
    if transcript is None:
        said, notes = _of_text(request, folder, settings)
    else:
        said, notes = sentences(transcript), list(transcript.notes)
    found, doubts = _doubted(_predicted(said, model, settings, watch), transcript, model)
    fetched = folder.outcome(FETCH)
    return SourceAnalysis(
        title=fetched.get("title") or _name(request),
        duration_s=folder.outcome(DECODE).get("duration_s", fetched.get("duration_s")),
        language=None if transcript is None else transcript.language,
        engine=None if transcript is None else transcript.engine,
        engine_version=None if transcript is None else transcript.engine_version,
        notes=tuple(dict.fromkeys([*notes, *doubts])),
        model_name=model.manifest.name,
        model_version=model.manifest.version,
        sentences=tuple(
            _read(position, sentence, emotion, timed=transcript is not None)
            for position, (sentence, emotion) in enumerate(zip(said, found, strict=True))
        ),
    )


def _name(request: SourceRequest) -> str:
    return PurePath(request.source).name if request.kind == "file" else request.source


def _transcript(folder: WorkFolder) -> Transcript | None:
    """What the step before left; None where the source is a text."""
    outcome = folder.outcome(TRANSCRIBE)
    return Transcript.from_dict(outcome["transcript"]) if "transcript" in outcome else None


def _of_text(request: SourceRequest, folder: WorkFolder, settings: Settings) -> tuple[tuple[Sentence, ...], list[str]]:
    """Return the sentences of a text, which have no times.

    Raises:
        InvalidRequestError: the text is not there any more.
        EmotionError: as `checked_sentences`.
    """
    try:
        text = checked_text(folder.text.read_text(encoding="utf-8"), settings)
    except OSError as error:
        raise InvalidRequestError("The text of this job is not there any more. Give it again.") from error
    captions = pasted_captions(text)
    if captions is not None:
        return _of_captions(captions, request, settings)
    text, notes = plain_text(text), []
    if request.options.redact:
        redacted = redact(text, settings.redaction_regions, settings.redaction_engine)
        text, notes = redacted.text, [redacted.note]
    return tuple(Sentence(found, 0.0, 0.0) for found in checked_sentences(text, settings)), notes


def _of_captions(
    captions: Transcript, request: SourceRequest, settings: Settings
) -> tuple[tuple[Sentence, ...], list[str]]:
    """Return the sentences of captions that were pasted."""
    if request.options.redact:
        captions = redact_transcript(captions, settings.redaction_regions, settings.redaction_engine).transcript
    said = spoken(captions)
    check_count(len(said), settings)
    return tuple(replace(found, start_s=0.0, end_s=0.0) for found in said), list(captions.notes)


def _doubted(
    found: Sequence[TextEmotion], transcript: Transcript | None, model: TextModel
) -> tuple[Sequence[TextEmotion], Sequence[str]]:
    """Return the answers and notes on them: uncertain where the model does not read the language."""
    if transcript is None or transcript.language is None:
        told = doubted(found, together=True)
        return told.answers, told.notes
    notes = _foreign(transcript, model)
    return ([replace(answer, uncertain=True) for answer in found] if notes else found), notes


def _foreign(transcript: Transcript, model: TextModel) -> list[str]:
    """A warning where the model does not read the language of the transcript."""
    reads, spoken = model.manifest.language, transcript.language
    if spoken is None or spoken.partition("-")[0].lower() == reads:
        return []
    known = _LANGUAGES.get(reads, reads)
    said = f"The text model reads {known}; this transcript is in '{spoken}', so"
    missing = sum(segment.translation is None for segment in transcript.segments)
    if missing == len(transcript.segments):
        return [f"{said} its emotions are mere guesses."]
    notes = [f"{said} its emotions are read from the translation, which a machine made."]
    if missing:
        notes.append(f"{missing} sentences could not be translated; their emotions are mere guesses.")
    return notes


def _predicted(said: Sequence[Sentence], model: TextModel, settings: Settings, watch: StepWatch) -> list[TextEmotion]:
    """The answers, some batches at a time so that there is progress to tell and a moment to stop.

    Each part is given with the neighbours its sentences look at, so the answers do not depend on where it is cut.
    """
    size, context = _BATCHES_AT_A_TIME * settings.classification_batch_size, model.manifest.heads.context
    texts, turns = [sentence.translation or sentence.text for sentence in said], turns_of(said)
    found: list[TextEmotion] = []
    for start in range(0, len(texts), size):
        watch.check()
        watch.progress(start / len(texts), f"{start:,} of {len(texts):,} sentences")
        part = slice(max(start - context, 0), start + size + context)
        answers = model.predict(texts[part], context=settings.classification_context, turns=turns[part])
        found += answers[start - part.start :][:size]
    watch.progress(1.0, f"{len(texts):,} sentences")
    return found


def turns_of(said: Sequence[Sentence]) -> list[int]:
    """Return the number of each sentence's turn: another begins with another speaker, or after two silent seconds."""
    turns: list[int] = []
    for position, sentence in enumerate(said):
        before = said[position - 1] if position else sentence
        ends = (
            sentence.begins_turn
            or sentence.speaker != before.speaker
            or sentence.start_s - before.end_s >= TURN_PAUSE_S
        )
        turns.append((turns[-1] if turns else 0) + ends)
    return turns


def _read(position: int, sentence: Sentence, emotion: TextEmotion, *, timed: bool) -> ReadSentence:
    times: dict[str, Any] = {"start_s": sentence.start_s, "end_s": sentence.end_s}
    speaker = None if sentence.speaker is None else sentence.speaker[:_SPEAKER_CHARACTERS]
    return ReadSentence(
        position=position,
        text=sentence.text,
        **(times if timed else dict.fromkeys(times)),
        speaker=speaker,
        emotion=emotion,
        translation=sentence.translation,
    )
