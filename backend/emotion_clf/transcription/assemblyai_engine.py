"""AssemblyAI: a service that tells speakers apart and can redact names; the recording leaves this machine."""

from __future__ import annotations

import io
import logging
import wave
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emotion_clf.errors import EmotionError, TranscriptionFailedError, TranscriptionKeyError
from emotion_clf.transcription.assemblyai_client import AssemblyAIClient
from emotion_clf.transcription.engine import Watch
from emotion_clf.transcription.transcript import Segment, Transcript, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotion_clf.audio import Waveform
    from emotion_clf.settings import Settings

log = logging.getLogger(__name__)

NAME: Final = "assemblyai"
_CLEAN_UP_S: Final = 30.0
_FULL_SCALE: Final = 32767
_MS_PER_S: Final = 1000
_SENT, _ASKED = 0.1, 0.2
_POLICIES: Final = (
    "person_name",
    "email_address",
    "phone_number",
    "location",
    "date_of_birth",
    "credit_card_number",
    "credit_card_cvv",
    "credit_card_expiration",
    "banking_information",
    "us_social_security_number",
    "drivers_license",
    "passport_number",
)


class AssemblyAIEngine:
    """Transcribes through AssemblyAI, and has the service delete its copy afterwards."""

    name = NAME
    # Speakers are told apart within one request only.
    chunk_s: float | None = None

    def __init__(self, settings: Settings, *, poll_s: float = 3.0) -> None:
        if settings.assemblyai_api_key is None:
            raise TranscriptionKeyError("AssemblyAI needs a key. Set ASSEMBLYAI_API_KEY, or choose another engine.")
        self._settings = settings
        key = settings.assemblyai_api_key.get_secret_value()
        self._client = AssemblyAIClient(settings.assemblyai_base_url, key, poll_s=poll_s)
        options = [*settings.assemblyai_speech_models]
        options += ["speakers"] * settings.assemblyai_speakers + ["redacted"] * settings.assemblyai_redact_pii
        self.version = "v2 " + " ".join(options)

    def transcribe(
        self,
        waveform: Waveform,
        *,
        language: str | None = None,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Transcript:
        """Write down what is said, as `Engine` promises.

        Raises:
            TranscriptionKeyError: the key is not accepted.
            TranscriptionBusyError: too many requests.
            TranscriptionError: the service cannot be reached, refuses or fails.
        """
        watch = Watch(self._settings.transcription_timeout_s, progress=progress, cancelled=cancelled)
        address = self._client.upload(_wav(waveform), watch)
        watch.done(_SENT)
        transcript_id = self._client.create(self._request(address, language), watch)
        watch.done(_ASKED)
        try:
            answer = self._client.wait(transcript_id, watch)
        finally:
            self._clean_up(transcript_id)
        watch.done(1.0)
        return self._transcript(answer, language)

    def _request(self, address: str, language: str | None) -> dict[str, Any]:
        settings = self._settings
        request: dict[str, Any] = {
            "audio_url": address,
            "speech_models": settings.assemblyai_speech_models,
            "speaker_labels": settings.assemblyai_speakers,
        }
        request |= {"language_detection": True} if language is None else {"language_code": language}
        if settings.assemblyai_redact_pii:
            request |= {"redact_pii": True, "redact_pii_sub": "entity_name", "redact_pii_policies": list(_POLICIES)}
        return request

    def _clean_up(self, transcript_id: str) -> None:
        """Have the copy deleted, also after a cancel or a time-out; where that fails the transcript is still good."""
        try:
            self._client.delete(transcript_id, Watch(_CLEAN_UP_S))
        except EmotionError as error:
            log.warning("AssemblyAI did not delete its copy: %s", error.message)

    def _transcript(self, answer: dict[str, Any], language: str | None) -> Transcript:
        notes = ["Transcribed by AssemblyAI: the recording was sent to its servers, which were asked to delete it."]
        if self._settings.assemblyai_redact_pii:
            notes.append("AssemblyAI redacted personal data, names and places included, as far as it noticed them.")
        found = answer.get("language_code")
        if language is None and found:
            notes.append(f"Language found out: {found}.")
        try:
            segments = _segments(answer)
        except (KeyError, TypeError, ValueError):
            raise TranscriptionFailedError(
                "AssemblyAI answered in a form that is not known. Update emotion-clf."
            ) from None
        return Transcript(
            segments, str(found).split("_")[0] if found else language, self.name, self.version, tuple(notes)
        )


def _segments(answer: dict[str, Any]) -> tuple[Segment, ...]:
    """One segment for each utterance of a speaker, or one for all where speakers are not told apart."""
    utterances = answer.get("utterances")
    if utterances is None:
        words = answer.get("words") or []
        if not words:
            return ()
        utterances = [{"text": answer["text"], "start": words[0]["start"], "end": words[-1]["end"], "words": words}]
    return tuple(
        Segment(
            text=str(utterance["text"]),
            start_s=utterance["start"] / _MS_PER_S,
            end_s=utterance["end"] / _MS_PER_S,
            speaker=utterance.get("speaker"),
            words=tuple(
                Word(str(word["text"]), word["start"] / _MS_PER_S, word["end"] / _MS_PER_S, word.get("confidence"))
                for word in utterance.get("words") or []
            ),
        )
        for utterance in utterances
    )


def _wav(waveform: Waveform) -> bytes:
    """The sound as a 16-bit WAV file."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(waveform.sample_rate_hz)
        target.writeframes((np.clip(waveform.samples, -1, 1) * _FULL_SCALE).astype("<i2").tobytes())
    return buffer.getvalue()
