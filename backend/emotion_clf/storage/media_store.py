"""Files in an S3-compatible store, and copies of them on this host.

A copy is only given out after the store said that it is the file's newest version, so what was deleted or changed on
one host is so on all at once. Up and down files go in pieces, never whole through memory.
"""

from __future__ import annotations

import logging
import os
import secrets
from contextlib import contextmanager
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from emotion_clf.errors import StorageError
from emotion_clf.storage.media_copies import Copies

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from obstore.store import S3Store

    from emotion_clf.storage.media import StorePlace

log = logging.getLogger(__name__)

_AWAY: Final = (
    "The store of recordings cannot be used right now. Try again; if it stays so, the operator should run "
    "`emotion-clf doctor`."
)
_PIECE_BYTES: Final = 4 * 1024**2
_PIECES_AT_ONCE: Final = 2
_CONNECTS_WITHIN: Final = timedelta(seconds=4)
# Of one piece going up, and of silence while one comes down.
_ANSWERS_WITHIN: Final = timedelta(seconds=60)
_WITHIN: Final = timedelta(hours=1)
_ATTEMPTS: Final = 2
_RETRIES_WITHIN: Final = timedelta(seconds=10)
_REGION: Final = "us-east-1"


def connect(place: StorePlace) -> S3Store:
    """A client of a store; nothing connects yet.

    Raises:
        StorageError: the library for it is not installed, or does not take the place.
    """
    try:
        from obstore.exceptions import BaseError
        from obstore.store import S3Store
    except ModuleNotFoundError as error:
        raise StorageError("MEDIA_URL is set, which needs `pip install 'emotion-clf[s3]'`.") from error
    given: dict[str, Any] = {
        "endpoint": _endpoint(place),
        "region": place.region or _region_here(),
        "access_key_id": place.key_id,
        "secret_access_key": place.secret,
    }
    try:
        return S3Store(
            place.bucket,
            prefix=place.prefix or None,
            virtual_hosted_style_request=not place.path_style,
            client_options={
                "allow_http": place.allow_http,
                "connect_timeout": _CONNECTS_WITHIN,
                "read_timeout": _ANSWERS_WITHIN,
                "timeout": _WITHIN,
            },
            retry_config={"max_retries": _ATTEMPTS, "retry_timeout": _RETRIES_WITHIN},
            **{name: value for name, value in given.items() if value is not None},
        )
    except (BaseError, ValueError) as error:
        raise StorageError("MEDIA_URL cannot be used. Look at it and at the other MEDIA_ settings.") from error


class StoreMedia:
    """A store and this host's copies."""

    def __init__(self, store: S3Store, copies: Path) -> None:
        self._store = store
        self.copies = Copies(copies)

    def path(self, key: str) -> Path:
        """Where the copy lies."""
        return self.copies.path(key)

    def fetch(self, key: str) -> Path | None:
        """A file, brought here unless the copy is its newest version.

        Raises:
            StorageError: the store cannot be reached, here as in the other methods.
        """
        import obstore
        from obstore.exceptions import NotModifiedError

        known = self.copies.version(key)
        with _reaching():
            try:
                found = obstore.get(self._store, key, options={"if_none_match": known} if known else {})
            except NotModifiedError:
                self.copies.touch(key)
            except FileNotFoundError:
                self.copies.drop(key)
                return None
            else:
                self.copies.write(key, map(bytes, found.stream(_PIECE_BYTES)), found.meta["e_tag"] or "")
        return self.path(key)

    def put(self, key: str) -> None:
        """Send a file, unless the store has it."""
        import obstore

        if self.copies.version(key) is not None:
            return
        state = self.copies.state_of(key)
        with _reaching():
            sent = obstore.put(
                self._store, key, self.path(key), chunk_size=2 * _PIECE_BYTES, max_concurrency=_PIECES_AT_ONCE
            )
        self.copies.note(key, sent["e_tag"] or "", state)

    def bring(self, folder: str) -> None:
        """Fetch what is newer in the store, and drop what is not there; folders in the folder are left alone."""
        there = {entry["path"]: entry["e_tag"] for entry in self._listed(folder)}
        self.copies.drop(*(set(self.copies.files(folder)) - there.keys()))
        for key, version in there.items():
            if self.copies.version(key) == version:
                self.copies.touch(key)
            else:
                self.fetch(key)

    def keep(self, folder: str) -> None:
        """Send what is new here, then delete what was deleted here.

        What ends in `.json` says that other files are there, so it is sent after them, in the order it was written.
        """
        here = [key for key in self.copies.files(folder) if not key.startswith(f"{folder}/.")]
        for key in sorted(here, key=lambda key: (key.endswith(".json"), self.copies.state_of(key)[-1])):
            self.put(key)
        self.discard(*(self.copies.noted(folder) - set(here)))

    def holding(self, keys: Collection[str]) -> set[str]:
        """Those that the store has, by one question, or by a list of the folder that holds them all."""
        import obstore

        if len(keys) > 1:
            folder = os.path.commonpath([os.path.dirname(key) for key in keys])  # noqa: PTH120 - keys are no paths
            return {entry["path"] for entry in self._listed(folder)} & set(keys)
        with _reaching():
            try:
                return {obstore.head(self._store, key)["path"] for key in keys}
            except FileNotFoundError:
                return set()

    def changed_at(self, folder: str) -> dict[str, float]:
        """By the newest file of each folder in the folder."""
        found: dict[str, float] = {}
        for entry in self._listed(folder):
            name = entry["path"].removeprefix(f"{folder}/").partition("/")[0]
            found[name] = max(found.get(name, 0.0), entry["last_modified"].timestamp())
        return found

    def discard(self, *keys: str) -> None:
        """Delete files here and in the store."""
        import obstore

        self.copies.drop(*keys)
        if keys:
            with _reaching():
                obstore.delete(self._store, list(keys))

    def discard_folder(self, folder: str) -> None:
        """Delete a folder here and in the store."""
        self.copies.drop_folder(folder)
        self.discard(*[entry["path"] for entry in self._listed(folder)])

    def check(self) -> None:
        """Write a small file, and delete it.

        Raises:
            StorageError: the store cannot be reached, or does not take it.
        """
        import obstore

        key = f"check/{secrets.token_hex(8)}"
        with _reaching():
            obstore.put(self._store, key, b"1")
            obstore.delete(self._store, key)

    def look(self) -> None:
        """Ask for something, which changes nothing.

        Raises:
            StorageError: the store cannot be reached.
        """
        for _ in self._listed("check"):
            return

    def _listed(self, folder: str) -> Iterator[Any]:
        """Every file in a folder and its folders."""
        import obstore

        with _reaching():
            yield from chain.from_iterable(obstore.list(self._store, folder))


@contextmanager
def _reaching() -> Iterator[None]:
    """Whatever goes wrong with the store becomes one sentence."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, FileNotFoundError, PermissionError) as error:
        # Up to there it names the address and the status; the server's own words may follow, and the whole request.
        log.warning("the store of recordings failed: %s", str(error).partition("<")[0].partition("\n")[0])
        raise StorageError(_AWAY) from error


def _endpoint(place: StorePlace) -> str | None:
    """The server's address, with the bucket in the host name where it is not named in the path."""
    if place.endpoint is None or place.path_style:
        return place.endpoint
    parts = urlsplit(place.endpoint)
    return f"{parts.scheme}://{place.bucket}.{parts.netloc}"


def _region_here() -> str | None:
    """Amazon's usual one where the environment names none."""
    return None if {"AWS_REGION", "AWS_DEFAULT_REGION"} & os.environ.keys() else _REGION
