"""Stretches of sound → what Whisper hears in each, decoded several at a time; what no one said is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from emotion_clf.audio import SAMPLE_RATE_HZ
from emotion_clf.transcription.hallucinations import has_words, is_silence, loops
from emotion_clf.transcription.regions import Region

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from emotion_clf.audio import Waveform

Task = Literal["transcribe", "translate"]

# Whisper hears 30 s at a time; what is shorter is padded.
WINDOW_S: Final = 28.0
_BATCH: Final = 8
_BEAMS: Final = 5
_FRAMES_PER_S: Final = 100
_WINDOWS_OF_LANGUAGE: Final = 4
_NO_REPEATED_WORDS: Final = 3


class Decoding:
    """One pass of a model over regions of a sound.

    Attributes:
        language: the language given, or the one that was found out.
        language_probability: how sure that is, in [0, 1].
    """

    def __init__(
        self,
        model: Any,
        waveform: Waveform,
        regions: Sequence[Region],
        *,
        language: str | None,
        task: Task = "transcribe",
        repeats: bool = True,
    ) -> None:
        """Find out the language; nothing is decoded yet.

        Args:
            model: faster-whisper's.
            waveform: sound at 16 kHz.
            regions: where to listen; none is longer than 30 s.
            language: ISO 639-1 code; None: found out.
            task: whether to write down what is said, or what it means in English.
            repeats: whether the same three word pieces may come twice in a region.
        """
        from faster_whisper import BatchedInferencePipeline

        self._again = (model, waveform, task)
        # As the library counts, so that each of its answers finds its region again.
        self._regions = {int(region.start_s * _FRAMES_PER_S): region for region in regions}
        self._repeats = repeats
        self._found, info = BatchedInferencePipeline(model).transcribe(
            waveform.samples,
            language=language,
            task=task,
            beam_size=_BEAMS,
            batch_size=_BATCH,
            word_timestamps=task == "transcribe",
            # Asked for times as well, Whisper leaves out less of what is said; a translation needs to be whole instead.
            without_timestamps=task == "translate",
            clip_timestamps=[
                # Half a sample more, since the library cuts off what is not whole.
                {"start": (region.start + 0.5) / SAMPLE_RATE_HZ, "end": (region.end + 0.5) / SAMPLE_RATE_HZ}
                for region in regions
            ],
            language_detection_segments=_WINDOWS_OF_LANGUAGE,
            no_repeat_ngram_size=0 if repeats else _NO_REPEATED_WORDS,
        )
        self.language: str = info.language
        self.language_probability: float = info.language_probability

    def __iter__(self) -> Iterator[tuple[Region, Any]]:
        """Yield regions, each with a segment of the library's, or None where nothing was said; batch by batch.

        A region may come several times, once for each segment in it.
        """
        for heard in self._found:
            region = self._regions[heard.seek]
            yield region, self._settled(region, heard)

    def _settled(self, region: Region, heard: Any) -> Any:
        """Return what was heard; decoded once more without repeats where it loops, None where that is no speech."""
        model, waveform, task = self._again
        # What is translated was found to be speech before; a translation is less sure of its words.
        if not has_words(heard.text) or (task == "transcribe" and is_silence(heard)):
            return None
        stretch = Region(round(heard.start * SAMPLE_RATE_HZ), min(round(heard.end * SAMPLE_RATE_HZ), region.end))
        if not loops(heard, stretch.end_s - stretch.start_s):
            return heard
        if not self._repeats or stretch.end <= stretch.start:
            return None
        again = Decoding(model, waveform, [stretch], language=self.language, task=task, repeats=False)
        return next((found for _, found in again), None)
