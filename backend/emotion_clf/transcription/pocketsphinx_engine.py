"""The embedded default: PocketSphinx, offline, English only, and rough.

Its model lies inside the pocketsphinx package (BSD), so nothing is fetched.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.errors import EngineMissingError, InvalidRequestError
from emotion_clf.settings import PROJECT_DIR
from emotion_clf.transcription.engine import Watch
from emotion_clf.transcription.regions import speech_regions
from emotion_clf.transcription.transcript import Segment, Transcript, Word

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from emotion_clf.audio import Waveform

NAME: Final = "pocketsphinx"
UTTERANCE_S: Final = 30.0
MEASUREMENT: Final = PROJECT_DIR / "benchmarks" / "results" / "transcription.json"
_FRAMES_PER_S: Final = 100
_FULL_SCALE: Final = 32767
_ENGLISH: Final = "en"


class PocketSphinxEngine:
    """Transcribes English on this machine, utterance by utterance."""

    name = NAME
    chunk_s: float | None = UTTERANCE_S

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        try:
            self.version = version("pocketsphinx")
        except PackageNotFoundError:
            raise EngineMissingError("The pocketsphinx package is not installed; run `make install`.") from None

    def transcribe(
        self,
        waveform: Waveform,
        *,
        language: str | None = None,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Transcript:
        """Write down what is said, as `Engine` promises; words have times and a confidence, no punctuation."""
        if language is not None and language.lower().split("-")[0] != _ENGLISH:
            raise InvalidRequestError(
                f"PocketSphinx knows English only, not '{language}'. Choose Whisper or AssemblyAI for other languages."
            )
        watch = Watch(self._timeout_s, progress=progress, cancelled=cancelled)
        watch.check()
        regions = speech_regions(waveform, UTTERANCE_S)
        segments = []
        for done, region in enumerate(regions):
            watch.check()
            words = self._words(region.of(waveform), region.start_s)
            if words:
                text = " ".join(word.text for word in words)
                segments.append(Segment(text, words[0].start_s, words[-1].end_s, words=words))
            watch.done((done + 1) / len(regions))
        return Transcript(tuple(segments), _ENGLISH, self.name, self.version, (roughness(),))

    @staticmethod
    def _words(utterance: Waveform, offset_s: float) -> tuple[Word, ...]:
        """The words of one utterance; fillers such as silence and breath are left out."""
        import pocketsphinx

        pcm = (np.clip(utterance.samples, -1, 1) * _FULL_SCALE).astype("<i2").tobytes()
        # A decoder remembers the utterances before; a new one for each (0.4 s) makes its words follow from its sound
        # alone, so that a transcript that was interrupted and resumed is the same as one that was not.
        decoder = pocketsphinx.Decoder(loglevel="FATAL", cmn="batch")
        decoder.start_utt()
        decoder.process_raw(pcm, full_utt=True)
        decoder.end_utt()
        return tuple(
            Word(
                text=found.word.split("(")[0],
                start_s=offset_s + found.start_frame / _FRAMES_PER_S,
                end_s=offset_s + (found.end_frame + 1) / _FRAMES_PER_S,
                confidence=min(max(float(found.prob), 0.0), 1.0),
            )
            for found in decoder.seg() or ()
            if found.word[0] not in "<["
        )


@lru_cache(maxsize=1)
def roughness(measurement: Path = MEASUREMENT) -> str:
    """One sentence on how rough it is, with the measured figure where the measurement is at hand."""
    sentence = "Transcribed offline by PocketSphinx, which is rough and assumes English"
    try:
        measured = json.loads(measurement.read_text(encoding="utf-8"))["pocketsphinx"]
    except OSError:
        return f"{sentence}: expect wrong words, and choose Whisper or AssemblyAI where words matter."
    return (
        f"{sentence}: {measured['word_error_rate']:.0%} of the words were wrong on {measured['clips']} short, clean "
        "clips of actors, and everyday speech is harder. Choose Whisper or AssemblyAI where words matter."
    )
