"""Sources of words through a real worker: fetched from a real server, transcribed, classified, stored."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from emotion_clf.storage import Job, JobState
from tests.support import media_server as server
from tests.support.assemblyai import KEY, Account, assemblyai
from tests.support.jobs import Site, site
from tests.support.sound import voice, wav
from tests.support.talk import GERMAN_TALK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.media_server import MediaServer

CLIP = wav(voice(3.0))
SILENCE = wav(np.zeros(32_000, dtype=np.float32))
CAPTIONS = b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello there.\n\n00:01.000 --> 00:02.500\n<v Ann>I am so glad!\n"
GERMAN = b"WEBVTT\nLanguage: de\n\n00:00.000 --> 00:01.000\nGuten Tag.\n"
LIVE = b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:4,\n/part7.ts\n"


def with_captions(language: str) -> server.Answer:
    return server.page(
        f'<video src="/talk.wav"><track src="/{language}.vtt" srclang="{language}" kind="subtitles"></video>'
    )


@pytest.fixture(scope="module")
def media() -> Iterator[MediaServer]:
    with server.serving() as running:
        running.answers |= {
            "/talk.wav": server.file(CLIP),
            "/en.vtt": server.file(CAPTIONS, "text/vtt"),
            "/de.vtt": server.file(GERMAN, "text/vtt"),
            "/english": with_captions("en"),
            "/german": with_captions("de"),
            "/nothing": server.page("Nothing to hear."),
            "/stall.wav": server.stall,
            "/endless.wav": server.endless(CLIP[:44]),
            "/lies.wav": server.file(CLIP, length=len(CLIP) * 100),
            "/inwards.wav": server.redirect("http://127.0.0.2/a.wav"),
            "/live.m3u8": server.file(LIVE, "application/vnd.apple.mpegurl"),
            "/silence.wav": server.file(SILENCE),
        }
        yield running


@pytest.fixture(scope="module")
def service() -> Iterator[Account]:
    with assemblyai() as account:
        account.polls = 0
        yield account


@pytest.fixture(scope="module")
def busy(media: MediaServer, service: Account, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with one worker, which does every job of this module."""
    limits = {
        "FETCH_MAX_BYTES": str(2 * 1024**2),
        "FETCH_STALL_S": "1",
        "FETCH_TIMEOUT_S": "20",
        "ASSEMBLYAI_API_KEY": KEY,
        "ASSEMBLYAI_BASE_URL": service.url,
    }
    with site(tmp_path_factory.mktemp("site"), [media.host], **limits) as found:
        found.start()
        yield found


def failed(found: Site, job: Job) -> tuple[str, str]:
    """The code and the sentence of a job that has to fail, with nothing of a result."""
    ended = found.ended(job)
    assert ended.state is JobState.FAILED, ended
    assert found.jobs.sentences(job.id).total == 0
    assert [step.state.value for step in ended.steps].count("failed") == 1
    assert str(ended.error_message).endswith(".")
    return str(ended.error_code), str(ended.error_message)


def states(job: Job) -> dict[str, str]:
    return {step.name: step.state.value for step in job.steps}


def test_captions_of_a_page_become_sentences_without_speech_to_text(busy: Site, media: MediaServer) -> None:
    job = busy.send(media.url("/english"))
    assert busy.result(job) == ["Hello there.", "I am so glad!"]
    ended = busy.jobs.get(job.id)
    assert states(ended) == {"fetch": "done", "decode": "skipped", "transcribe": "done", "classify": "done"}
    assert ended.summary is not None
    assert (ended.summary.engine, ended.summary.language) == ("captions", "en")
    assert ended.summary.duration_s == pytest.approx(3.0)
    assert ended.title.startswith("A page [31m of two lines")
    assert busy.jobs.media(job.id).read_bytes() == CLIP
    first, second = busy.jobs.sentences(job.id).items
    assert (first.start_s, first.speaker, second.speaker) == (0.0, None, "Ann")
    assert second.end_s == pytest.approx(2.5)
    transcript = busy.jobs.transcript(job.id)
    assert transcript is not None
    assert len(transcript.segments) == 2


def test_speech_becomes_sentences_and_says_what_wrote_them_down(busy: Site, media: MediaServer) -> None:
    job = busy.send(media.url("/english"), engine="whisper")
    texts = busy.result(job)
    assert texts
    assert texts != ["Hello there.", "I am so glad!"]
    ended = busy.jobs.get(job.id)
    assert set(states(ended).values()) == {"done"}
    assert all(step.duration_s is not None and step.duration_s > 0 for step in ended.steps)
    assert all(step.message for step in ended.steps)
    assert ended.summary is not None
    assert (ended.summary.engine, ended.summary.language) == ("whisper", "en")
    assert "Whisper 'whisper-base' on this machine" in ended.summary.notes[0]
    assert sum(ended.summary.emotions.values()) == ended.summary.sentences == len(texts)
    assert ended.revision > len(ended.steps) * 2


def test_a_service_is_used_by_name_and_its_speakers_are_kept(busy: Site, media: MediaServer) -> None:
    job = busy.send(media.url("/talk.wav"), engine="assemblyai")
    assert busy.result(job) == ["Good morning.", "Hello."]
    assert [sentence.speaker for sentence in busy.jobs.sentences(job.id).items] == ["A", "B"]


def test_another_language_is_read_and_warned_of(busy: Site, media: MediaServer) -> None:
    job = busy.send(media.url("/german"))
    assert busy.result(job) == ["Guten Tag."]
    summary = busy.jobs.get(job.id).summary
    assert summary is not None
    assert summary.language == "de"
    assert any("reads English" in note for note in summary.notes)


def test_another_language_is_read_in_english(busy: Site) -> None:
    job = busy.file(GERMAN_TALK)
    assert busy.result(job)[0].casefold().startswith("guten tag")
    greeting = busy.jobs.sentences(job.id).items[0]
    assert greeting.translation
    assert (greeting.emotion.text, greeting.emotion_from) == (greeting.translation, "translation")
    summary = busy.jobs.get(job.id).summary
    assert summary is not None
    assert summary.language == "de"
    assert any("read from the translation" in note for note in summary.notes)


def test_files_of_text_and_captions_are_read(busy: Site, tmp_path: Path) -> None:
    notes, captions = tmp_path / "notes.txt", tmp_path / "talk.vtt"
    notes.write_text("\ufeffCall +44 20 7946 0958. I am glad!", encoding="utf-8")
    captions.write_bytes(CAPTIONS)
    read, written = busy.file(notes, redact=True), busy.file(captions, speakers=True)
    assert busy.result(read) == ["Call [PHONE].", "I am glad!"]
    assert states(busy.jobs.get(read.id)) == {"decode": "done", "transcribe": "skipped", "classify": "done"}
    assert busy.result(written) == ["Hello there.", "I am so glad!"]
    assert not busy.jobs.get(read.id).has_media
    summary = busy.jobs.get(read.id).summary
    assert summary is not None
    assert "Names, places" in summary.notes[0]


def test_a_recording_that_was_sent(busy: Site, tmp_path: Path) -> None:
    path = tmp_path / "clip.wav"
    path.write_bytes(CLIP)
    job = busy.file(path)
    assert busy.result(job)
    assert busy.jobs.media(job.id).read_bytes() == CLIP


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("not an address", "not_a_url"),
        ("file:///etc/passwd", "scheme_not_allowed"),
        ("ftp://www.youtube.com/a.wav", "scheme_not_allowed"),
        ("ytsearch:cats", "scheme_not_allowed"),
        ("https://youtube.com.evil.test/watch?v=aaaaaaaaaaa", "host_not_allowed"),
        ("https://evil.test/?youtube.com", "host_not_allowed"),
        ("http://10.0.0.1/a.wav", "private_address"),
        ("/inwards.wav", "private_address"),
        ("/nothing", "no_media"),
        ("/gone.wav", "media_not_found"),
        ("/stall.wav", "timed_out"),
        ("/endless.wav", "too_large"),
        ("/lies.wav", "too_large"),
        ("/live.m3u8", "live_stream"),
        ("/silence.wav", "no_speech"),
    ],
)
def test_what_cannot_be_fetched_fails_with_its_sentence(
    busy: Site, media: MediaServer, address: str, code: str
) -> None:
    job = busy.send(media.url(address) if address.startswith("/") else address)
    assert failed(busy, job)[0] == code
    assert not list(busy.jobs.folder(job.id).path.glob("*.part"))


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ({"engine": "telepathy"}, "invalid_request", "no such engine"),
        ({"engine": "captions"}, "invalid_request", "No captions were given"),
        ({"engine": "whisper", "language": "xx"}, "invalid_request", "does not know the language"),
        ({"model": "nobody"}, "model_not_found", ""),
    ],
)
def test_what_cannot_be_done_fails_with_its_sentence(
    busy: Site, media: MediaServer, options: dict[str, Any], code: str, said: str
) -> None:
    found, sentence = failed(busy, busy.send(media.url("/talk.wav"), **options))
    assert (found, said in sentence) == (code, True)


def test_a_service_that_refuses_its_key(busy: Site, media: MediaServer, service: Account) -> None:
    service.answers["POST /v2/upload"].append((401, {}, b'{"error": "Authentication error"}'))
    job = busy.send(media.url("/talk.wav"), engine="assemblyai")
    assert failed(busy, job)[0] == "transcription_key_refused"


@pytest.mark.parametrize(
    ("text", "code"),
    [(" \n\u200b", "empty_text"), ("word " * 200_000, "text_too_long")],
    ids=["blank", "1 MB"],
)
def test_texts_that_cannot_be_read(busy: Site, text: str, code: str) -> None:
    assert failed(busy, busy.send("", "text", text=text))[0] == code


def test_files_that_cannot_be_read(busy: Site, tmp_path: Path) -> None:
    contents = {"latin.txt": "caf\xe9".encode("latin-1"), "empty.vtt": b"WEBVTT\n", "noise.mp3": b"noise" * 99}
    found = []
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        found.append(failed(busy, busy.file(tmp_path / name))[0])
    assert found == ["unusable_text", "unusable_captions", "unsupported_audio"]


def test_emoji_alone_are_read(busy: Site) -> None:
    assert busy.result(busy.send("", "text", text="😀😀")) == ["😀😀"]


def test_limits_of_the_operator(media: MediaServer, tmp_path: Path) -> None:
    """A recording that is too long, one cut at its limit, no key, and a network without an answer."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"127.0.0.1:{closed.getsockname()[1]}"
    limits = {"FETCH_MAX_DURATION_S": "2", "TRANSCRIPTION_MAX_S": "1.5"}
    with site(tmp_path, [media.host, nobody], **limits) as strict:
        strict.start()
        assert failed(strict, strict.send(media.url("/talk.wav")))[0] == "too_long"
        assert failed(strict, strict.send(f"http://{nobody}/a.wav"))[0] == "network_unreachable"
        assert (
            failed(strict, strict.send(media.url("/talk.wav"), engine="assemblyai"))[0] == "transcription_key_refused"
        )
        path = tmp_path / "clip.wav"
        path.write_bytes(CLIP)
        job = strict.file(path)
        assert strict.result(job)
        summary = strict.jobs.get(job.id).summary
        assert summary is not None
        assert "Only the first 1.5 s were transcribed (TRANSCRIPTION_MAX_S)." in summary.notes
