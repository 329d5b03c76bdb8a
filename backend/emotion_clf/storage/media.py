"""Where recordings and the files of jobs are: folders of this host, or a store that several hosts share.

A file has a key, such as `jobs/<id>/sound.flac`, and on this host a path. Whoever wants to read it asks for it first;
whoever wrote it says so afterwards. With folders both cost nothing: path and file are one.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from emotion_clf.settings import Settings
    from emotion_clf.storage.media_store import StoreMedia

JOBS: Final = "jobs"
RECORDINGS: Final = "recordings"
_STORES: Final = 4
COPIES: Final = "media"


def job_key(job_id: str, name: str = "") -> str:
    """The key of a job's folder, or of a file in it."""
    return f"{JOBS}/{job_id}/{name}" if name else f"{JOBS}/{job_id}"


def recording_key(analysis_id: str) -> str:
    """The key of the recording of an analysis."""
    return f"{RECORDINGS}/{analysis_id}.flac"


class Media(Protocol):
    """Files under keys. Every method but `path` may raise `StorageError`."""

    def path(self, key: str) -> Path:
        """Where a file or folder lies on this host, whether or not it is there."""

    def fetch(self, key: str) -> Path | None:
        """A file, here and as it is now; None where there is none."""

    def put(self, key: str) -> None:
        """Let the others have a file that was written here."""

    def bring(self, folder: str) -> None:
        """Make the files of a folder here what they are for all."""

    def keep(self, folder: str) -> None:
        """Make the files of a folder for all what they are here; those that end in `.json` last."""

    def holding(self, keys: Collection[str]) -> set[str]:
        """Those of some keys under which there is a file."""

    def changed_at(self, folder: str) -> dict[str, float]:
        """What is directly in a folder, and when it was last changed, in seconds since 1970."""

    def discard(self, *keys: str) -> None:
        """Delete files, those that are there."""

    def discard_folder(self, folder: str) -> None:
        """Delete a folder and all in it."""


class FolderMedia:
    """The folders of this host, and nothing else."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, key: str) -> Path:
        """Where it lies."""
        return self._root / key

    def fetch(self, key: str) -> Path | None:
        """The file, where there is one."""
        path = self.path(key)
        return path if path.is_file() else None

    def put(self, key: str) -> None:
        """Nothing: it is where it belongs."""

    def bring(self, folder: str) -> None:
        """Nothing, as `put`."""

    def keep(self, folder: str) -> None:
        """Nothing, as `put`."""

    def holding(self, keys: Collection[str]) -> set[str]:
        """Those that are files."""
        return {key for key in keys if self.path(key).is_file()}

    def changed_at(self, folder: str) -> dict[str, float]:
        """By the folder's own entries."""
        found = {}
        for path in self.path(folder).glob("*"):
            with suppress(FileNotFoundError):  # deleted meanwhile
                found[path.name] = path.stat().st_mtime
        return found

    def discard(self, *keys: str) -> None:
        """Delete files."""
        for key in keys:
            self.path(key).unlink(missing_ok=True)

    def discard_folder(self, folder: str) -> None:
        """Delete a folder."""
        shutil.rmtree(self.path(folder), ignore_errors=True)


@dataclass(frozen=True, slots=True)
class StorePlace:
    """A store, and how it is reached.

    Attributes:
        bucket: its bucket.
        prefix: what the keys in it begin with; empty: nothing.
        endpoint: the server's address; None: Amazon's.
        region: None: found in the environment.
        path_style: whether the bucket is named in the path.
        key_id: None: credentials are found in the environment.
        secret: as `key_id`.
        allow_http: whether the server may be spoken to without encryption.
        copies: the folder of this host's copies.
    """

    bucket: str
    prefix: str
    endpoint: str | None
    region: str | None
    path_style: bool
    key_id: str | None
    secret: str | None
    allow_http: bool
    copies: Path


def open_media(settings: Settings) -> Media:
    """The media under the settings in force; nothing connects yet.

    Raises:
        StorageError: MEDIA_URL cannot be used.
    """
    return open_store_media(settings) or FolderMedia(settings.instance_dir)


def open_store_media(settings: Settings) -> StoreMedia | None:
    """The store that several hosts share; None where there is none.

    Raises:
        StorageError: as `open_media`.
    """
    place = _place(settings)
    return None if place is None else _opened(place)


def _place(settings: Settings) -> StorePlace | None:
    if settings.media_url is None:
        return None
    bucket, _, prefix = settings.media_url.removeprefix("s3://").partition("/")
    key_id, secret = settings.media_access_key_id, settings.media_secret_access_key
    return StorePlace(
        bucket=bucket,
        prefix=prefix.strip("/"),
        endpoint=None if settings.media_endpoint is None else settings.media_endpoint.rstrip("/"),
        region=settings.media_region,
        path_style=settings.media_path_style,
        key_id=None if key_id is None else key_id.get_secret_value(),
        secret=None if secret is None else secret.get_secret_value(),
        allow_http=settings.media_allow_http,
        copies=settings.instance_dir / COPIES,
    )


@lru_cache(maxsize=_STORES)
def _opened(place: StorePlace) -> StoreMedia:
    from emotion_clf.storage.media_store import StoreMedia, connect

    return StoreMedia(connect(place), place.copies)
