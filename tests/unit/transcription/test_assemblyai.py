from __future__ import annotations

import io
import time
import wave
from typing import TYPE_CHECKING

import numpy as np
import pytest

from emotion_clf.audio import Waveform
from emotion_clf.errors import (
    EmotionError,
    InvalidRequestError,
    TranscriptionBusyError,
    TranscriptionCancelledError,
    TranscriptionError,
    TranscriptionFailedError,
    TranscriptionKeyError,
    TranscriptionTimeoutError,
)
from emotion_clf.settings import Settings
from emotion_clf.transcription import AssemblyAIEngine
from tests.support.assemblyai import KEY, Account, assemblyai

if TYPE_CHECKING:
    from collections.abc import Iterator

SOUND = Waveform(np.linspace(-1, 1, 24_000, dtype=np.float32))


@pytest.fixture
def account() -> Iterator[Account]:
    with assemblyai() as account:
        yield account


def engine(account: Account, **values: object) -> AssemblyAIEngine:
    settings = Settings(**{"assemblyai_api_key": KEY, "assemblyai_base_url": account.url, **values})
    return AssemblyAIEngine(settings, poll_s=0.05)


def test_a_transcript_has_speakers_words_language_and_leaves_no_copy(account: Account) -> None:
    shares: list[float] = []
    transcript = engine(account).transcribe(SOUND, progress=shares.append)
    assert [(segment.speaker, segment.text) for segment in transcript.segments] == [
        ("A", "Good morning."),
        ("B", "Hello."),
    ]
    word = transcript.segments[0].words[1]
    assert (word.text, word.start_s, word.end_s, word.confidence) == ("morning.", 0.32, 0.7, 0.8)
    assert (transcript.language, transcript.engine) == ("en", "assemblyai")
    assert any("sent to its servers" in note for note in transcript.notes)
    assert shares[-1] == 1.0
    assert shares == sorted(shares)
    assert account.requests[-1] == "DELETE /v2/transcript/t1"
    assert account.asked["audio_url"] == f"{account.url}/upload/1"
    assert account.asked["language_detection"] is True
    assert account.asked["speaker_labels"] is True
    assert "redact_pii" not in account.asked


def test_the_sound_is_sent_as_it_is(account: Account) -> None:
    engine(account).transcribe(SOUND)
    with wave.open(io.BytesIO(account.sound)) as sent:
        assert (sent.getframerate(), sent.getnchannels(), sent.getnframes()) == (16_000, 1, 24_000)
        samples = np.frombuffer(sent.readframes(24_000), "<i2") / 32767
    assert np.abs(samples - SOUND.samples).max() < 1e-4


def test_a_language_and_redaction_are_asked_for(account: Account) -> None:
    account.final = {"language_code": "de"}
    transcript = engine(account, assemblyai_redact_pii=True).transcribe(SOUND, language="de")
    assert account.asked["language_code"] == "de"
    assert "language_detection" not in account.asked
    assert account.asked["redact_pii"] is True
    assert "person_name" in account.asked["redact_pii_policies"]
    assert any("redacted personal data" in note for note in transcript.notes)


def test_without_speakers_all_words_are_one_segment(account: Account) -> None:
    account.final = {"utterances": None}
    (segment,) = engine(account, assemblyai_speakers=False).transcribe(SOUND).segments
    assert (segment.text, segment.speaker, len(segment.words)) == ("Good morning. Hello.", None, 3)
    account.final = {"utterances": None, "words": []}
    assert engine(account).transcribe(SOUND).segments == ()


def test_without_a_key_or_with_a_wrong_one_the_sentence_names_the_setting(account: Account) -> None:
    with pytest.raises(TranscriptionKeyError, match="needs a key"):
        engine(account, assemblyai_api_key=None)
    with pytest.raises(TranscriptionKeyError, match="does not accept the key") as refused:
        engine(account, assemblyai_api_key="a-wrong-key").transcribe(SOUND)
    assert refused.value.status == 503
    assert "a-wrong-key" not in f"{refused.value}{Settings(assemblyai_api_key='a-wrong-key')!r}"


def test_a_key_is_not_sent_in_the_open_nor_after_a_redirect(account: Account) -> None:
    with pytest.raises(InvalidRequestError, match="https"):
        engine(account, assemblyai_base_url="http://api.assemblyai.com")
    account.answers["POST /v2/upload"] = [(302, {"Location": f"{account.url}/elsewhere"}, b"")]
    with pytest.raises(TranscriptionFailedError, match="not AssemblyAI"):
        engine(account).transcribe(SOUND)
    assert account.requests == ["POST /v2/upload"]


def test_too_many_requests_are_made_again_after_the_time_asked(account: Account) -> None:
    account.answers["POST /v2/transcript"] = [(429, {"Retry-After": "0.3"}, b"{}")]
    started = time.monotonic()
    assert engine(account).transcribe(SOUND).segments
    assert time.monotonic() - started >= 0.3
    assert account.requests.count("POST /v2/transcript") == 2


def test_too_many_requests_again_and_again_become_a_sentence(account: Account) -> None:
    account.answers["POST /v2/upload"] = [(429, {"Retry-After": "0.01"}, b"{}")] * 3 + [
        (429, {"Retry-After": "40"}, b"")
    ]
    with pytest.raises(TranscriptionBusyError, match="too many requests") as busy:
        engine(account).transcribe(SOUND)
    assert busy.value.retry_after_s == 40
    assert account.requests == ["POST /v2/upload"] * 4


def test_a_fault_of_the_service_is_tried_again_and_then_told(account: Account) -> None:
    account.answers["POST /v2/upload"] = [(500, {"Retry-After": "0"}, b"")]
    assert engine(account).transcribe(SOUND).segments
    account.answers["POST /v2/upload"] = [(503, {"Retry-After": "0"}, b"")] * 4
    with pytest.raises(TranscriptionFailedError, match="fault of its own"):
        engine(account).transcribe(SOUND)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((400, {}, b'{"error": "secret detail"}'), "refused the request"),
        ((200, {}, b"<html>"), "not AssemblyAI"),
        ((200, {}, b"[]"), "not AssemblyAI"),
    ],
)
def test_what_is_not_a_transcript_is_told(
    account: Account, answer: tuple[int, dict[str, str], bytes], sentence: str
) -> None:
    account.answers["POST /v2/transcript"] = [answer]
    with pytest.raises(TranscriptionFailedError, match=sentence) as failed:
        engine(account).transcribe(SOUND)
    assert "secret" not in failed.value.message


@pytest.mark.parametrize("final", [{"status": "error", "error": "/secret"}, {"utterances": [{"speaker": "A"}]}])
def test_a_recording_that_cannot_be_transcribed_is_told(account: Account, final: dict[str, object]) -> None:
    account.final = final
    with pytest.raises(TranscriptionFailedError) as failed:
        engine(account).transcribe(SOUND)
    assert "secret" not in failed.value.message
    assert account.requests[-1] == "DELETE /v2/transcript/t1"


def test_an_answer_without_an_id_is_told(account: Account) -> None:
    account.answers["POST /v2/upload"] = [(200, {}, b"{}")]
    with pytest.raises(TranscriptionFailedError, match="not AssemblyAI"):
        engine(account).transcribe(SOUND)


def test_time_is_up_and_the_copy_is_deleted_all_the_same(account: Account) -> None:
    account.polls = 10_000
    with pytest.raises(TranscriptionTimeoutError, match="TRANSCRIPTION_TIMEOUT_S"):
        engine(account, transcription_timeout_s=0.4).transcribe(SOUND)
    assert account.requests[-1] == "DELETE /v2/transcript/t1"


def test_a_cancel_is_noticed_while_waiting(account: Account) -> None:
    account.polls = 10_000
    with pytest.raises(TranscriptionCancelledError):
        engine(account).transcribe(SOUND, cancelled=lambda: account.requests.count("GET /v2/transcript/t1") > 2)
    assert account.requests[-1] == "DELETE /v2/transcript/t1"


def test_a_copy_that_is_not_deleted_costs_no_transcript(account: Account, caplog: pytest.LogCaptureFixture) -> None:
    account.answers["DELETE /v2/transcript/t1"] = [(404, {}, b"{}")]
    assert engine(account).transcribe(SOUND).segments
    assert "did not delete" in caplog.text


def test_an_unreachable_service_is_one_sentence(account: Account) -> None:
    with pytest.raises(TranscriptionError, match="cannot be reached") as missing:
        engine(account, assemblyai_base_url="http://127.0.0.1:9").transcribe(SOUND)
    assert isinstance(missing.value, EmotionError)
    assert "127.0.0.1" not in missing.value.message
