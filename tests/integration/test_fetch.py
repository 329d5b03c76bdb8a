"""Addresses through the real fetching process, against real servers on 127.0.0.1."""

from __future__ import annotations

import json
import stat
import time
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from emotion_clf import errors
from emotion_clf.audio import decode_path
from emotion_clf.cli import main
from emotion_clf.fetch import FetchProgress, fetch
from emotion_clf.settings import Settings, get_settings
from tests.support import media_server as server
from tests.support.processes import children, free_port
from tests.support.sound import voice, wav

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.media_server import Answer, MediaServer

CLIP = wav(voice(3.0))
CAPTIONS = b"WEBVTT\n\n00:00.000 --> 00:02.000\nHello there\n"
PRIVATE = ("http://127.0.0.2/a.wav", "http://[::1]/a.wav")


@pytest.fixture
def media() -> Iterator[MediaServer]:
    with server.serving() as running:
        yield running


def settings_for(media: MediaServer, **changed: object) -> Settings:
    chosen: dict[str, object] = {
        "fetch_hosts": [media.host],
        "fetch_allow_private_addresses": True,
        "fetch_attempts": 1,
        "fetch_timeout_s": 30,
        **changed,
    }
    return Settings(**chosen)  # type: ignore[arg-type]


def refused(media: MediaServer, path: str, folder: Path, **changed: object) -> errors.FetchError:
    """The error of a fetch that has to fail, and to leave neither file nor process."""
    before = children()
    with pytest.raises(errors.FetchError) as caught:
        fetch(media.url(path), folder, settings_for(media, **changed))
    assert list(folder.iterdir()) == []
    assert children() <= before
    assert caught.value.message.endswith(".")
    assert "127.0.0.1" not in caught.value.message
    assert str(folder) not in caught.value.message
    return caught.value


def test_a_direct_link_becomes_a_file_that_decodes(media: MediaServer, tmp_path: Path) -> None:
    media.answers["/talk.wav"] = server.file(CLIP)
    seen: list[FetchProgress] = []
    fetched = fetch(media.url("/talk.wav"), tmp_path / "new", settings_for(media), progress=seen.append)
    assert fetched.path is not None
    assert fetched.path.read_bytes() == CLIP
    assert stat.S_IMODE(fetched.path.stat().st_mode) == 0o600
    assert [fetched.path] == list((tmp_path / "new").iterdir())
    assert decode_path(fetched.path).waveform.duration_s == pytest.approx(3.0)
    assert (fetched.duration_s, fetched.size_bytes) == (pytest.approx(3.0), len(CLIP))
    assert (fetched.source_host, fetched.title, fetched.extractor) == (media.host, "talk", "Generic")
    assert fetched.captions_path is None
    assert seen[-1] == FetchProgress(len(CLIP), len(CLIP))


def test_a_page_gives_its_sound_and_its_captions(media: MediaServer, tmp_path: Path) -> None:
    media.answers |= with_captions()
    fetched = fetch(media.url("/page"), tmp_path, settings_for(media, fetch_caption_languages=["de"]))
    assert fetched.path is not None
    assert fetched.path.read_bytes() == CLIP
    assert fetched.captions_path is not None
    assert fetched.captions_path.read_bytes() == CAPTIONS
    assert (fetched.captions_language, fetched.captions_automatic) == ("de", False)
    assert fetched.title.startswith("A page [31m of two lines")


def test_captions_alone_fetch_no_media(media: MediaServer, tmp_path: Path) -> None:
    media.answers |= with_captions()
    fetched = fetch(media.url("/page"), tmp_path, settings_for(media), captions_only=True)
    assert (fetched.path, fetched.size_bytes, fetched.captions_language) == (None, 0, "en")
    assert fetched.captions_path is not None
    assert media.asked["/talk.mp4"] == 0


def test_captions_alone_are_refused_where_there_are_none(media: MediaServer, tmp_path: Path) -> None:
    media.answers["/talk.wav"] = server.file(CLIP)
    with pytest.raises(errors.NoCaptionsError):
        fetch(media.url("/talk.wav"), tmp_path, settings_for(media), captions_only=True)
    assert list(tmp_path.iterdir()) == []


def with_captions() -> dict[str, Answer]:
    tracks = "".join(f'<track kind="subtitles" srclang="{name}" src="/{name}.vtt">' for name in ("de", "en"))
    return {
        "/page": server.page(f'<video><source src="/talk.mp4" type="video/mp4">{tracks}</video>'),
        "/talk.mp4": server.file(CLIP, "video/mp4"),
        "/de.vtt": server.file(CAPTIONS, "text/vtt"),
        "/en.vtt": server.file(CAPTIONS, "text/vtt"),
    }


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (server.page("Nothing to hear."), errors.NoMediaError),
        (server.file(b"MZ" + b"\0" * 2000, "audio/wav"), errors.UnsupportedMediaError),
        (server.file(CLIP[: len(CLIP) // 2], length=len(CLIP)), errors.NetworkUnreachableError),
    ],
    ids=["page without media", "no sound inside", "breaks off"],
)
def test_each_failure_has_its_kind(
    media: MediaServer, tmp_path: Path, answer: Answer, error: type[errors.FetchError]
) -> None:
    media.answers["/talk.wav"] = answer
    assert type(refused(media, "/talk.wav", tmp_path)) is error


def test_a_server_that_claims_too_many_bytes_is_not_listened_to(media: MediaServer, tmp_path: Path) -> None:
    media.answers["/talk.wav"] = server.file(CLIP, length=10**9)
    assert refused(media, "/talk.wav", tmp_path).code == "too_large"


def test_a_server_that_tells_no_length_is_stopped_at_the_limit(media: MediaServer, tmp_path: Path) -> None:
    media.answers["/talk.wav"] = server.endless(CLIP[:1000])
    assert refused(media, "/talk.wav", tmp_path, fetch_max_bytes=3_000_000).code == "too_large"


def test_an_endless_page_is_stopped(media: MediaServer, tmp_path: Path) -> None:
    media.answers["/page"] = server.endless(b"<!doctype html><html>", "text/html")
    assert refused(media, "/page", tmp_path, fetch_memory_bytes=320 * 1024**2).code == "too_large"


def test_a_server_that_stalls_is_given_up(media: MediaServer, tmp_path: Path) -> None:
    media.answers["/talk.wav"] = server.stall
    assert refused(media, "/talk.wav", tmp_path, fetch_stall_s=0.5).code == "timed_out"


def test_a_server_that_drips_is_stopped_by_the_clock(media: MediaServer, tmp_path: Path) -> None:
    media.answers["/talk.wav"] = server.drip(CLIP[:2000], 0.1)
    started_s = time.monotonic()
    assert refused(media, "/talk.wav", tmp_path, fetch_timeout_s=2).code == "timed_out"
    assert time.monotonic() - started_s < 5


def test_a_fetch_nobody_wants_any_more_ends_at_once(media: MediaServer, tmp_path: Path) -> None:
    media.answers["/talk.wav"] = server.drip(CLIP[:2000], 0.1)
    before = children()
    with pytest.raises(errors.FetchCancelledError):
        fetch(media.url("/talk.wav"), tmp_path, settings_for(media), cancelled=lambda: media.asked["/talk.wav"] > 0)
    assert list(tmp_path.iterdir()) == []
    assert children() <= before


def test_a_file_that_plays_too_long_is_refused_after_a_look_at_it(media: MediaServer, tmp_path: Path) -> None:
    media.answers["/talk.wav"] = server.file(CLIP)
    assert refused(media, "/talk.wav", tmp_path, fetch_max_duration_s=2).code == "too_long"


def test_ten_hours_are_refused_before_they_are_downloaded(media: MediaServer, tmp_path: Path) -> None:
    described = {"@context": "https://schema.org", "@type": "VideoObject", "name": "A film", "duration": "PT10H"}
    described["contentUrl"] = media.url("/film.mp4")
    media.answers["/page"] = server.page(f'<script type="application/ld+json">{json.dumps(described)}</script>')
    media.answers["/film.mp4"] = server.endless(CLIP[:1000], "video/mp4")
    assert refused(media, "/page", tmp_path).code == "too_long"
    assert media.asked["/film.mp4"] == 1, "one look at what it is, and no more"


def test_a_play_list_that_has_not_ended_is_a_live_stream(media: MediaServer, tmp_path: Path) -> None:
    listed = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:4,\n/7.ts\n"
    media.answers["/live.m3u8"] = server.file(listed.encode(), "application/vnd.apple.mpegurl")
    assert refused(media, "/live.m3u8", tmp_path).code == "live_stream"


@pytest.mark.parametrize("target", PRIVATE)
def test_a_redirect_into_a_private_network_is_not_followed(media: MediaServer, tmp_path: Path, target: str) -> None:
    media.answers["/talk.wav"] = server.redirect(target)
    assert refused(media, "/talk.wav", tmp_path).code == "private_address"


def test_a_page_cannot_lead_into_a_private_network(media: MediaServer, tmp_path: Path) -> None:
    media.answers["/page"] = server.page(f'<audio src="{PRIVATE[0]}"></audio>')
    assert refused(media, "/page", tmp_path).code == "private_address"


def test_a_name_that_resolves_to_a_private_address_is_refused(media: MediaServer, tmp_path: Path) -> None:
    media.answers["/talk.wav"] = server.file(CLIP)
    name = f"localhost:{media.port}"
    settings = settings_for(media, fetch_hosts=[name], fetch_allow_private_addresses=False)
    with pytest.raises(errors.PrivateAddressError):
        fetch(f"http://{name}/talk.wav", tmp_path, settings)
    assert not media.asked


def test_no_network_is_tried_again_and_then_told(tmp_path: Path) -> None:
    nobody = server.MediaServer(port=free_port())
    started_s = time.monotonic()
    assert refused(nobody, "/talk.wav", tmp_path, fetch_attempts=2).code == "network_unreachable"
    assert time.monotonic() - started_s > 0.5, "the second attempt did not wait"


def test_a_fault_that_passes_is_not_seen(media: MediaServer, tmp_path: Path) -> None:
    def recovers(handler: server.Handler) -> None:
        (server.status(503) if media.asked["/talk.wav"] == 1 else server.file(CLIP))(handler)

    media.answers["/talk.wav"] = recovers
    fetched = fetch(media.url("/talk.wav"), tmp_path, settings_for(media, fetch_attempts=2))
    assert fetched.size_bytes == len(CLIP)


def test_what_is_not_there_is_asked_for_once(media: MediaServer, tmp_path: Path) -> None:
    assert refused(media, "/talk.wav", tmp_path, fetch_attempts=3).code == "media_not_found"
    assert media.asked["/talk.wav"] == 1


def test_the_command_tells_what_came(media: MediaServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    media.answers |= with_captions()
    monkeypatch.setenv("FETCH_HOSTS", json.dumps([media.host]))
    monkeypatch.setenv("FETCH_ALLOW_PRIVATE_ADDRESSES", "true")
    get_settings.cache_clear()
    try:
        told = CliRunner().invoke(main, ["fetch", media.url("/page"), "--out", str(tmp_path / "out")])
        wrong = CliRunner().invoke(main, ["fetch", "ftp://a.test/", "--out", str(tmp_path / "out")])
    finally:
        get_settings.cache_clear()
    assert told.exit_code == 0, told.output
    names = [line.partition(":")[0] for line in told.stdout.splitlines()]
    assert names == ["title", "from", "length", "media", "captions"]
    assert wrong.exit_code == 1
    assert "https://" in wrong.output
