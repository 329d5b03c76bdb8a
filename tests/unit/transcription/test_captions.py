from __future__ import annotations

import time
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
    sentences,
    to_json,
    to_lines,
    to_srt,
    to_webvtt,
)
from tests.support.cases import captions_case

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

# Without what captions hold beside words: brackets, songs, the marks and names of speakers.
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Zl", "Zp"), exclude_characters="[](*:>-♩♪♫♬🎵🎶"),
    min_size=1,
    max_size=30,
)
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


def cues(*said: tuple[float, float, str], header: str = "") -> str:
    """Captions in SRT, or in WebVTT with its header."""
    stop = "." if header else ","

    def clock(seconds: float) -> str:
        return f"00:00:{int(seconds):02d}{stop}{round(1000 * (seconds % 1)):03d}"

    blocks = [f"{n}\n{clock(start)} --> {clock(end)}\n{text}\n" for n, (start, end, text) in enumerate(said, start=1)]
    return header + "\n".join(blocks)


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        # A converter left the times inside the lines out.
        (
            [(0, 3, "hello my friends"), (3, 6, "hello my friends\nthis is it"), (6, 9, "this is it\nbye bye")],
            ["hello my friends", "this is it", "bye bye"],
        ),
        # Cues of a moment keep the last line on the screen.
        (
            [
                (0, 3, "hello my friends"),
                (3, 3.01, "hello my friends"),
                (3.01, 6, "hello my friends\nyes"),
                (6, 6.01, "yes"),
            ],
            ["hello my friends", "yes"],
        ),
        # Two lines roll.
        (
            [(0, 3, "a one\nb two"), (3, 6, "b two\nc three"), (6, 9, "c three\nd four")],
            ["a one b two", "c three", "d four"],
        ),
        # Times overlap.
        ([(0, 5, "a one"), (3, 8, "a one\nb two"), (6, 9, "b two\nc three")], ["a one", "b two", "c three"]),
        # A line grows.
        ([(0, 1, "so this"), (1, 2, "so this is"), (2, 3, "so this is it now")], ["so this", "is", "it now"]),
        # What was said again after a pause stays.
        ([(0, 3, "a one"), (3, 6, "a one\nb two"), (9, 12, "b two")], ["a one", "b two", "b two"]),
        # No roll: somebody says the same twice.
        (
            [(0, 1, "No."), (1, 2, "No."), (2, 3, "I said no, no."), (3, 4, "no. Never.")],
            ["No.", "No.", "I said no, no.", "no. Never."],
        ),
    ],
)
@pytest.mark.parametrize("header", ["", "WEBVTT\n\n"])
def test_rolling_captions_of_every_form_say_a_line_once(
    said: list[tuple[float, float, str]], lines: list[str], header: str
) -> None:
    assert [segment.text for segment in parse_captions(cues(*said, header=header)).segments] == lines


def test_cues_without_empty_lines_between_them() -> None:
    text = cues((1, 2, "I am sad."), (2, 3, "I am 5\nand happy.")).replace("\n\n", "\n")
    assert [segment.text for segment in parse_captions(text).segments] == ["I am sad.", "I am 5 and happy."]


def test_an_empty_line_within_an_srt_cue_loses_nothing() -> None:
    assert parse_captions(cues((1, 2, "I am sad.\n\nVery sad."), (2, 3, "Yes."))).text == "I am sad. Very sad.\nYes."


@pytest.mark.parametrize("header", ["", "WEBVTT\n\n"])
def test_marks_are_no_words_and_turns_are_told(header: str) -> None:
    text = cues(
        (0, 1, "[Music]"),
        (1, 2, "♪ I want to break free"),
        (2, 3, "so free ♪ [APPLAUSE]"),
        (3, 4, "&gt;&gt; Thank you so much. (laughs) &amp; so"),
        (4, 5, "on >> I hate it *sighs*"),
        (5, 6, "- Why?\n- (I mean it) [PHONE]"),
        header=header,
    )
    transcript = parse_captions(text)
    assert [(one.text, one.begins_turn) for one in transcript.segments] == [
        ("so free", False),
        ("Thank you so much. & so", True),
        ("on", False),
        ("I hate it", True),
        ("Why?", True),
        ("(I mean it) [PHONE]", True),
    ]
    assert [one.text for one in sentences(transcript)][1:3] == ["Thank you so much.", "& so on"]
    assert Transcript.from_dict(transcript.as_dict()) == transcript


def test_a_song_alone_is_what_there_is() -> None:
    assert parse_captions(cues((0, 1, "♪ I want to break free ♪"))).text == "I want to break free"


def test_marks_among_words_with_times() -> None:
    text = (
        "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n[Music]<00:00:00.500><c> hi</c><00:00:01.000><c> there</c>\n\n"
        "00:00:02.000 --> 00:00:04.000\n[Music] hi there\n&gt;&gt; so<00:00:03.000><c> what</c>\n"
    )
    segments = parse_captions(text).segments
    assert [(one.text, one.begins_turn, len(one.words)) for one in segments] == [
        ("hi there", False, 2),
        ("so what", True, 2),
    ]


def test_names_before_a_colon_are_speakers() -> None:
    text = cues(
        (0, 1, "John Smith: I am so"),
        (1, 2, "angry, Dr. Jones."),
        (2, 3, "Mary: Sorry."),
        (3, 4, ">> Fine."),
        header="WEBVTT\n\n",
    )
    assert [(one.text, one.speaker) for one in sentences(parse_captions(text))] == [
        ("I am so angry, Dr. Jones.", "John Smith"),
        ("Sorry.", "Mary"),
        ("Fine.", None),
    ]


def test_voices_of_teams_are_speakers() -> None:
    text = (
        "WEBVTT\n\ne5c1/12-0\n00:00:00.000 --> 00:00:01.000\n<v Ann Lee>Note: I am fine.</v>\n\n"
        "e5c1/12-1\n00:00:01.000 --> 00:00:02.000\n<v Bob>No.</v>\n"
    )
    found = parse_captions(text).segments
    assert [(one.speaker, one.text) for one in found] == [("Ann Lee", "I am fine."), ("Bob", "No.")]


@pytest.mark.parametrize(
    "piece",
    ["♪", "[", "[a", "(", "(laugh ", ">", "- ", "<v a>", "<", "{\\", "<v ", "0:", "A: ", "*laugh", "<00:00:01.000>",
     "a ", "<a", "00:00:01.000 --> 00:00:02.000\n", "&gt;", "\n"],
)  # fmt: skip
@pytest.mark.parametrize("header", ["", "WEBVTT\n\n"])
def test_time_grows_with_the_captions_alone(piece: str, header: str) -> None:
    text = f"{header}00:00:01.000 --> 00:00:02.000\n{piece * (64 * 1024 // len(piece))}"
    started = time.process_time()
    try:
        parse_captions(text)
    except CaptionsError as error:
        assert error.message.startswith("No caption")
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "captions_rolling_converted.srt",
            ["hi everyone my name is Luke and my goal", "is that you will be happy", "when this is over"],
        ),
        ("captions_no_blank_lines.srt", ["I am sad.", "I am happy."]),
        ("captions_marks.vtt", ["Thank you so much.", "I hate it", "no you do not"]),
        ("captions_entities.srt", ["I'm not happy & I don't care."]),
    ],
)
def test_captions_from_practice(name: str, said: list[str]) -> None:
    assert [segment.text for segment in parse_captions(captions_case(name)).segments] == said
