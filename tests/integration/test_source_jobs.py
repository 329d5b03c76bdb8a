"""Sources of words through a real worker: fetched from a real server, transcribed, classified, stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emotion_clf.storage import JobState
from tests.support import media_server as server
from tests.support.jobs import Site, site
from tests.support.sound import voice, wav

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.media_server import MediaServer

CLIP = wav(voice(3.0))
CAPTIONS = b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello there.\n\n00:01.000 --> 00:02.500\n<v Ann>I am so glad!\n"
PAGE = '<audio src="/talk.wav"></audio><video src="/talk.wav"><track src="/en.vtt" srclang="en" kind="subtitles"></video>'


@pytest.fixture(scope="module")
def media() -> Iterator[MediaServer]:
    with server.serving() as running:
        running.answers["/talk.wav"] = server.file(CLIP)
        running.answers["/en.vtt"] = server.file(CAPTIONS, "text/vtt")
        running.answers["/page"] = server.page(PAGE)
        yield running


@pytest.fixture(scope="module")
def busy(media: MediaServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with one worker."""
    with site(tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("models"), [media.host]) as found:
        found.start()
        yield found


def test_captions_of_a_page_become_sentences_without_speech_to_text(busy: Site, media: MediaServer) -> None:
    job = busy.send(media.url("/page"))
    assert busy.result(job) == ["Hello there.", "I am so glad!"]


def test_speech_becomes_sentences(busy: Site, media: MediaServer) -> None:
    job = busy.send(media.url("/talk.wav"))
    assert busy.result(job)
    print(busy.jobs.get(job.id).as_dict())
