"""The files of a bundle and their fingerprints: what is opened is what was published."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, Protocol

from pydantic import BaseModel, ConfigDict, Field

from emotion_clf.errors import ModelNotPulledError, ModelTamperedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MANIFEST_NAME: Final = "manifest.json"
CARD_NAME: Final = "model_card.md"
_LFS_HEAD: Final = b"version https://git-lfs.github.com/spec/"


class Described(BaseModel):
    """A part of a manifest: it never changes, and knows all of its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FileRecord(Described):
    """Fingerprint of one file."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size_bytes: int = Field(ge=0)


class Manifest(Protocol):
    """What every manifest says."""

    @property
    def name(self) -> str:
        """The bundle's name."""
        ...

    @property
    def version(self) -> str:
        """The bundle's version."""
        ...

    @property
    def title(self) -> str:
        """The bundle's name for people."""
        ...

    @property
    def reference(self) -> str | None:
        """The file with the reference, None where it brings none."""
        ...

    @property
    def files(self) -> Mapping[str, FileRecord]:
        """Every file but the manifest."""
        ...


def fingerprints(folder: Path) -> dict[str, FileRecord]:
    """The fingerprint of every file of a folder but its manifest."""
    return {
        path.name: FileRecord(sha256=sha256_of(path), size_bytes=path.stat().st_size)
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != MANIFEST_NAME
    }


def check_file(folder: Path, name: str, manifest: Manifest) -> Path:
    """The path of one file of a bundle, after its fingerprint has been compared.

    Raises:
        ModelNotPulledError: a Git LFS pointer lies in its place.
        ModelTamperedError: not listed, missing, or not the bytes that were published.
    """
    path = folder / name
    record = manifest.files.get(name)
    if record is None or not path.is_file():
        raise ModelTamperedError(f"The model '{manifest.name}' lacks its file {name}. Install it again.")
    with path.open("rb") as stream:
        if stream.read(len(_LFS_HEAD)) == _LFS_HEAD:
            raise ModelNotPulledError(
                f"The file {name} of the model '{manifest.name}' is a Git LFS pointer. "
                f'Fetch it with: git lfs pull --include "**/{folder.name}/*"'
            )
    if path.stat().st_size != record.size_bytes or sha256_of(path) != record.sha256:
        raise ModelTamperedError(
            f"The file {name} of the model '{manifest.name}' differs from what was published, so it is not "
            "opened. Install the model again."
        )
    return path


def sha256_of(path: Path) -> str:
    """The hexadecimal SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
