from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from emotion_clf.calls import Timeline, Turn
from emotion_clf.calls.exports import audacity_labels, timeline_csv, timeline_json, timeline_webvtt
from emotion_clf.calls.moments import key_moments
from emotion_clf.calls.score import score
from emotion_clf.calls.valence import window_valence
from emotion_clf.spreadsheet import BOM
from tests.unit.calls.timelines import LABELS, call, calls, certain, conversation, judge, leaning

CUE = re.compile(r"(\d\d+):([0-5]\d):([0-5]\d\.\d{3}) --> (\d\d+):([0-5]\d):([0-5]\d\.\d{3})\n([^\n]+)")


def rows(timeline: Timeline) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(timeline_csv(timeline).removeprefix(BOM))))


def cues(text: str) -> list[tuple[float, float, str]]:
    """The cues of a WebVTT file, each block read strictly."""
    head, *blocks = text.removesuffix("\n").split("\n\n")
    assert head == "WEBVTT"
    found = []
    for block in blocks:
        if block.startswith("NOTE "):
            assert "-->" not in block
            continue
        match = CUE.fullmatch(block)
        assert match, block
        ends = [
            float(hours) * 3600 + float(minutes) * 60 + float(rest)
            for hours, minutes, rest in (match.groups()[:3], match.groups()[3:6])
        ]
        found.append((ends[0], ends[1], match[7]))
    return found


@given(calls())
def test_the_csv_says_what_the_windows_say(timeline: Timeline) -> None:
    read = rows(timeline)
    assert len(read) == len(timeline.windows)
    for row, window in zip(read, timeline.windows, strict=True):
        assert (float(row["start_s"]), float(row["end_s"])) == (window.start_s, window.end_s)
        assert row["speaker"] == (window.speaker or "")
        assert row["label"] == (window.label or "")
        assert (row["valence"] == "") == (row["confidence"] == "") == (row["uncertain"] == "") == (window.label is None)
        if window.probabilities:
            assert float(row["valence"]) == round(window_valence(window), 4)
            assert {label: float(row[f"p_{label}"]) for label in LABELS} == window.probabilities


def test_a_spreadsheet_runs_nothing_of_the_csv() -> None:
    timeline = call([Turn(0, 8, "=cmd()"), Turn(8, 16, "@B")], customer="@B", labels=("+sad", "=happy"))
    read = rows(judge(timeline, [{"+sad": 0.75, "=happy": 0.25}] * 2))
    assert {row["speaker"] for row in read} == {"'=cmd()", "'@B"}
    assert read[-1]["label"] == "'+sad"
    assert read[-1]["p_+sad"] == "0.75"


def test_json_is_plain_and_whole() -> None:
    timeline = conversation("angry", "neutral", "happy")
    told = timeline_json(timeline, score(timeline), key_moments(timeline), "Tuesday's call")
    read = json.loads(json.dumps(told, allow_nan=False))
    assert read["title"] == "Tuesday's call"
    assert Timeline.from_dict(read["timeline"]) == timeline
    assert read["score"] == score(timeline).as_dict()
    assert [moment["kind"] for moment in read["moments"]] == [moment.kind for moment in key_moments(timeline)]
    assert len(read["path"]["points"]) == 6
    assert read["interaction"]["talk_share"] > 0


@given(calls())
def test_every_call_can_be_written_as_json(timeline: Timeline) -> None:
    json.dumps(timeline_json(timeline, score(timeline), key_moments(timeline), "A call"), allow_nan=False)


def test_cues_say_who_and_what_and_that_nobody_speaks() -> None:
    timeline = judge(call([Turn(0, 8, "B"), Turn(20, 28, "A")]), [leaning("angry", 0.82), leaning("sad", 0.4)])
    timeline = judge(timeline, [certain("neutral")] * 2, "A")
    doubtful = tuple(replace(window, uncertain=window.label == "sad") for window in timeline.windows)
    assert cues(timeline_webvtt(replace(timeline, windows=doubtful, notes=("It was --> noisy.\nVery.",)))) == [
        (0, 4, "customer: angry 82 %"),
        (4, 8, "customer: perhaps sad 40 %"),
        (8, 20, "[no speech]"),
        (20, 24, "other voice A: neutral 100 %"),
        (24, 28, "other voice A: neutral 100 %"),
    ]


def test_a_voice_that_is_not_judged_has_no_cue() -> None:
    assert cues(timeline_webvtt(call([Turn(0, 8, "A"), Turn(8, 12, "B")]))) == []


@given(calls())
def test_cues_are_valid_and_in_order(timeline: Timeline) -> None:
    found = cues(timeline_webvtt(timeline))
    assert all(start < end for start, end, _ in found)
    assert [start for start, _, _ in found] == sorted(start for start, _, _ in found)


@given(st.text(min_size=1, max_size=12))
def test_whatever_a_label_holds_the_files_stay_whole(label: str) -> None:
    timeline = judge(call([Turn(0, 4, "B")], labels=(label,)), [{label: 1.0}])
    assert len(cues(timeline_webvtt(timeline))) == 1
    (line,) = audacity_labels(timeline).split("\n")[:-1]
    assert len(line.split("\t")) == 3


@given(calls())
def test_audacity_reads_three_fields_of_every_judged_window(timeline: Timeline) -> None:
    lines = audacity_labels(timeline).split("\n")
    assert lines.pop() == ""
    judged = [window for window in timeline.windows if window.label]
    assert len(lines) == len(judged)
    for line in lines:
        start, end, text = line.split("\t")
        assert 0 <= float(start) < float(end)
        assert text.endswith("%")
