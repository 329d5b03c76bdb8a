from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_clf import errors
from emotion_clf.fetch import Source, parse_source
from emotion_clf.settings import YOUTUBE_HOSTS, Settings

VIDEO = "dQw4w9WgXcQ"
REBUILT = f"https://www.youtube.com/watch?v={VIDEO}"
SETTINGS = Settings(fetch_hosts=list(YOUTUBE_HOSTS))


@pytest.mark.parametrize(
    "url",
    [
        f"https://www.youtube.com/watch?v={VIDEO}",
        f"  http://youtube.com/watch?list=x&v={VIDEO}&t=1s#__youtubedl_smuggle=%7B%7D ",
        f"HTTPS://M.YouTube.com:443/watch?v={VIDEO}",
        f"https://music.youtube.com/watch?v={VIDEO}&si=abc",
        f"https://youtu.be/{VIDEO}?si=abc",
        f"https://www.youtube.com/shorts/{VIDEO}",
        f"https://www.youtube.com/live/{VIDEO}?feature=share",
        f"https://www.youtube-nocookie.com/embed/{VIDEO}",
        f"https://youtube.com/v/{VIDEO}",
        f"youtu.be/{VIDEO}",
        f"www.youtube.com/watch?v={VIDEO}",
        f"//www.youtube.com/watch?v={VIDEO}",
        f"YouTu.be/{VIDEO}?t=3",
        f"https://www.youtube.com/watch?v={VIDEO}?si=abc",
        f"https://www.youtube.com/watch?si=abc?v={VIDEO}&t=1s",
        f"https://www.youtube.com/watch?app=desktop&amp;v={VIDEO}",
        f"https://youtu.be/{VIDEO}?si=abc?t=5",
        f"https://youtu.be/{VIDEO}&t=5",
        f"https://www.youtube.com/shorts/{VIDEO}?si=a?feature=share",
        f"<https://youtu.be/{VIDEO}>",
        f"(https://youtu.be/{VIDEO}).",
        f"[youtu.be/{VIDEO}]",
        f'"https://youtu.be/{VIDEO}",',
        f"\u201chttps://youtu.be/{VIDEO}\u201d",
        f"\u00abyoutu.be/{VIDEO}\u00bb",
        f"'https://www.youtube.com/watch?v={VIDEO}'!",
        f"https://youtu.be/{VIDEO}.",
        f"https://www.youtube.com/watch?v={VIDEO}, ",
        f'<("https://youtu.be/{VIDEO}")>.',
    ],
)
def test_every_address_of_a_video_becomes_the_same(url: str) -> None:
    source = parse_source(url, SETTINGS)
    assert (source.url, source.youtube_id) == (REBUILT, VIDEO)
    assert source.host in YOUTUBE_HOSTS


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/",
        "https://www.youtube.com/watch",
        "https://www.youtube.com/watch?v=short",
        f"https://www.youtube.com/watch?v={VIDEO}x",
        f"https://www.youtube.com/watch/deeper?v={VIDEO}",
        "https://www.youtube.com/@somebody",
        "https://www.youtube.com/playlist?list=PL0123456789",
        "https://www.youtube.com/embed",
        "https://youtu.be/",
        "https://youtu.be/dQw4w9WgXc%0a",
    ],
)
def test_an_address_at_youtube_without_one_video_is_refused(url: str) -> None:
    with pytest.raises(errors.NoMediaError, match="single video"):
        parse_source(url, SETTINGS)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hello",
        "youtube.com.evil.test/watch?v=" + VIDEO,
        "//evil.test/www.youtube.com/watch?v=" + VIDEO,
        "evil.test?youtu.be/" + VIDEO,
        "www.youtube.com@evil.test/watch?v=" + VIDEO,
        "youtu.be\\@evil.test/" + VIDEO,
        "youtu.be./" + VIDEO,
        "look at https://youtu.be/" + VIDEO,
        "https://",
        "https:///watch",
        "https:www.youtube.com/watch",
        "https://[::1",
        "https://www.youtube.com:port/watch",
        "https://www.youtube.com:70000/watch",
        "https://www.youtube.com:0/watch",
        "https://www.youtube.com\\@evil.test/watch",
        "https://www.you\ntube.com/watch",
        "https://www.youtube.com/watch?v=a b",
        f"https://www.youtube.com@evil.test/watch?v={VIDEO}",
        f"https://me:secret@www.youtube.com/watch?v={VIDEO}",
        "https://www.youtube.com/" + "x" * 2048,
    ],
)
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(errors.NotAUrlError):
        parse_source(url, SETTINGS)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://youtube.com/a.wav",
        "ytsearch:cats",
        "ytsearch5:cats",
        "javascript:alert(1)",
        "data:,x",
        "www.youtube.com:80@evil.test/watch?v=" + VIDEO,
    ],
)
def test_only_web_addresses_are_fetched(url: str) -> None:
    with pytest.raises(errors.SchemeNotAllowedError):
        parse_source(url, SETTINGS)


@pytest.mark.parametrize(
    "url",
    [
        f"https://youtube.com.evil.test/watch?v={VIDEO}",
        f"<https://youtube.com.evil.test/watch?v={VIDEO}>",
        f"(https://evil.test/(youtu.be)/{VIDEO})",
        f"https://evil.test/?youtube.com/watch?v={VIDEO}",
        f"https://evil.test/www.youtube.com/watch?v={VIDEO}",
        f"https://notyoutube.com/watch?v={VIDEO}",
        f"https://www.youtube.com./watch?v={VIDEO}",
        f"https://www.youtube.com:8443/watch?v={VIDEO}",
        f"https://www.y\u043eutube.com/watch?v={VIDEO}",
        f"https://www%2eyoutube.com/watch?v={VIDEO}",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://localhost/",
        "http://8.8.8.8/a.wav",
    ],
)
def test_a_host_has_to_be_exactly_one_of_the_list(url: str) -> None:
    with pytest.raises(errors.HostNotAllowedError, match=r"www\.youtube\.com"):
        parse_source(url, SETTINGS)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8000", "10.1.2.3", "169.254.169.254", "[::1]", "[::ffff:7f00:1]"]
)
def test_a_private_address_is_refused_even_on_the_list(host: str) -> None:
    settings = Settings(fetch_hosts=[host.strip("[]")])
    with pytest.raises(errors.PrivateAddressError):
        parse_source(f"http://{host}/a.wav", settings)


def test_the_test_setting_opens_one_private_address_alone() -> None:
    settings = Settings(fetch_hosts=["127.0.0.1:81", "127.0.0.2:81"], fetch_allow_private_addresses=True)
    assert parse_source("http://127.0.0.1:81/a?b#c", settings) == Source("http://127.0.0.1:81/a?b", "127.0.0.1:81")
    with pytest.raises(errors.PrivateAddressError):
        parse_source("http://127.0.0.2:81/a", settings)


def test_hosts_of_the_operator_are_allowed_and_youtube_then_only_by_name() -> None:
    settings = Settings(fetch_hosts=["media.example.org"])
    assert parse_source("https://media.example.org", settings).url == "https://media.example.org/"
    with pytest.raises(errors.HostNotAllowedError, match=r"media\.example\.org"):
        parse_source(REBUILT, settings)
    with pytest.raises(errors.HostNotAllowedError, match="FETCH_HOSTS"):
        parse_source(REBUILT, Settings(fetch_hosts=[]))


@given(
    st.one_of(
        st.text(),
        st.builds(
            "{}{}{}{}".format,
            st.sampled_from(["https://", "http://", "https:", "//", "ftp://", "", "<", "(https://", "<//", "\u201c"]),
            st.sampled_from([*YOUTUBE_HOSTS, "evil.test", "a@youtu.be", "youtu.be:99", "youtu.be\\"]),
            st.text(max_size=5),
            st.sampled_from([f"/watch?v={VIDEO}", f"/{VIDEO}", f"/embed/{VIDEO}", ""]),
        ),
    )
)
def test_any_text_is_rebuilt_or_refused(text: str) -> None:
    try:
        source = parse_source(text, SETTINGS)
    except errors.FetchError as refusal:
        assert refusal.status in {400, 422}
    else:
        assert source.host in YOUTUBE_HOSTS
        assert source.url == f"https://www.youtube.com/watch?v={source.youtube_id}"


def test_each_kind_of_failure_has_a_code_and_a_sentence_of_its_own() -> None:
    from emotion_clf.fetch.problems import problem

    kinds = [errors.FetchError, *errors.FetchError.__subclasses__()]
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert not {kind.code for kind in kinds} & {errors.NotFoundError.code, errors.TooShortError.code}
    told = {problem(kind.code, SETTINGS).message for kind in kinds}
    parsed_first = {"not_a_url", "scheme_not_allowed", "host_not_allowed", "cancelled"}
    assert len(told) == len(kinds) - len(parsed_first)
    assert "256 MiB" in problem("too_large", SETTINGS).message
    assert "120 minutes" in problem("too_long", SETTINGS).message
    assert problem("anything else", SETTINGS).code == "fetch_failed"
