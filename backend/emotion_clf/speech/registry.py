"""The speech models of one process, a comparison of them, and a bounded line in front of them."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ, Waveform
from emotion_clf.bundles import BundleRegistry, Graphs, check_file
from emotion_clf.errors import BusyError, NotFoundError
from emotion_clf.speech.manifest import Manifest
from emotion_clf.speech.model import SpeechModel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emotion_clf.settings import Settings

LEADERBOARD_NAME: Final = "leaderboard.md"
_RETRY_AFTER_S: Final = 5
_WARM_UP_S: Final = 3


class ModelRegistry(BundleRegistry[Manifest, SpeechModel]):
    """Installed speech bundles by name."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.models_dir, settings.model)
        self._settings = settings
        self._graphs = Graphs(settings.model_threads)
        self._running = threading.Lock()
        self._places = threading.BoundedSemaphore(settings.queue_size + 1)

    def read(self, folder: Path) -> Manifest:
        """See `BundleRegistry.read`."""
        return Manifest.read(folder)

    def load(self, folder: Path) -> SpeechModel:
        """See `BundleRegistry.load`."""
        return SpeechModel(folder, self._settings, self._graphs)

    def figure(self, name: str, file: str) -> Path:
        """The file of one of a bundle's figures, after its fingerprint has been compared.

        Raises:
            ModelNotFoundError: no such bundle.
            NotFoundError: the bundle has no such figure.
            ModelError: the figure is missing or was changed.
        """
        folder = self.folder(name)
        manifest = self.read(folder)
        if file not in {figure.file for figure in manifest.figures}:
            raise NotFoundError("This model has no such figure. Its page shows those it has.")
        return check_file(folder, file, manifest)

    @property
    def has_leaderboard(self) -> bool:
        """Whether a comparison of models lies beside the bundles."""
        return (self._bundles / LEADERBOARD_NAME).is_file()

    def leaderboard(self) -> str:
        """The comparison of models that lies beside the bundles, as Markdown.

        Raises:
            NotFoundError: there is none.
        """
        if not self.has_leaderboard:
            raise NotFoundError("No models were compared here. See the scores of each one instead.")
        return (self._bundles / LEADERBOARD_NAME).read_text(encoding="utf-8")

    def warm_up(self) -> None:
        """Load the default model and run it once on noise, so that the first user does not wait for it.

        Raises:
            ModelError: it cannot be used.
        """
        noise = np.random.default_rng(0).normal(0, 0.01, _WARM_UP_S * SAMPLE_RATE_HZ).astype(np.float32)
        self.get().predict(Waveform(noise))

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
