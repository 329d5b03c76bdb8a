"""AssemblyAI's HTTP API: send sound, ask for a transcript, wait for it, have it deleted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from emotion_clf.errors import (
    InvalidRequestError,
    TranscriptionBusyError,
    TranscriptionError,
    TranscriptionFailedError,
    TranscriptionKeyError,
)
from emotion_clf.settings import LOOPBACK_HOSTS

if TYPE_CHECKING:
    import requests

    from emotion_clf.transcription.engine import Watch

_REQUEST_TIMEOUT_S: Final = 60.0
_TRIES: Final = 4
_DEFAULT_WAIT_S: Final = 2.0
_LONGEST_WAIT_S: Final = 30.0
_STEP_S: Final = 0.5
_UNAUTHORISED: Final = (401, 403)
_TOO_MANY: Final = 429
_BAD_REQUEST: Final = 400
_SERVER_FAULT: Final = 500
_SOMETHING_ELSE: Final = "What answers at ASSEMBLYAI_BASE_URL is not AssemblyAI. Check the address."


class AssemblyAIClient:
    """One account at the service.

    Args:
        base_url: address of the API; encrypted, or on this machine.
        key: the account's key; it is sent to that address alone, no redirect is followed.
        poll_s: seconds between two questions whether a transcript is done.

    Raises:
        InvalidRequestError: the address would carry the key in the open.
    """

    def __init__(self, base_url: str, key: str, *, poll_s: float = 3.0) -> None:
        address = urlsplit(base_url)
        if address.scheme != "https" and not (address.scheme == "http" and address.hostname in LOOPBACK_HOSTS):
            raise InvalidRequestError("ASSEMBLYAI_BASE_URL has to begin with https://, so that the key stays secret.")
        self._base_url = base_url.rstrip("/")
        self._key = key
        self._poll_s = poll_s

    def upload(self, sound: bytes, watch: Watch) -> str:
        """Send a sound file; its address at the service, which only the service can read."""
        return _named("upload_url", self._ask("POST", "/v2/upload", watch, content=sound))

    def create(self, request: dict[str, Any], watch: Watch) -> str:
        """Ask for a transcript; its id."""
        return _named("id", self._ask("POST", "/v2/transcript", watch, json=request))

    def wait(self, transcript_id: str, watch: Watch) -> dict[str, Any]:
        """The transcript, as soon as it is done.

        Raises:
            TranscriptionFailedError: the service gave up.
        """
        while True:
            answer = self._ask("GET", self._path(transcript_id), watch)
            if answer.get("status") == "completed":
                return answer
            if answer.get("status") == "error":
                raise TranscriptionFailedError(
                    "AssemblyAI could not transcribe this recording. Check that somebody speaks in it, in the language "
                    "given, or choose another engine."
                )
            _pause(self._poll_s, watch)

    def delete(self, transcript_id: str, watch: Watch) -> None:
        """Have the service delete the transcript and the sound."""
        self._ask("DELETE", self._path(transcript_id), watch)

    @staticmethod
    def _path(transcript_id: str) -> str:
        return f"/v2/transcript/{quote(transcript_id, safe='')}"

    def _ask(
        self, method: str, path: str, watch: Watch, *, content: bytes | None = None, json: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The answer to one request; requests turned away for now are made again, as late as the service asks.

        Raises:
            TranscriptionKeyError: the key is not accepted.
            TranscriptionBusyError: turned away again and again.
            TranscriptionFailedError: refused, or answered with something else.
            TranscriptionError: the service cannot be reached.
        """
        for left in reversed(range(_TRIES)):
            watch.check()
            response = self._send(method, path, content, json)
            if response.status_code != _TOO_MANY and response.status_code < _SERVER_FAULT:
                return _checked(response)
            wait_s = _asked_wait_s(response)
            if not left:
                break
            _pause(min(wait_s, _LONGEST_WAIT_S), watch)
        if response.status_code == _TOO_MANY:
            raise TranscriptionBusyError(
                "AssemblyAI has had too many requests from this key. Wait a little and try again.",
                retry_after_s=max(round(wait_s), 1),
            )
        raise TranscriptionFailedError("AssemblyAI has a fault of its own at the moment. Try again later.")

    def _send(self, method: str, path: str, content: bytes | None, json: dict[str, Any] | None) -> requests.Response:
        import requests

        try:
            return requests.request(
                method,
                self._base_url + path,
                data=content,
                json=json,
                headers={"Authorization": self._key},
                timeout=_REQUEST_TIMEOUT_S,
                allow_redirects=False,
            )
        except requests.RequestException:
            # The original would name the address and the proxy.
            raise TranscriptionError(
                "AssemblyAI cannot be reached. Check the network and ASSEMBLYAI_BASE_URL, or choose another engine."
            ) from None


def _checked(response: requests.Response) -> dict[str, Any]:
    """The JSON object of an answer that is neither a fault of the service nor a "later"."""
    if response.status_code in _UNAUTHORISED:
        raise TranscriptionKeyError("AssemblyAI does not accept the key. Set ASSEMBLYAI_API_KEY to a valid one.")
    if response.status_code >= _BAD_REQUEST:
        raise TranscriptionFailedError(
            "AssemblyAI refused the request. Check the language and ASSEMBLYAI_SPEECH_MODELS, or choose another engine."
        )
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise TranscriptionFailedError(_SOMETHING_ELSE)
    return answer


def _named(field: str, answer: dict[str, Any]) -> str:
    """A field every answer of that kind has."""
    if field not in answer:
        raise TranscriptionFailedError(_SOMETHING_ELSE)
    return str(answer[field])


def _asked_wait_s(response: requests.Response) -> float:
    """Seconds the service asks to wait; dates and nonsense count as the default."""
    try:
        return max(float(response.headers.get("Retry-After", _DEFAULT_WAIT_S)), 0.0)
    except ValueError:
        return _DEFAULT_WAIT_S


def _pause(seconds: float, watch: Watch) -> None:
    """Sleep, and notice within half a second that it is over."""
    ends_s = time.monotonic() + seconds
    while (left_s := ends_s - time.monotonic()) > 0:
        watch.check()
        time.sleep(min(left_s, _STEP_S))
    watch.check()
