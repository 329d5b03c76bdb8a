"""What every transcription engine offers, and how it is watched while it works."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from emotion_clf.errors import TranscriptionCancelledError, TranscriptionTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotion_clf.audio import Waveform
    from emotion_clf.transcription.transcript import Transcript


class Engine(Protocol):
    """Something that writes down speech."""

    @property
    def name(self) -> str:
        """What users call it."""
        ...

    @property
    def version(self) -> str:
        """The version of its program and model; the same version gives the same transcript."""
        ...

    @property
    def chunk_s(self) -> float | None:
        """Seconds of sound it takes at a time when work is to be resumable; None: all of it."""
        ...

    def transcribe(
        self,
        waveform: Waveform,
        *,
        language: str | None = None,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Transcript:
        """Write down what is said.

        Args:
            waveform: sound at 16 kHz.
            language: ISO 639-1 code; None: found out, by engines that can.
            progress: told now and then which share of the work is done, in [0, 1].
            cancelled: asked now and then whether to stop.

        Raises:
            InvalidRequestError: the engine does not know the language.
            TranscriptionCancelledError: `cancelled` said so.
            TranscriptionTimeoutError: it took longer than the engine was given.
            TranscriptionError: the engine cannot do it.
        """
        ...


class Watch:
    """Stops work that is cancelled or takes too long, and reports how far it is."""

    def __init__(
        self,
        timeout_s: float,
        *,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self._timeout_s = timeout_s
        self._ends_s = time.monotonic() + timeout_s
        self._progress = progress
        self._cancelled = cancelled

    def check(self) -> None:
        """Go on, or raise.

        Raises:
            TranscriptionCancelledError: somebody asked to stop.
            TranscriptionTimeoutError: time is up.
        """
        if self._cancelled is not None and self._cancelled():
            raise TranscriptionCancelledError("The transcription was stopped on request; start it again to go on.")
        if time.monotonic() >= self._ends_s:
            raise TranscriptionTimeoutError(
                f"The transcription took longer than {self._timeout_s:g} s. Send a shorter recording, or raise "
                "TRANSCRIPTION_TIMEOUT_S."
            )

    def done(self, share: float) -> None:
        """Report the share of the work that is done, in [0, 1]."""
        if self._progress is not None:
            self._progress(min(max(share, 0.0), 1.0))
