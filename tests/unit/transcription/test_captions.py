from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_clf.audio import Waveform
from emotion_clf.errors import CaptionsError, InvalidRequestError
from emotion_clf.transcription import (
    CaptionsEngine,
    Segment,
    Transcript,
    parse_captions,
    read_captions,
    to_json,
    to_lines,
    to_srt,
    to_webvtt,
)

ROLLING = """WEBVTT
Kind: captions
Language: en

00:00:00.160 --> 00:00:02.389 align:start position:0%
\x20
hello<00:00:00.480><c> my</c><00:00:00.640><c> friends</c>

00:00:02.389 --> 00:00:02.399 align:start position:0%
hello my friends
\x20

00:00:02.399 --> 00:00:05.030 align:start position:0%
hello my friends
this<00:00:02.800><c> is</c><00:00:03.000><c> it</c>

00:00:05.030 --> 00:00:05.040 align:start position:0%
this is it
\x20

00:00:05.040 --> 00:00:06.000
this is it
okay

00:00:09.000 --> 00:00:10.000
okay
"""
SRT = (
    "\ufeff1\r\n00:00:01,000 --> 00:00:02,500\r\n{\\an8}<i>One</i> line\r\nand another\r\n\r\n"
    "2\r\n01:00:03,5 --> 01:00:04,000\r\nTwo\r\n"
)

texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Zl", "Zp")), min_size=1, max_size=30)
plain = texts.map(lambda text: " ".join(text.split())).filter(bool)
times_ms = st.integers(0, 36_000_000)


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    segments = []
    for start_ms in sorted(draw(st.lists(times_ms, min_size=1, max_size=5, unique=True))):
        end_ms = start_ms + draw(st.integers(1, 10_000))
        segments.append(Segment(draw(plain), start_ms / 1000, end_ms / 1000, draw(st.none() | plain)))
    notes = tuple(draw(st.lists(plain, max_size=2)))
    return Transcript(tuple(segments), draw(st.none() | st.just("de")), "test", "1", notes)


@settings(max_examples=50)
@given(transcripts())
def test_webvtt_that_we_write_reads_as_it_was(transcript: Transcript) -> None:
    read = parse_captions(to_webvtt(transcript))
    assert [(one.text, one.start_s, one.end_s, one.speaker) for one in read.segments] == [
        (one.text, one.start_s, one.end_s, one.speaker) for one in transcript.segments
    ]
    assert read.language == transcript.language


@given(transcripts())
def test_json_holds_everything(transcript: Transcript) -> None:
    import json

    assert Transcript.from_dict(json.loads(to_json(transcript))) == transcript


@given(transcripts())
def test_srt_has_one_numbered_cue_for_each_segment(transcript: Transcript) -> None:
    blocks = to_srt(transcript).strip("\n").split("\n\n")
    assert [block.split("\n")[0] for block in blocks] == [str(n + 1) for n in range(len(transcript.segments))]
    assert all(block.count("-->") == 1 and len(block.split("\n")) == 3 for block in blocks)


@given(st.text(max_size=300))
def test_any_text_is_captions_or_one_sentence(text: str) -> None:
    for candidate in (text, "WEBVTT\n\n" + text, f"00:00:01.000 --> 00:00:02.000\n{text}"):
        try:
            assert parse_captions(candidate).segments
        except CaptionsError as error:
            assert error.message.startswith("No caption")


def test_rolling_captions_say_every_line_once_with_the_times_of_words() -> None:
    transcript = parse_captions(ROLLING)
    assert [segment.text for segment in transcript.segments] == ["hello my friends", "this is it", "okay", "okay"]
    assert [(word.text, word.start_s) for word in transcript.segments[1].words] == [
        ("this", 2.399),
        ("is", 2.8),
        ("it", 3.0),
    ]
    assert transcript.language == "en"
    assert "automatically" in transcript.notes[0]


def test_what_people_say_twice_stays_where_captions_do_not_roll() -> None:
    cues = "WEBVTT\n\n00:01.000 --> 00:02.000\nNo.\n\n00:02.000 --> 00:03.000\nNo.\n"
    assert parse_captions(cues).text == "No.\nNo."


def test_voices_entities_notes_and_styles_of_webvtt() -> None:
    text = (
        "WEBVTT - title\n\nNOTE a comment\nwith two lines\n\nSTYLE\n::cue { color: red }\n\n"
        "intro\n00:01.000 --> 00:02.000 line:0\n"
        "<v.loud Ann>Fish &amp; <b>chips</b>?\n<v Bob>Yes.</v>\n"
    )
    transcript = parse_captions(text)
    assert [(segment.speaker, segment.text) for segment in transcript.segments] == [
        ("Ann", "Fish & chips?"),
        ("Bob", "Yes."),
    ]


def test_srt_with_a_mark_tags_and_windows_lines() -> None:
    transcript = parse_captions(SRT)
    assert [(one.text, one.start_s, one.end_s) for one in transcript.segments] == [
        ("One line and another", 1.0, 2.5),
        ("Two", 3603.5, 3604.0),
    ]
    assert transcript.language is None


def test_a_file_that_holds_no_captions_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match=r"gone\.vtt cannot be read"):
        read_captions(tmp_path / "gone.vtt")
    path = tmp_path / "captions.vtt"
    for content, sentence in (
        (b"", "No caption"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b" " * 10_485_761, "larger than 10 MB"),
    ):
        path.write_bytes(content)
        with pytest.raises(CaptionsError, match=sentence):
            read_captions(path)


def test_captions_stand_in_for_an_engine_as_far_as_the_recording_goes(tmp_path: Path) -> None:
    path = tmp_path / "captions.srt"
    path.write_text(SRT, encoding="utf-8")
    shares: list[float] = []
    sound = Waveform(np.zeros(3 * 16_000, dtype=np.float32))
    transcript = CaptionsEngine(path).transcribe(sound, language="en", progress=shares.append)
    assert (transcript.text, transcript.language, shares) == ("One line and another", "en", [1.0])
    assert "after the recording ends" in transcript.notes[-1]


def test_lines_for_people_name_times_and_speakers() -> None:
    transcript = Transcript((Segment("Hi.", 0.5, 3661.25, "A"), Segment("Ho.", 4000.0, 4000.0)), None, "test", "1")
    assert to_lines(transcript) == "[00:00:00.500 - 01:01:01.250] A: Hi.\n[01:06:40.000 - 01:06:40.000] Ho."
    assert "01:06:40.000 --> 01:06:40.001" in to_webvtt(transcript)
