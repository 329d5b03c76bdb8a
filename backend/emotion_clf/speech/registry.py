"""The models of one process: which are installed, each loaded once, and a bounded line in front of them."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ, Waveform
from emotion_clf.bundles import CARD_NAME, MANIFEST_NAME, Graphs, check_file
from emotion_clf.errors import BusyError, ModelError, ModelNotFoundError, NotFoundError
from emotion_clf.speech.manifest import Manifest, read_manifest
from emotion_clf.speech.model import SpeechModel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emotion_clf.settings import Settings

LEADERBOARD_NAME: Final = "leaderboard.md"
_RETRY_AFTER_S: Final = 5
_WARM_UP_S: Final = 3


class ModelRegistry:
    """Installed bundles by name.

    Make one per process, after the fork: ONNX Runtime's and torch's threads do not survive it.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._models: dict[str, SpeechModel] = {}
        self._graphs = Graphs(settings.model_threads)
        self._loading = threading.Lock()
        self._running = threading.Lock()
        self._places = threading.BoundedSemaphore(settings.queue_size + 1)

    @property
    def default_name(self) -> str:
        """Name of the bundle used where none is asked for."""
        return self._settings.model

    def folders(self) -> dict[str, Path]:
        """Installed bundles: name → folder, sorted by name, the default first."""
        found = sorted(path.parent for path in self._settings.models_dir.glob(f"*/{MANIFEST_NAME}"))
        found.sort(key=lambda folder: folder.name != self.default_name)
        return {folder.name: folder for folder in found}

    def manifests(self) -> list[Manifest]:
        """The manifests of all installed bundles that can be read."""
        readable = []
        for folder in self.folders().values():
            try:
                readable.append(read_manifest(folder))
            except ModelError:
                continue
        return readable

    def manifest(self, name: str) -> Manifest:
        """One bundle's manifest.

        Raises:
            ModelNotFoundError: no such bundle.
            ModelError: its manifest is not valid.
        """
        return read_manifest(self._folder(name))

    def card(self, name: str) -> str:
        """One bundle's model card, as Markdown.

        Raises:
            ModelNotFoundError: no such bundle.
            ModelError: the card is missing or was changed.
        """
        folder = self._folder(name)
        return check_file(folder, CARD_NAME, read_manifest(folder)).read_text(encoding="utf-8")

    def figure(self, name: str, file: str) -> Path:
        """The file of one of a bundle's figures, after its fingerprint has been compared.

        Raises:
            ModelNotFoundError: no such bundle.
            NotFoundError: the bundle has no such figure.
            ModelError: the figure is missing or was changed.
        """
        folder = self._folder(name)
        manifest = read_manifest(folder)
        if file not in {figure.file for figure in manifest.figures}:
            raise NotFoundError("This model has no such figure. Its page shows those it has.")
        return check_file(folder, file, manifest)

    @property
    def has_leaderboard(self) -> bool:
        """Whether a comparison of models lies beside the bundles."""
        return (self._settings.models_dir / LEADERBOARD_NAME).is_file()

    def leaderboard(self) -> str:
        """The comparison of models that lies beside the bundles, as Markdown.

        Raises:
            NotFoundError: there is none.
        """
        if not self.has_leaderboard:
            raise NotFoundError("No models were compared here. See the scores of each one instead.")
        return (self._settings.models_dir / LEADERBOARD_NAME).read_text(encoding="utf-8")

    def get(self, name: str | None = None) -> SpeechModel:
        """The loaded model, loading it if this process has not yet.

        Raises:
            ModelNotFoundError: no such bundle.
            ModelError: it cannot be used.
        """
        name = name or self.default_name
        with self._loading:
            if name not in self._models:
                self._models[name] = SpeechModel(self._folder(name), self._settings, self._graphs)
            return self._models[name]

    def warm_up(self) -> None:
        """Load the default model and run it once on noise, so that the first user does not wait for it.

        Raises:
            ModelError: it cannot be used.
        """
        noise = np.random.default_rng(0).normal(0, 0.01, _WARM_UP_S * SAMPLE_RATE_HZ).astype(np.float32)
        self.get().predict(Waveform(noise))

    @property
    def ready(self) -> bool:
        """Whether the default model is loaded."""
        return self.default_name in self._models

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place in line, taken before any work is done for a request.

        Raises:
            BusyError: the line is full.
        """
        if not self._places.acquire(blocking=False):
            raise BusyError(
                f"Too many recordings are waiting. Try again in {_RETRY_AFTER_S} seconds.",
                retry_after_s=_RETRY_AFTER_S,
            )
        try:
            yield
        finally:
            self._places.release()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the processor: one inference runs at a time, on all of the model's threads."""
        with self._running:
            yield

    def _folder(self, name: str) -> Path:
        try:
            return self.folders()[name]
        except KeyError:
            installed = ", ".join(self.folders()) or "none"
            raise ModelNotFoundError(f"There is no model of that name. Installed: {installed}.") from None
