"""The text models of one process: which are installed, each loaded once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from emotion_clf.bundles import CARD_NAME, MANIFEST_NAME, Graphs, check_file
from emotion_clf.errors import ModelError, ModelNotFoundError
from emotion_clf.text.manifest import TextManifest, read_text_manifest
from emotion_clf.text.model import TextModel

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_clf.settings import Settings

FOLDER: Final = "text"


class TextModelRegistry:
    """Installed text bundles by name: folders of `text` in the models folder.

    Make one per process, after the fork: ONNX Runtime's threads do not survive it.
    """

    def __init__(self, settings: Settings, graphs: Graphs | None = None) -> None:
        """Prepare an empty registry; nothing is loaded yet.

        Args:
            settings: where the bundles lie, and which is the default.
            graphs: those of this process, None to keep them apart.
        """
        self._settings = settings
        self._models: dict[str, TextModel] = {}
        self._graphs = graphs or Graphs(settings.model_threads)
        self._loading = threading.Lock()

    @property
    def default_name(self) -> str:
        """Name of the bundle used where none is asked for."""
        return self._settings.text_model

    def folders(self) -> dict[str, Path]:
        """Installed bundles: name → folder, sorted by name, the default first."""
        found = sorted(path.parent for path in (self._settings.models_dir / FOLDER).glob(f"*/{MANIFEST_NAME}"))
        found.sort(key=lambda folder: folder.name != self.default_name)
        return {folder.name: folder for folder in found}

    def manifests(self) -> list[TextManifest]:
        """The manifests of all installed bundles that can be read."""
        readable = []
        for folder in self.folders().values():
            try:
                readable.append(read_text_manifest(folder))
            except ModelError:
                continue
        return readable

    def manifest(self, name: str) -> TextManifest:
        """One bundle's manifest.

        Raises:
            ModelNotFoundError: no such bundle.
            ModelError: its manifest is not valid.
        """
        return read_text_manifest(self._folder(name))

    def card(self, name: str) -> str:
        """One bundle's model card, as Markdown.

        Raises:
            ModelNotFoundError: no such bundle.
            ModelError: the card is missing or was changed.
        """
        folder = self._folder(name)
        return check_file(folder, CARD_NAME, read_text_manifest(folder)).read_text(encoding="utf-8")

    def get(self, name: str | None = None) -> TextModel:
        """The loaded model, loading it if this process has not yet.

        Raises:
            ModelNotFoundError: no such bundle.
            ModelError: it cannot be used.
        """
        name = name or self.default_name
        with self._loading:
            if name not in self._models:
                self._models[name] = TextModel(self._folder(name), self._settings, self._graphs)
            return self._models[name]

    def warm_up(self) -> None:
        """Load the default model and run it once, so that the first user does not wait for it.

        Raises:
            ModelError: it cannot be used.
        """
        self.get().predict(["Hello there!"])

    @property
    def ready(self) -> bool:
        """Whether the default model is loaded."""
        return self.default_name in self._models

    def _folder(self, name: str) -> Path:
        try:
            return self.folders()[name]
        except KeyError:
            installed = ", ".join(self.folders()) or "none"
            raise ModelNotFoundError(f"There is no text model of that name. Installed: {installed}.") from None
