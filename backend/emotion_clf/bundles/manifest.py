"""What every bundle says of itself, read from its folder and written there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import ValidationError

from emotion_clf.bundles.files import MANIFEST_NAME, Described, fingerprints
from emotion_clf.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path


class BundleManifest(Described):
    """A manifest of some kind; it has a field `files`, the fingerprints."""

    what: ClassVar[str] = "model"

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read and validate a bundle's manifest.

        Raises:
            ModelError: the manifest is missing, or not valid.
        """
        try:
            return cls.model_validate_json((folder / MANIFEST_NAME).read_bytes())
        except OSError as error:
            raise ModelError(
                f"The {cls.what} '{folder.name}' has no readable {MANIFEST_NAME}. Install it again."
            ) from error
        except ValidationError as error:
            raise ModelError(
                f"The {MANIFEST_NAME} of the {cls.what} '{folder.name}' is not valid "
                f"({error.error_count()} faults). Install the model again."
            ) from error

    @classmethod
    def write(cls, folder: Path, fields: dict[str, Any]) -> Self:
        """Fingerprint every file of a bundle and write its manifest.

        Args:
            folder: the bundle, complete but for the manifest.
            fields: all of the manifest but `files`.
        """
        manifest = cls.model_validate({**fields, "files": fingerprints(folder)})
        (folder / MANIFEST_NAME).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
        return manifest
