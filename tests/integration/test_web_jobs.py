"""The administrators' pages of jobs: ways in, history, steps, result, exports, events."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING

import pytest

from emotion_clf.errors import FetchTimedOutError
from emotion_clf.settings import Settings
from emotion_clf.storage import JobState
from emotion_clf.storage.leases import LeaseDesk
from emotion_clf.transcription import parse_captions
from tests.conftest import running
from tests.support.admins import signed_in_client, submit
from tests.support.readings import SAID, failed, finished, waiting
from tests.support.sound import voice, wav
from tests.support.web import BROWSER, JSON

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient


@pytest.fixture
def settings(text_models: Path) -> Settings:
    return Settings(models_dir=text_models, text_model="tiny", event_streams=1)


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    return signed_in_client(app)


def body(client: FlaskClient, address: str) -> str:
    page = client.get(address, headers=BROWSER)
    assert page.status_code == 200, page.get_data(as_text=True)
    return page.get_data(as_text=True)


def test_each_way_in_makes_a_job(app: Flask, admin: FlaskClient) -> None:
    ways = {
        "url": {"url": "https://youtu.be/dQw4w9WgXcQ?t=3"},
        "text": {"text": "I am so glad. Are you?", "redact": "y"},
        "file": {"file": (io.BytesIO(wav(voice(1.0))), "talk.wav"), "engine": "whisper", "language": "en"},
    }
    jobs = app.extensions["emotion_clf"].jobs
    for kind, fields in ways.items():
        answer = submit(admin, "/admin/jobs", form="/admin", kind=kind, **fields)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        job = jobs.get(answer.headers["Location"].rsplit("/", 1)[1])
        assert (job.request.kind, job.state) == (kind, JobState.QUEUED)
        assert job.owner.startswith("admin:")
        assert "A worker takes it up" in body(admin, answer.headers["Location"])
    newest = jobs.search().items[0].request
    assert (newest.source, newest.options.engine, newest.options.language) == ("talk.wav", "whisper", "en")
    assert jobs.search(query="youtube").items[0].request.source == "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    assert jobs.search(query="glad").items[0].request.options.redact


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({}, 400, "invalid_request"),
        ({"kind": "url", "url": ""}, 400, "not_a_url"),
        ({"kind": "url", "url": "ytsearch:cats"}, 400, None),
        ({"kind": "url", "url": "file:///etc/passwd"}, 400, "scheme_not_allowed"),
        ({"kind": "url", "url": "https://youtube.com.evil.test/watch?v=dQw4w9WgXcQ"}, 400, "host_not_allowed"),
        ({"kind": "url", "url": "https://evil.test/?youtube.com"}, 400, "host_not_allowed"),
        ({"kind": "url", "url": "http://127.0.0.1/"}, 400, "private_address"),
        ({"kind": "text", "text": " \n\t "}, 422, "empty_text"),
        ({"kind": "text", "text": "word " * 200_000}, 413, "text_too_long"),
        ({"kind": "file"}, 400, "invalid_request"),
        ({"kind": "text", "text": "Hello.", "engine": "magic"}, 400, "invalid_request"),
        ({"kind": "url", "url": "https://youtu.be/dQw4w9WgXcQ", "engine": "assemblyai"}, 400, "invalid_request"),
        ({"kind": "text", "text": "Hello.", "model": "missing"}, 404, "model_not_found"),
        ({"kind": "text", "text": "Hello.", "language": "xx"}, 400, "invalid_request"),
    ],
)
def test_what_cannot_end_well_is_refused_at_once(
    app: Flask, admin: FlaskClient, fields: dict[str, str], status: int, code: str | None
) -> None:
    refused = admin.post("/admin/jobs", data=fields, headers=JSON)
    assert refused.status_code == status, refused.get_data(as_text=True)
    assert code is None or refused.get_json()["code"] == code
    page = submit(admin, "/admin/jobs", form="/admin", **fields)
    assert page.status_code == status
    assert 'role="alert"' in page.get_data(as_text=True)
    assert app.extensions["emotion_clf"].jobs.search().total == 0


def test_a_program_gets_the_address_of_its_job(admin: FlaskClient) -> None:
    answer = admin.post("/admin/jobs", data={"kind": "text", "text": "I am so glad."}, headers=JSON)
    assert answer.status_code == 202
    job = admin.get(answer.headers["Location"], headers=JSON).get_json()
    assert (job["state"], job["ended"], [step["name"] for step in job["steps"]]) == ("queued", False, ["classify"])
    assert admin.get("/admin", headers=JSON).get_json()["jobs"][0]["id"] == job["id"]


def test_engines_that_cannot_be_used_say_why(admin: FlaskClient) -> None:
    page = body(admin, "/admin")
    assert re.search(r'id="engine-assemblyai"[^>]*disabled', page)
    assert "Set ASSEMBLYAI_API_KEY" in page
    assert not re.search(r'id="engine-whisper"[^>]*disabled', page)


def test_the_history_is_searched_filtered_and_paged(app: Flask, admin: FlaskClient) -> None:
    for number in range(21):
        waiting(app, f"memo {number}.wav")
    finished(app, "The call & the cat.wav")
    failed(app, FetchTimedOutError("The other side stalled. Try again."))
    assert "Page 1 of 2" in body(admin, "/admin")
    second = body(admin, "/admin?page=2")
    assert "memo 0.wav" in second
    assert "cat.wav" not in second
    assert "The call &amp; the cat.wav" in body(admin, "/admin?q=THE+CALL")
    only = body(admin, "/admin?state=failed")
    assert "The other side stalled." in only
    assert "memo" not in only
    assert "Nothing like that" in body(admin, "/admin?q=zebra")
    assert admin.get("/admin?state=odd", headers=JSON).status_code == 400
    assert "cat.wav" in body(admin, "/admin?page=x")


def test_a_waiting_job_renews_its_page_without_scripts_and_can_be_cancelled(app: Flask, admin: FlaskClient) -> None:
    job = waiting(app)
    page = body(admin, f"/admin/jobs/{job.id}")
    assert '<noscript><meta http-equiv="refresh"' in page
    for word in ("Decode", "Transcribe", "Classify"):
        assert f"<strong>{word}</strong>" in page
    assert "<strong>Fetch</strong>" not in page
    submit(admin, f"/admin/jobs/{job.id}/cancel", form=f"/admin/jobs/{job.id}")
    stopped = body(admin, f"/admin/jobs/{job.id}")
    assert "It was stopped." in stopped
    assert "http-equiv" not in stopped
    again = admin.post(f"/admin/jobs/{job.id}/cancel", headers=JSON)
    assert (again.status_code, again.get_json()["code"]) == (409, "job_state")


def test_a_failed_job_says_why_and_is_tried_again(app: Flask, admin: FlaskClient) -> None:
    job = failed(app, FetchTimedOutError("The other side stalled. <Try> again."))
    page = body(admin, f"/admin/jobs/{job.id}")
    assert "The other side stalled. &lt;Try&gt; again." in page
    assert submit(admin, f"/admin/jobs/{job.id}/retry", form=f"/admin/jobs/{job.id}").status_code == 303
    assert app.extensions["emotion_clf"].jobs.get(job.id).state is JobState.QUEUED
    early = admin.post(f"/admin/jobs/{job.id}/retry", headers=JSON)
    assert early.status_code == 409


def test_a_job_is_run_again_from_a_step(app: Flask, admin: FlaskClient) -> None:
    job = finished(app)
    address = f"/admin/jobs/{job.id}/retry"
    assert admin.post(address, data={"from_step": "fetch"}, headers=JSON).status_code == 400
    again = admin.post(address, data={"from_step": "classify"}, headers=JSON).get_json()
    assert (again["state"], again["summary"]) == ("queued", None)


def test_a_job_is_deleted_with_what_belongs_to_it(app: Flask, admin: FlaskClient) -> None:
    job = finished(app)
    answer = submit(admin, f"/admin/jobs/{job.id}/delete", form=f"/admin/jobs/{job.id}")
    assert "The job is gone" in body(admin, answer.headers["Location"])
    for part in ("", ".json", "/media", "/result.csv", "/events"):
        assert admin.get(f"/admin/jobs/{job.id}{part}", headers=JSON).status_code == 404, part
    assert not list((app.extensions["emotion_clf"].settings.instance_dir / "jobs").iterdir())


def test_the_result_names_what_it_colours(app: Flask, admin: FlaskClient) -> None:
    job = finished(app)
    page = body(admin, f"/admin/jobs/{job.id}")
    rows = re.findall(r'<li class="sentence emotion-(\w+)"(.*?)</li>', page, re.DOTALL)
    assert [emotion for emotion, _ in rows] == [emotion for _, emotion in SAID]
    for (emotion, row), (text, _) in zip(rows, SAID, strict=True):
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row))
        assert emotion in words
        assert "70 %" in words
        assert text.startswith("<b>") or text in words
    assert "<b>Look" not in page
    assert "Speaker A:" in page
    assert "mild" in page
    assert "admiration" in page
    assert "0:02\N{EN DASH}0:03" in page
    assert "A rough transcript" in page
    assert "whisper 5" in page


def test_the_charts_have_a_twin_in_words(app: Flask, admin: FlaskClient) -> None:
    page = body(admin, f"/admin/jobs/{finished(app).id}")
    assert len(re.findall(r"data-mark=", page)) == len(SAID)
    table = page[page.index("The same as a table") :]
    counts = [int(number) for number in re.findall(r'<td class="number">(\d+)</td>', table)]
    assert sum(counts) == len(SAID)
    bars = page[page.index('id="overall"') :]
    first = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", bars[: bars.index("</li>")]))
    assert "happiness" in first
    assert "2 sentences, 40 %" in first


def test_sentences_are_searched_and_filtered_without_scripts(app: Flask, admin: FlaskClient) -> None:
    address = f"/admin/jobs/{finished(app).id}"
    glad = body(admin, f"{address}?q=GLAD")
    assert "2 of 5 sentences" in glad
    assert "Good morning." not in glad
    assert "1 of 5 sentences" in body(admin, f"{address}?emotion=anger")
    assert "No sentence like that" in body(admin, f"{address}?q=glad&emotion=fear")
    assert admin.get(f"{address}?emotion=joyful", headers=BROWSER).status_code == 400


def test_a_spreadsheet_runs_nothing_of_the_csv(app: Flask, admin: FlaskClient) -> None:
    said = (*SAID, ("+1 for that", "neutral"), ("@home", "neutral"), (" -2", "neutral"))
    answer = admin.get(f"/admin/jobs/{finished(app, said=said).id}/result.csv")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert [row["emotion"] for row in rows] == [emotion for _, emotion in said]
    assert rows[2]["text"] == "'=SUM(A1) is what he said"
    assert all(row["text"].lstrip(" ")[0] not in "=+-@" for row in rows)
    assert (rows[1]["start_s"], rows[1]["end_s"], rows[1]["speaker"]) == ("2.0", "3.5", "Speaker B")
    assert sum(float(rows[1][f"p_{emotion}"]) for emotion in ("anger", "happiness")) == pytest.approx(0.75)


def test_json_holds_everything(app: Flask, admin: FlaskClient) -> None:
    told = admin.get(f"/admin/jobs/{finished(app).id}/result.json").get_json()
    assert [sentence["text"] for sentence in told["sentences"]] == [text for text, _ in SAID]
    assert told["summary"]["emotions"]["happiness"] == 2
    assert "owner" not in told


@pytest.mark.parametrize("form", ["vtt", "srt"])
def test_subtitles_name_the_emotion_and_can_be_read_again(app: Flask, admin: FlaskClient, form: str) -> None:
    answer = admin.get(f"/admin/jobs/{finished(app).id}/result.{form}")
    assert "I am so glad! [happiness, admiration, mild]" in answer.get_data(as_text=True)
    segments = parse_captions(answer.get_data(as_text=True)).segments
    assert len(segments) == len(SAID)
    assert segments[1].text == "I am so glad!"  # what stands in brackets was not said
    assert segments[1].start_s == pytest.approx(2.0)


def test_what_is_not_done_has_nothing_to_take(app: Flask, admin: FlaskClient) -> None:
    job = waiting(app)
    for form in ("csv", "json", "vtt", "srt"):
        assert admin.get(f"/admin/jobs/{job.id}/result.{form}", headers=JSON).status_code == 409
    assert admin.get(f"/admin/jobs/{job.id}/result.exe", headers=JSON).status_code == 404


def test_the_recording_is_served_in_ranges_and_as_sound_only(app: Flask, admin: FlaskClient) -> None:
    sound = wav(voice(1.0))
    address = f"/admin/jobs/{finished(app, sound=sound).id}/media"
    part = admin.get(address, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, sound[10:20])
    assert part.mimetype in {"audio/wav", "audio/x-wav"}
    assert "sandbox" in part.headers["Content-Security-Policy"]
    part.close()
    page = admin.get(f"/admin/jobs/{finished(app, 'evil.html', sound=b'<script>').id}/media", headers=JSON)
    assert page.mimetype == "application/octet-stream"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    page.close()


def events(client: FlaskClient, address: str, **headers: str) -> Iterator[dict[str, str]]:
    """The events of a stream, each as its fields, until it ends."""
    answer = client.get(address, headers={"Accept": "text/event-stream", **headers}, buffered=False)
    assert answer.mimetype == "text/event-stream"
    kept = ""
    try:
        for chunk in answer.response:
            kept += chunk if isinstance(chunk, str) else bytes(chunk).decode()
            while "\n\n" in kept:
                event, kept = kept.split("\n\n", 1)
                if event.startswith("id:"):
                    yield dict(line.split(": ", 1) for line in event.splitlines())  # type: ignore[misc]
    finally:
        answer.close()


def test_a_stream_tells_every_change_and_ends_with_the_job(app: Flask, admin: FlaskClient) -> None:
    job = waiting(app)
    made = app.extensions["emotion_clf"]
    desk = LeaseDesk(made.database, made.settings)
    stream = events(admin, f"/admin/jobs/{job.id}/events")
    first = next(stream)
    assert (first["id"], json.loads(first["data"])["state"]) == (str(job.revision), "queued")
    claimed = desk.claim(job.id)
    assert claimed is not None
    desk.begin(claimed[0], "decode")
    second = next(stream)
    assert int(second["id"]) > int(first["id"])
    assert json.loads(second["data"])["steps"][0]["state"] == "running"
    made.jobs.cancel(job.id)
    desk.cancel(claimed[0])
    rest = list(stream)
    assert json.loads(rest[-1]["data"])["ended"]


def test_a_stream_goes_on_where_it_broke_off(app: Flask, admin: FlaskClient) -> None:
    job = finished(app)
    address = f"/admin/jobs/{job.id}/events"
    (only,) = events(admin, address, **{"Last-Event-ID": "1"})
    assert only["id"] == str(job.revision)
    seen = admin.get(address, headers={"Last-Event-ID": str(job.revision)})
    assert (seen.status_code, seen.data) == (204, b"")
    assert len(list(events(admin, address, **{"Last-Event-ID": "nonsense"}))) == 1


def test_streams_are_bounded_and_given_back(app: Flask, admin: FlaskClient) -> None:
    address = f"/admin/jobs/{waiting(app).id}/events"
    for _ in range(2):
        stream = events(admin, address)
        next(stream)
        refused = admin.get(address, headers=JSON)
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        stream.close()
    left = admin.get(address, headers={"Accept": "text/event-stream"}, buffered=False)
    left.close()  # gone before the first byte was asked for
    assert next(events(admin, address))["event"] == "job"


def test_no_streams_where_none_are_allowed(text_models: Path) -> None:
    with running(Settings(models_dir=text_models, text_model="tiny", event_streams=0)) as app:
        admin = signed_in_client(app)
        job = waiting(app)
        assert admin.get(f"/admin/jobs/{job.id}/events", headers=JSON).status_code == 503
        assert admin.get(f"/admin/jobs/{job.id}.json").get_json()["revision"] == job.revision


@pytest.mark.parametrize("sent", [b"[1]", b"{", b"7"])
def test_json_that_is_no_object_has_no_fields(app: Flask, admin: FlaskClient, sent: bytes) -> None:
    job = finished(app)
    expected = {"/admin/jobs": 400, "/admin/login": 401, f"/admin/jobs/{job.id}/retry": 200}
    for address, status in expected.items():
        answer = admin.post(address, data=sent, content_type="application/json", headers=JSON)
        assert answer.status_code == status, address


def test_a_program_may_send_its_fields_as_json(app: Flask, admin: FlaskClient) -> None:
    fields = {"kind": "text", "text": "I am happy.", "redact": True, "speakers": False, "model": None}
    told = admin.post("/admin/jobs", json=fields, headers=JSON).get_json()
    assert (told["options"]["redact"], told["options"]["speakers"]) == (True, False)


def test_a_translation_stands_beneath_the_words_and_in_every_file(app: Flask, admin: FlaskClient) -> None:
    said = (("Ich bin froh.", "happiness"), ("Taxi!", "neutral"))
    job = finished(app, said=said, language="de", meant={"Ich bin froh.": "I am glad."})
    page = body(admin, f"/admin/jobs/{job.id}")
    assert '<span lang="de">Ich bin froh.</span>' in page
    assert page.count("Emotion from the translation") == 1
    assert "Taxi!" in page
    assert "I am glad." in body(admin, f"/admin/jobs/{job.id}?q=glad")
    assert "Taxi!" not in body(admin, f"/admin/jobs/{job.id}?q=glad").split('id="transcript"')[1]
    first, second = admin.get(f"/admin/jobs/{job.id}/result.json").get_json()["sentences"]
    assert (first["text"], first["translation"], first["emotion_from"]) == (
        "Ich bin froh.",
        "I am glad.",
        "translation",
    )
    assert (second["text"], second["translation"], second["emotion_from"]) == ("Taxi!", None, "words")
    rows = list(csv.DictReader(io.StringIO(admin.get(f"/admin/jobs/{job.id}/result.csv").get_data(as_text=True))))
    assert [(row["translation"], row["emotion_from"]) for row in rows] == [("I am glad.", "translation"), ("", "words")]
    for form in ("vtt", "srt"):
        text = admin.get(f"/admin/jobs/{job.id}/result.{form}").get_data(as_text=True)
        assert "Ich bin froh.\nI am glad. [happiness" in text
        assert "from the translation]" in text
