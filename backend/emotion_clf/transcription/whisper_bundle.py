"""A bundle of Whisper's weights: a folder that proves what it is before CTranslate2 opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, Literal

from pydantic import Field

from emotion_clf.bundles import MANIFEST_NAME, BundleManifest, FileRecord, check_file
from emotion_clf.settings import PROJECT_DIR

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_clf.settings import Settings

FOLDER: Final = "transcription"
OWN_MODELS: Final = PROJECT_DIR / "ml_models" / "models"


class WhisperManifest(BundleManifest):
    """The description the bundle carries as `manifest.json`.

    Attributes:
        source: the hub's repository whose conversion it was made from.
        source_sha256: of the weights it was made from.
        quantization: CTranslate2's name of the format of its weights.
    """

    format: Literal[1] = 1
    what: ClassVar[str] = "Whisper model"

    kind: Literal["whisper"] = "whisper"
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    version: str
    title: str
    description: str
    licence: str
    source: str
    source_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    quantization: str
    reference: None = None
    files: dict[str, FileRecord]


def bundle_folder(settings: Settings, name: str) -> Path | None:
    """Return the folder of an installed bundle of that name, or None.

    What MODELS_DIR lacks is looked for among the product's own, so that a folder of other models need not hold Whisper.
    """
    if name in {"", ".", ".."} or "/" in name:
        return None
    folders = (models / FOLDER / name for models in (settings.models_dir, OWN_MODELS))
    return next((folder for folder in folders if (folder / MANIFEST_NAME).is_file()), None)


def check_bundle(folder: Path) -> WhisperManifest:
    """Compare every file of a bundle with its fingerprint.

    Raises:
        ModelError: its manifest is not valid, or a file is missing or was changed.
    """
    manifest = WhisperManifest.read(folder)
    for name in manifest.files:
        check_file(folder, name, manifest)
    return manifest
