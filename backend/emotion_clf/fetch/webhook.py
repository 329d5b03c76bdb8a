"""Tell an address of the public internet something, and no other."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from emotion_clf.errors import WebhookError
from emotion_clf.fetch.addresses import is_numeric, is_public

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emotion_clf.settings import Settings

LONGEST: Final = 2048
_PORTS: Final = {"https": 443, "http": 80}
_CONNECT_S: Final = 5.0
_ANSWER_S: Final = 10.0


def check_webhook(url: str, settings: Settings) -> None:
    """Refuse an address that would never be told; names are looked up only when it is.

    Raises:
        WebhookError: it is none, or neither public with https nor one of WEBHOOK_HOSTS.
    """
    parts = _parts(url)
    if _place(parts) in settings.webhook_hosts:
        return
    if parts.scheme != "https":
        raise WebhookError("Only https addresses are told. Use one, or ask the operator to set WEBHOOK_HOSTS.")
    if is_numeric(parts.hostname or "") and not is_public(parts.hostname or ""):
        raise WebhookError("This address lies inside a private network. The operator may allow it in WEBHOOK_HOSTS.")


def post(url: str, body: bytes, headers: Mapping[str, str], settings: Settings) -> int:
    """Send a body to an address; its status. Redirects are not followed, and nothing of the answer is read.

    The connection goes to the numeric address that was checked, so that a name which changes between two look-ups
    gains nothing.

    Raises:
        WebhookError: it may not be told, or cannot be reached.
    """
    import certifi
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
    from urllib3.exceptions import HTTPError

    check_webhook(url, settings)
    parts = _parts(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    address = _address(host, port, trusted=_place(parts) in settings.webhook_hosts)
    timeout = Timeout(connect=_CONNECT_S, read=_ANSWER_S)
    pool: HTTPConnectionPool
    if parts.scheme == "https":
        pool = HTTPSConnectionPool(
            address, port, timeout=timeout, ca_certs=certifi.where(), server_hostname=host, assert_hostname=host
        )
    else:
        pool = HTTPConnectionPool(address, port, timeout=timeout)
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    try:
        with pool:
            answer = pool.urlopen(
                "POST",
                path,
                body,
                {**headers, "Host": parts.netloc},
                retries=False,
                redirect=False,
                preload_content=False,
            )
            answer.close()
            return answer.status
    except (HTTPError, OSError) as error:
        raise WebhookError("The address cannot be reached.") from error


def _parts(url: str) -> SplitResult:
    """The parts of a web address without a name or password in it."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        sound = False
    if not sound or len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise WebhookError("This is no web address that could be told. Write it like https://example.org/hook.")
    return parts


def _place(parts: SplitResult) -> str:
    return f"{parts.hostname}:{parts.port or _PORTS[parts.scheme]}"


def _address(host: str, port: int, *, trusted: bool) -> str:
    """The numeric address of a name; each it has must be public, unless the operator named the host."""
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise WebhookError("The name of this address is not known.") from error
    if not found or not (trusted or all(map(is_public, found))):
        raise WebhookError("This address leads into a private network.")
    return found[0]
