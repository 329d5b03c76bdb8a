from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from emotion_clf.audio import SAMPLE_RATE_HZ, Waveform, decode_path
from emotion_clf.errors import TranscriptionCancelledError, TranscriptionTimeoutError
from emotion_clf.settings import Settings
from emotion_clf.transcription import Segment, Transcript, Word, assign_speakers, sentences
from emotion_clf.transcription.diarization import speaker_turns
from emotion_clf.transcription.voice_encoder import voices
from tests.support.sound import SAMPLES, SPEECH_DATA

PAUSE_S = 0.5
PEOPLE = ("EB0", "SM0")


def joined(*clips: np.ndarray) -> tuple[Waveform, list[tuple[float, float]]]:
    """Clips one after the other with pauses between them, and when each is heard."""
    pause = np.zeros(round(PAUSE_S * SAMPLE_RATE_HZ), dtype=np.float32)
    parts, times, at = [], [], 0
    for clip in clips:
        parts += [clip, pause]
        times.append((at / SAMPLE_RATE_HZ, (at + len(clip)) / SAMPLE_RATE_HZ))
        at += len(clip) + len(pause)
    return Waveform(np.concatenate(parts)), times


def sample(name: str) -> np.ndarray:
    return decode_path(SAMPLES / f"{name}.flac").waveform.samples


def said(times: list[tuple[float, float]], words: int = 3) -> Segment:
    """One segment over the whole recording, with some words for each clip."""
    found = []
    for start_s, end_s in times:
        edges = np.linspace(start_s + 0.2, end_s - 0.2, words + 1)
        found += [Word(f"w{len(found) + k}", float(edges[k]), float(edges[k + 1])) for k in range(words)]
    return Segment(" ".join(word.text for word in found), times[0][0], times[-1][1], words=tuple(found))


def transcript(*segments: Segment) -> Transcript:
    return Transcript(segments, "en", "test", "1")


@pytest.fixture(scope="module")
def dialogue() -> tuple[Waveform, list[tuple[float, float]]]:
    """A high and a low synthetic voice in turns."""
    return joined(sample("low"), sample("raised"), sample("low"), sample("raised"))


def test_a_segment_is_split_where_another_voice_goes_on(dialogue: tuple[Waveform, list[tuple[float, float]]]) -> None:
    waveform, times = dialogue
    whole = said(times)
    found = assign_speakers(waveform, transcript(whole), Settings())
    assert [segment.speaker for segment in found.segments] == ["A", "B", "A", "B"]
    assert [word for segment in found.segments for word in segment.words] == list(whole.words)
    for segment in found.segments:
        assert segment.text == " ".join(word.text for word in segment.words)
        assert (segment.start_s, segment.end_s) == (segment.words[0].start_s, segment.words[-1].end_s)
    assert [sentence.speaker for sentence in sentences(found)] == ["A", "B", "A", "B"]
    assert "experimental: 2 found" in found.notes[-1]


def test_segments_without_words_go_to_whoever_speaks_for_most_of_them(
    dialogue: tuple[Waveform, list[tuple[float, float]]],
) -> None:
    waveform, times = dialogue
    parts = [Segment(f"part {number}", start_s, end_s + 0.3) for number, (start_s, end_s) in enumerate(times)]
    after = Segment("much later", 1000.0, 1001.0)
    found = assign_speakers(waveform, transcript(*parts, after), Settings())
    assert [segment.speaker for segment in found.segments] == ["A", "B", "A", "B", "B"]
    assert [segment.text for segment in found.segments] == [segment.text for segment in (*parts, after)]


def test_the_number_of_speakers_can_be_given(dialogue: tuple[Waveform, list[tuple[float, float]]]) -> None:
    waveform, times = dialogue
    for count in (1, 2, 3):
        found = assign_speakers(waveform, transcript(said(times)), Settings(speaker_count=count))
        assert len({segment.speaker for segment in found.segments}) <= count
        assert f"{count} found" in found.notes[-1]


def test_one_voice_is_one_speaker() -> None:
    waveform, times = joined(sample("even"), sample("even"))
    found = assign_speakers(waveform, transcript(said(times)), Settings())
    assert {segment.speaker for segment in found.segments} == {"A"}
    assert len(found.segments) == 1


def test_speakers_that_an_engine_named_stay(dialogue: tuple[Waveform, list[tuple[float, float]]]) -> None:
    waveform, times = dialogue
    named = transcript(Segment("hello", *times[0], speaker="Ms Low"), Segment("hi", *times[1]))
    assert assign_speakers(waveform, named, Settings()) == named


@pytest.mark.parametrize("samples", [0, 1, 100, SAMPLE_RATE_HZ], ids=str)
def test_where_nobody_speaks_nobody_is_named(samples: int) -> None:
    before = transcript(Segment("imagined", 0.0, 1.0))
    assert assign_speakers(Waveform(np.zeros(samples, dtype=np.float32)), before, Settings()) == before


def test_it_can_be_stopped_and_tells_how_far_it_is(dialogue: tuple[Waveform, list[tuple[float, float]]]) -> None:
    waveform, times = dialogue
    before = transcript(said(times))
    shares: list[float] = []
    assign_speakers(waveform, before, Settings(), progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    with pytest.raises(TranscriptionCancelledError):
        assign_speakers(waveform, before, Settings(), cancelled=lambda: True)
    with pytest.raises(TranscriptionTimeoutError):
        assign_speakers(waveform, before, Settings(transcription_timeout_s=1e-6))


def test_turns_lie_within_the_sound_and_do_not_overlap(dialogue: tuple[Waveform, list[tuple[float, float]]]) -> None:
    waveform, _ = dialogue
    turns = speaker_turns(waveform)
    assert turns[0].speaker == 0
    assert all(turn.start_s < turn.end_s for turn in turns)
    assert all(before.end_s <= after.start_s for before, after in pairwise(turns))
    assert turns[-1].end_s <= waveform.duration_s + 0.032


def test_a_voice_is_a_direction_that_loudness_does_not_change() -> None:
    loud = Waveform(sample("even"))
    quiet = Waveform(loud.samples * np.float32(0.01))
    first, second = (voices(waveform, [4000, -100, 10**7], threads=1) for waveform in (loud, quiet))
    assert first.shape == (3, 256)
    assert np.linalg.norm(first[:2], axis=1) == pytest.approx(1.0, abs=1e-4)
    assert float(first[0] @ second[0]) > 0.98


@pytest.mark.skipif(not (SPEECH_DATA / "nemo").is_dir(), reason="no recordings of people here (SPEECH_DATA)")
def test_two_people_are_told_apart_where_their_number_is_known() -> None:
    women, men = (sorted((SPEECH_DATA / "nemo").glob(f"{speaker}_neutral_*"))[:4] for speaker in PEOPLE)
    clips = [decode_path(path).waveform.samples for pair in zip(women, men, strict=True) for path in pair]
    waveform, times = joined(*clips)
    turns = speaker_turns(waveform, speakers=2)
    heard = [
        max({0, 1}, key=lambda speaker: sum(turn.speaker == speaker for turn in turns if start <= turn.start_s < end))
        for start, end in times
    ]
    assert {turn.speaker for turn in turns} == {0, 1}
    assert heard == [0, 1] * 4
