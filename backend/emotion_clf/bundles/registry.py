"""The bundles of one folder: which are installed, each loaded once."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from emotion_clf.bundles.files import CARD_NAME, MANIFEST_NAME, Manifest, check_file
from emotion_clf.bundles.reference import Reference, reference_of
from emotion_clf.errors import ModelError, ModelNotFoundError

if TYPE_CHECKING:
    from pathlib import Path

ManifestT = TypeVar("ManifestT", bound=Manifest)
ModelT = TypeVar("ModelT")


class BundleRegistry(ABC, Generic[ManifestT, ModelT]):
    """Installed bundles by name, of one kind.

    Make one per process, after the fork: the threads of ONNX Runtime and torch do not survive it.
    """

    what: ClassVar[str] = "model"

    def __init__(self, folder: Path, default_name: str) -> None:
        """Prepare an empty registry; nothing is loaded yet.

        Args:
            folder: whose folders are the bundles.
            default_name: of the bundle used where none is asked for.
        """
        self._bundles = folder
        self.default_name = default_name
        self._models: dict[str, ModelT] = {}
        self._loading = threading.Lock()

    @abstractmethod
    def read(self, folder: Path) -> ManifestT:
        """What a bundle says of itself.

        Raises:
            ModelError: its manifest is not valid.
        """

    @abstractmethod
    def load(self, folder: Path) -> ModelT:
        """A bundle, ready for use.

        Raises:
            ModelError: it cannot be used.
        """

    def folders(self) -> dict[str, Path]:
        """Installed bundles: name → folder, sorted by name, the default first."""
        found = sorted(path.parent for path in self._bundles.glob(f"*/{MANIFEST_NAME}"))
        found.sort(key=lambda folder: folder.name != self.default_name)
        return {folder.name: folder for folder in found}

    def manifests(self) -> list[ManifestT]:
        """The manifests of all installed bundles that can be read."""
        readable = []
        for folder in self.folders().values():
            try:
                readable.append(self.read(folder))
            except ModelError:
                continue
        return readable

    def manifest(self, name: str) -> ManifestT:
        """One bundle's manifest.

        Raises:
            ModelNotFoundError: no such bundle.
            ModelError: its manifest is not valid.
        """
        return self.read(self.folder(name))

    def card(self, name: str) -> str:
        """One bundle's model card, as Markdown.

        Raises:
            ModelNotFoundError: no such bundle.
            ModelError: the card is missing or was changed.
        """
        folder = self.folder(name)
        return check_file(folder, CARD_NAME, self.read(folder)).read_text(encoding="utf-8")

    def reference(self, name: str) -> Reference | None:
        """What one bundle learnt from, as counts; None where it brings none.

        Raises:
            ModelNotFoundError: no such bundle.
            ModelError: the reference is missing, changed or not valid.
        """
        folder = self.folder(name)
        return reference_of(folder, self.read(folder))

    def get(self, name: str | None = None) -> ModelT:
        """The loaded model, loading it if this process has not yet.

        Raises:
            ModelNotFoundError: no such bundle.
            ModelError: it cannot be used.
        """
        name = name or self.default_name
        with self._loading:
            if name not in self._models:
                self._models[name] = self.load(self.folder(name))
            return self._models[name]

    @property
    def ready(self) -> bool:
        """Whether the default model is loaded."""
        return self.default_name in self._models

    def folder(self, name: str) -> Path:
        """Where a bundle lies.

        Raises:
            ModelNotFoundError: no such bundle.
        """
        try:
            return self.folders()[name]
        except KeyError:
            installed = ", ".join(self.folders()) or "none"
            raise ModelNotFoundError(f"There is no {self.what} of that name. Installed: {installed}.") from None
