from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from emotion_clf.settings import Settings
from emotion_clf.speech.manifest import Manifest
from tests.conftest import running
from tests.support.bundles import LABELS, make_adaptive_bundle, make_onnx_bundle
from tests.support.web import BROWSER, JSON

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

PLOT = '<svg xmlns="http://www.w3.org/2000/svg"><style>rect{fill:red}</style><rect width="9" height="9"/></svg>'


def score(ua: float, labels: tuple[str, ...] = LABELS, **more: float) -> dict[str, object]:
    recall = dict.fromkeys(labels, ua)
    return {"clips": 1234, "speakers": 5, "ua": ua, "ua_interval": [ua - 0.1, ua + 0.1], "recall": recall, **more}


SCORES = {
    "protocol": "five speaker-independent folds",
    "six": {"ravdess": score(0.111, ("fear",))},
    "three": {"cremad": score(0.612, adapted_ua=0.734), "nemo": score(0.5), "house": score(0.4)},
    "uncertain": {"threshold": 0.4, "answered": 0.8},
}


@pytest.fixture
def models(tmp_path: Path) -> Path:
    make_adaptive_bundle(tmp_path / "models" / "known", scores=SCORES, plots={"confusion.svg": PLOT})
    make_onnx_bundle(tmp_path / "models" / "plain", scores={"three": {"ased": score(0.7)}})
    return tmp_path / "models"


@pytest.fixture
def app(models: Path) -> Iterator[Flask]:
    with running(Settings(models_dir=models, model="known")) as app:
        yield app


def page(client: FlaskClient, address: str = "/models") -> str:
    return client.get(address, headers=BROWSER).get_data(as_text=True)


def test_the_scores_are_those_of_the_bundles_own_emotions_cold_and_adapted(client: FlaskClient) -> None:
    text = page(client)
    for shown in ("CREMA-D", "nEMO", "ASED", "house", "61.2 %", "73.4 %", "51.2 to 71.2 %", "1,234", "not measured"):
        assert shown in text, shown
    for hidden in ("cremad", "11.1 %", ">ravdess<"):
        assert hidden not in text, hidden
    assert text.count("Known voice</th>") == 1
    assert text.count("Mean recall</th>") == 1


@pytest.mark.parametrize("scores", [{}, {"six": {}}, {"six": {"ravdess": {"ua": 0.5}}}, {"six": "none"}, {"six": [1]}])
def test_scores_of_another_shape_are_left_out(tmp_path: Path, scores: dict[str, object]) -> None:
    make_onnx_bundle(tmp_path / "odd" / "odd", scores=scores)
    with running(Settings(models_dir=tmp_path / "odd", model="odd")) as app:
        text = page(app.test_client())
        assert "Tiny odd" in text
        assert "Mean recall</th>" not in text


def test_the_bundle_that_ships_shows_its_six_emotions(embedded_settings: Settings) -> None:
    scores = Manifest.read(embedded_settings.models_dir / "embedded").scores["six"]["ravdess"]
    with running(embedded_settings) as app:
        text = page(app.test_client())
        for shown in ("RAVDESS</th>", "EmoDB</th>", "Amharic"):
            assert shown in text
        for measured in (scores["ua"], scores["adapted_ua"]):
            assert f"{100 * measured:.1f} %" in text


def test_a_figure_is_shown_with_words_and_kept_by_the_browser(client: FlaskClient) -> None:
    found = re.search(r'<img src="(/models/known/figures/confusion\.svg\?sha256=\w+)" alt="([^"]+)"', page(client))
    assert found is not None
    assert found.group(2) == "Plot of Tiny known: Plot confusion.svg"
    with client.get(found.group(1)) as figure:
        assert (figure.status_code, figure.mimetype) == (200, "image/svg+xml")
        assert figure.get_data(as_text=True) == PLOT
        assert "immutable" in figure.headers["Cache-Control"]
        assert "Set-Cookie" not in figure.headers
        policy = figure.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'unsafe-inline';")
        assert "sandbox" in policy
        assert figure.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("query", ["", "?sha256=0", "?sha256="])
def test_a_figure_under_another_address_is_not_kept(client: FlaskClient, query: str) -> None:
    with client.get(f"/models/known/figures/confusion.svg{query}") as figure:
        assert (figure.status_code, figure.headers["Cache-Control"]) == (200, "no-store")


def test_nothing_but_published_figures_is_served(client: FlaskClient, models: Path) -> None:
    (models / "known" / "stray.svg").write_text(PLOT, encoding="utf-8")
    for file in ("stray.svg", "manifest.json", "emotion_pca.pkl", "..%2F..%2Fx.svg", "%2e%2e"):
        assert client.get(f"/models/known/figures/{file}").status_code == 404, file
    assert client.get("/models/nobody/figures/confusion.svg").status_code == 404
    (models / "known" / "confusion.svg").write_text(PLOT.replace("red", "blue"), encoding="utf-8")
    changed = client.get("/models/known/figures/confusion.svg", headers=JSON)
    assert (changed.status_code, changed.get_json()["code"]) == (503, "model_tampered")
    assert changed.headers["Cache-Control"] == "no-store"


def test_the_leaderboard_is_linked_where_there_is_one(client: FlaskClient, models: Path) -> None:
    assert "/models/leaderboard" not in page(client)
    assert client.get("/models/leaderboard").status_code == 404
    board = "# Board\n\n| way | UA |\n| --- | --- |\n| svm | 0.5 |\n\n<script>alert(1)</script>\n"
    (models / "leaderboard.md").write_text(board, encoding="utf-8")
    assert 'href="/models/leaderboard"' in page(client)
    text = page(client, "/models/leaderboard")
    assert "<td>svm</td>" in text
    assert "<script>alert" not in text


def test_the_form_offers_the_models_the_default_first(client: FlaskClient) -> None:
    text = page(client, "/emotion")
    first, second = (text.index(f'value="{name}"') for name in ("known", "plain"))
    assert first < second
    assert "Tiny plain 0.0.1, 3 emotions (MIT)" in text
    assert text.count("Emotions: angry, calm, zesty") == 2
    for name in ("known", "plain"):
        assert f'href="/models/{name}"' in text


def test_models_that_read_are_listed_with_their_card(text_models: Path) -> None:
    with running(Settings(models_dir=text_models, text_model="tiny")) as app:
        client = app.test_client()
        page = client.get("/models").get_data(as_text=True)
        assert "Models that read" in page
        assert "/models/text/tiny" in page
        assert client.get("/models/text/none").status_code == 404


def test_the_embedded_text_model_shows_its_misses(embedded_settings: Settings) -> None:
    with running(embedded_settings) as app:
        card = app.test_client().get("/models/text/embedded").get_data(as_text=True)
    assert "The surest wrong answers" in card
    assert "MELD dev" in card
