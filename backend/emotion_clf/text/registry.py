"""The text models of one process."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from emotion_clf.bundles import BundleRegistry, Graphs
from emotion_clf.text.manifest import TextManifest
from emotion_clf.text.model import TextModel

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_clf.settings import Settings

FOLDER: Final = "text"


class TextModelRegistry(BundleRegistry[TextManifest, TextModel]):
    """Installed text bundles by name: folders of `text` in the models folder."""

    what: ClassVar[str] = "text model"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.models_dir / FOLDER, settings.text_model)
        self._settings = settings
        self._graphs = Graphs(settings.model_threads)

    def read(self, folder: Path) -> TextManifest:
        """See `BundleRegistry.read`."""
        return TextManifest.read(folder)

    def load(self, folder: Path) -> TextModel:
        """See `BundleRegistry.load`."""
        return TextModel(folder, self._settings, self._graphs)

    def warm_up(self) -> None:
        """Load the default model and run it once, so that the first user does not wait for it.

        Raises:
            ModelError: it cannot be used.
        """
        self.get().predict(["Hello there!"])
