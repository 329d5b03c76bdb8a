from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from emotion_clf.audio import SAMPLE_RATE_HZ, Waveform, decode_path
from emotion_clf.errors import InvalidRequestError, TranscriptionCancelledError, TranscriptionTimeoutError
from emotion_clf.settings import PROJECT_DIR
from emotion_clf.transcription import PocketSphinxEngine
from emotion_clf.transcription.pocketsphinx_engine import roughness
from emotion_clf.transcription.regions import packed, speech_regions
from tests.support.sound import SAMPLES, SPEECH_DATA


@pytest.fixture(scope="module")
def engine() -> PocketSphinxEngine:
    return PocketSphinxEngine(timeout_s=60.0)


@pytest.fixture(scope="module")
def talk() -> Waveform:
    """The first two seconds of three clips, with a second of silence after each."""
    clips = [decode_path(SAMPLES / f"{name}.flac").waveform.samples[:32_000] for name in ("even", "low", "raised")]
    pause = np.zeros(SAMPLE_RATE_HZ, dtype=np.float32)
    return Waveform(np.concatenate([part for clip in clips for part in (clip, pause)]))


def test_words_have_times_and_confidence_and_the_note_says_how_rough(
    engine: PocketSphinxEngine, talk: Waveform
) -> None:
    shares: list[float] = []
    transcript = engine.transcribe(talk, progress=shares.append)
    assert len(transcript.segments) == 3
    words = [word for segment in transcript.segments for word in segment.words]
    assert len(words) > 3
    assert all(0 <= word.start_s < word.end_s <= talk.duration_s for word in words)
    assert all(one.end_s <= two.start_s + 1e-6 for one, two in pairwise(words))
    assert all(word.confidence is not None and 0 <= word.confidence <= 1 for word in words)
    assert all(word.text.isprintable() and not set(word.text) & set("<>[]()") for word in words)
    assert (transcript.language, transcript.engine) == ("en", "pocketsphinx")
    assert "rough and assumes English" in transcript.notes[0]
    assert shares[-1] == 1.0


def test_an_utterance_is_heard_alike_whatever_came_before_it(engine: PocketSphinxEngine) -> None:
    low, raised = (
        Waveform(decode_path(SAMPLES / f"{name}.flac").waveform.samples[:32_000]) for name in ("low", "raised")
    )
    first = engine.transcribe(low)
    engine.transcribe(raised)
    assert engine.transcribe(low) == first == PocketSphinxEngine(60.0).transcribe(low)


def test_silence_has_no_words(engine: PocketSphinxEngine) -> None:
    assert engine.transcribe(Waveform(np.zeros(32_000, dtype=np.float32))).segments == ()
    assert engine.transcribe(Waveform(np.zeros(0, dtype=np.float32))).segments == ()


def test_other_languages_are_refused(engine: PocketSphinxEngine, talk: Waveform) -> None:
    with pytest.raises(InvalidRequestError, match="English only, not 'de'"):
        engine.transcribe(talk, language="de")


def test_it_stops_when_cancelled_or_out_of_time(engine: PocketSphinxEngine, talk: Waveform) -> None:
    shares: list[float] = []
    with pytest.raises(TranscriptionCancelledError):
        engine.transcribe(talk, progress=shares.append, cancelled=lambda: bool(shares))
    assert len(shares) == 1
    with pytest.raises(TranscriptionTimeoutError, match="TRANSCRIPTION_TIMEOUT_S"):
        PocketSphinxEngine(timeout_s=1e-6).transcribe(talk)


def test_the_figure_comes_from_the_measurement_or_is_left_out(tmp_path: Path) -> None:
    measured = json.loads((PROJECT_DIR / "benchmarks/results/transcription.json").read_text(encoding="utf-8"))
    rate, clips = (measured["pocketsphinx"][name] for name in ("word_error_rate", "clips"))
    assert f"{rate:.0%} of the words were wrong on {clips} short" in roughness()
    assert "%" not in roughness(tmp_path / "gone.json")


def test_regions_are_in_order_and_no_longer_than_allowed(talk: Waveform) -> None:
    for longest_s in (0.5, 2.0, 30.0):
        regions = speech_regions(talk, longest_s)
        assert all(one.end <= two.start for one, two in pairwise(regions))
        assert all(0 < region.end - region.start <= longest_s * SAMPLE_RATE_HZ for region in regions)
    assert len(regions) == 3
    assert len(packed(regions, 30.0)) == 1
    assert packed(regions, 1.0) == regions


@pytest.mark.skipif(not (SPEECH_DATA / "ravdess").is_dir(), reason="RAVDESS is not at hand")
def test_people_are_understood_in_part(engine: PocketSphinxEngine) -> None:
    files = sorted((SPEECH_DATA / "ravdess").glob("03-01-0[14]-01-01-*.flac"))[:3]
    heard = [set(engine.transcribe(decode_path(file).waveform).text.split()) for file in files]
    assert sum(len(words & {"kids", "are", "talking", "by", "the", "door"}) for words in heard) > 2 * len(files)
