"""A text somebody pasted → an address of ours to fetch, or a refusal before anything runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, parse_qs, urlsplit, urlunsplit

from emotion_clf.errors import (
    HostNotAllowedError,
    NoMediaError,
    NotAUrlError,
    PrivateAddressError,
    SchemeNotAllowedError,
)
from emotion_clf.fetch.addresses import is_numeric, may_connect
from emotion_clf.settings import YOUTUBE_HOSTS

if TYPE_CHECKING:
    from emotion_clf.settings import Settings

_URL_CHARACTERS: Final = 2048
_USUAL_PORTS: Final = {"http": 80, "https": 443}
# White space, control characters and back-slashes: readers of addresses disagree about them.
_AMBIGUOUS: Final = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029]")
_WRAPS: Final = (
    ("<", ">"),
    ("(", ")"),
    ("[", "]"),
    ("{", "}"),
    ('"', '"'),
    ("'", "'"),
    ("`", "`"),
    ("\u201c", "\u201d"),
    ("\u201e", "\u201c"),
    ("\u2018", "\u2019"),
    ("\u00ab", "\u00bb"),
    ("\u2039", "\u203a"),
)
_MARKS: Final = ".,;:!?\u2026"  # that a sentence puts behind an address
_MOST_WRAPS: Final = 4
_VIDEO_ID: Final = re.compile(r"[A-Za-z0-9_-]{11}", re.ASCII)
_VIDEO_PATHS: Final = {"embed", "live", "shorts", "v"}
_NOT_A_URL: Final = "This is not a web address. Paste one that begins with https://, as your browser shows it."


@dataclass(frozen=True, slots=True)
class Source:
    """An address that may be fetched.

    Attributes:
        url: the address, put together here from checked parts.
        host: its host as it was asked for.
        youtube_id: the video's id at YouTube, None for other hosts.
    """

    url: str
    host: str
    youtube_id: str | None = None


def parse_source(url: str, settings: Settings) -> Source:
    """Take an address apart, check every part, and put it together anew.

    Args:
        url: what a user pasted, with or without the scheme, brackets around it, or a full stop behind it.
        settings: the hosts allowed.

    Raises:
        NotAUrlError: not a web address, or one with a password in it.
        SchemeNotAllowedError: neither http nor https.
        PrivateAddressError: a numeric address that is not of the public internet.
        HostNotAllowedError: the host is not exactly one of those allowed.
        NoMediaError: an address at YouTube that names no single video.
    """
    parts = _split(_with_scheme(as_pasted(url), settings))
    host = _allowed_host(parts, settings)
    if parts.hostname in YOUTUBE_HOSTS:
        video_id = _youtube_id(_one_query(parts))
        return Source(f"https://www.youtube.com/watch?v={video_id}", host, video_id)
    # Without the fragment, which yt-dlp would read as instructions to itself.
    return Source(urlunsplit((parts.scheme, parts.netloc, parts.path or "/", parts.query, "")), host)


def as_pasted(text: str) -> str:
    """Return an address without what surrounds it in the text it was copied from: brackets, quotes, a full stop.

    What is taken off stands outside of the address; nothing within it changes.
    """
    bare = text.strip()
    for _ in range(_MOST_WRAPS):
        before, bare = bare, _unwrapped(bare)
        if bare == before:
            break
    return bare


def _unwrapped(text: str) -> str:
    """Return a text without one pair of brackets or quotes, and without a mark behind it."""
    for opening, closing in _WRAPS:
        if text.startswith(opening):
            text = text.removeprefix(opening).removesuffix(closing)
    # A closing bracket belongs to the address where it is opened there.
    for opening, closing in _WRAPS:
        if text.endswith(closing) and opening not in text.removesuffix(closing):
            text = text.removesuffix(closing)
    return text.rstrip(_MARKS).strip()


def _with_scheme(text: str, settings: Settings) -> str:
    """Return an address with https:// where it begins with a host that is allowed, exactly; any other as it is."""
    bare = text.removeprefix("//")
    host = re.split(r"[/?#]", bare, maxsplit=1)[0].lower()
    # A host with a mark in it that readers of addresses disagree about is in no list.
    return f"https://{bare}" if host in settings.fetch_hosts else text


def _one_query(parts: SplitResult) -> SplitResult:
    """Return an address at YouTube whose parameters stand behind one question mark: sharing adds a second one."""
    path, _, behind = parts.path.partition("&")
    found = "&".join(filter(None, (behind, parts.query)))
    return parts._replace(path=path, query=found.replace("&amp;", "&").replace("?", "&"))


def _split(text: str) -> SplitResult:
    """The parts of an http or https address without ambiguities."""
    if len(text) > _URL_CHARACTERS or _AMBIGUOUS.search(text):
        raise NotAUrlError(_NOT_A_URL)
    try:
        parts = urlsplit(text)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise NotAUrlError(_NOT_A_URL) from None
    if not parts.scheme:
        raise NotAUrlError(_NOT_A_URL)
    if parts.scheme not in _USUAL_PORTS:
        raise SchemeNotAllowedError(
            "Only addresses that begin with https:// or http:// can be fetched. Paste one of those."
        )
    if not named:
        raise NotAUrlError(_NOT_A_URL)
    if "@" in parts.netloc:
        raise NotAUrlError("This address carries a name or password before the host. Take it out and try again.")
    return parts


def _allowed_host(parts: SplitResult, settings: Settings) -> str:
    """The host, with its port where that is not the usual one, if it is exactly one of those allowed."""
    host = parts.hostname or ""
    if is_numeric(host) and not may_connect(host, allow_loopback=settings.fetch_allow_private_addresses):
        raise PrivateAddressError("This address lies inside a private network. Use one that is public on the internet.")
    usual = parts.port in {None, _USUAL_PORTS[parts.scheme]}
    asked = host if usual else f"{host}:{parts.port}"
    if asked not in settings.fetch_hosts:
        allowed = ", ".join(settings.fetch_hosts) or "none, until the operator sets FETCH_HOSTS"
        raise HostNotAllowedError(f"Nothing is fetched from this host. Use an address of one of these: {allowed}.")
    return asked


def _youtube_id(parts: SplitResult) -> str:
    """The eleven characters that name a video, wherever YouTube puts them."""
    steps = [step for step in parts.path.split("/") if step]
    if parts.hostname == "youtu.be":
        found = steps[:1]
    elif steps == ["watch"]:
        found = parse_qs(parts.query).get("v", [])[:1]
    elif len(steps) > 1 and steps[0] in _VIDEO_PATHS:
        found = steps[1:2]
    else:
        found = []
    if not found or not _VIDEO_ID.fullmatch(found[0]):
        raise NoMediaError("This address names no single video. Open the video and paste the address of its own page.")
    return found[0]
