"""The public page that reads a text."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from emotion_clf.settings import Settings
from emotion_clf.text import EMOTIONS
from tests.conftest import running
from tests.support.admins import submit
from tests.support.web import BROWSER, JSON

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

TWO = "I am so happy that you came! The bus leaves at ten."


@pytest.fixture
def settings(text_models: Path) -> Settings:
    return Settings(models_dir=text_models, text_model="tiny")


def words(html: str) -> str:
    """What a page says."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def test_each_sentence_is_coloured_and_named(client: FlaskClient) -> None:
    answer = submit(client, "/text", text=TWO)
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    rows = re.findall(r'<li class="sentence emotion-(\w+)"(.*?)</li>', page, re.DOTALL)
    assert [emotion for emotion, _ in rows] == ["happiness", "neutral"]
    assert "joy" in words(rows[0][1])
    for (emotion, row), text in zip(rows, ("I am so happy that you came!", "The bus leaves at ten."), strict=True):
        assert text in words(row)
        assert emotion in words(row)
        assert re.search(r"\d+ %", words(row))
    assert TWO in words(page)  # the text stays in its field
    overall = page[page.index('id="overall"') :]
    assert sum(int(count) for count in re.findall(r'bar-count">(\d+)<', overall)) == 2


def test_the_words_of_one_sentence_are_painted(client: FlaskClient) -> None:
    page = submit(client, "/text", text=TWO, why="0").get_data(as_text=True)
    assert len(re.findall("data-explained", page)) == 1
    first = page[page.index('id="s-0"') : page.index('id="s-1"')]
    painted = re.search(r'<p class="said">(.*?)</p>', first, re.DOTALL)
    assert painted is not None
    assert words(painted[1]).replace(" ", "") == "Iamsohappythatyoucame!"
    assert re.search(r'<mark class="cue cue-for cue-4">happy</mark>', painted[1])
    assert len(re.findall('class="bar-word"', first)) == len(EMOTIONS)
    assert page.count("?</span></button>") == 1  # the other sentence can be asked about
    single = submit(client, "/text", text="I am so happy.").get_data(as_text=True)
    assert "data-explained" in single


def test_programs_get_json(client: FlaskClient) -> None:
    for body in ({"data": {"text": TWO, "why": "1"}}, {"json": {"text": TWO, "why": 1}}):
        told = client.post("/text", headers=JSON, **body).get_json()
        assert [sentence["text"] for sentence in told["sentences"]] == TWO.replace("! ", "!|").split("|")
        assert sum(told["emotions"].values()) == 2
        assert told["why"]["position"] == 1
        assert all(TWO[29:][cue["start"] :].startswith(cue["word"]) for cue in told["why"]["cues"])


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("", 422, "empty_text"),
        (" \n\u200b\t ", 422, "empty_text"),
        ("word " * 60_000, 413, "text_too_long"),
        ("No. Yes. " * 2501, 413, "text_too_long"),
        ("\N{GRINNING FACE}" * 250_000, 413, "text_too_long"),
        ("x" * 5_000_000, 413, "text_too_long"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(client: FlaskClient, text: str, status: int, code: str) -> None:
    refused = client.post("/text", data={"text": text}, headers=JSON)
    assert (refused.status_code, refused.get_json()["code"]) == (status, code)
    page = submit(client, "/text", text=text)
    assert page.status_code == status
    assert refused.get_json()["detail"].split(".")[0] in words(page.get_data(as_text=True))


@pytest.mark.parametrize(
    "text", ["\N{FACE WITH TEARS OF JOY}\N{HEAVY BLACK HEART}", "\x00\x1b[31mred", "你好。我很高兴。", "?!", "a" * 5000]
)
def test_odd_texts_are_read(client: FlaskClient, text: str) -> None:
    told = client.post("/text", data={"text": text}, headers=JSON)
    assert told.status_code == 200, told.get_data(as_text=True)
    assert told.get_json()["sentences"]
    assert submit(client, "/text", text=text, why="0").status_code == 200


@pytest.mark.parametrize("why", ["7", "-1", "x", "٣"])
def test_a_sentence_that_is_not_there_cannot_be_explained(client: FlaskClient, why: str) -> None:
    refused = client.post("/text", data={"text": TWO, "why": why}, headers=JSON)
    assert (refused.status_code, refused.get_json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("body", [b"[1]", b"{", b'"text"', b'{"text": null}'])
def test_json_that_holds_no_text_is_an_empty_text(client: FlaskClient, body: bytes) -> None:
    refused = client.post("/text", data=body, content_type="application/json", headers=JSON)
    assert (refused.status_code, refused.get_json()["code"]) == (422, "empty_text")


def test_markup_of_a_text_stays_text(client: FlaskClient) -> None:
    page = submit(client, "/text", text="<script>alert(1)</script> & <b>glad</b>").get_data(as_text=True)
    assert "<script>alert" not in page
    assert "<b>" not in page


def test_nothing_is_stored(app: Flask, client: FlaskClient) -> None:
    before = submit(client, "/text", text=TWO)
    assert before.status_code == 200
    made = app.extensions["emotion_clf"]
    assert made.jobs.search().total == 0
    assert not (made.settings.instance_dir / "jobs").exists()
    with client.session_transaction() as session:
        assert "visitor" not in session


def test_a_long_text_shows_its_beginning_and_gives_programs_all(client: FlaskClient) -> None:
    text = "I am glad. " * 400
    page = submit(client, "/text", text=text).get_data(as_text=True)
    assert page.count('<li class="sentence') == 300
    assert "The first 300 of 400" in words(page)
    assert len(client.post("/text", data={"text": text}, headers=JSON).get_json()["sentences"]) == 400


def test_without_a_model_the_page_says_so(tmp_path: Path) -> None:
    with running(Settings(models_dir=tmp_path)) as app:
        client = app.test_client()
        assert "No text model is installed." in client.get("/text", headers=BROWSER).get_data(as_text=True)
        refused = client.post("/text", data={"text": TWO}, headers=JSON)
        assert (refused.status_code, refused.get_json()["code"]) == (404, "model_not_found")
