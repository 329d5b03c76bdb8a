"""Models that adapt to a voice, several of them, with plots and a leaderboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from scripts.browsing import running_app
from tests.e2e.visit import check_access, choose_file, hear, use_sample, visiting
from tests.support.bundles import LABELS, make_adaptive_bundle, make_onnx_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

PLOT = """<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200" viewBox="0 0 300 200">
<style>rect{fill:#a33}</style>
<rect width="300" height="200" style="stroke: #000"/></svg>"""
SIZES = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 360, "height": 740}}
LOOKS = [("light", "desktop"), ("dark", "desktop"), ("light", "phone"), ("dark", "phone")]
SCORE = {"clips": 9, "speakers": 3, "ua": 0.5, "ua_interval": [0.4, 0.6], "recall": dict.fromkeys(LABELS, 0.5)}


@pytest.fixture(scope="module")
def adaptive_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    models = tmp_path_factory.mktemp("models")
    scores = {"three": {"cremad": {**SCORE, "adapted_ua": 0.6}}}
    make_adaptive_bundle(models / "adaptive", scores=scores, plots={"confusion.svg": PLOT, "reliability.svg": PLOT})
    make_onnx_bundle(models / "plain", scores={"three": {"nemo": SCORE}})
    columns = "| " + " | ".join(f"column {number}" for number in range(12)) + " |"
    board = f"# Leaderboard\n\n{columns}\n{'| --- ' * 12}|\n{columns}\n"
    (models / "leaderboard.md").write_text(board, encoding="utf-8")
    instance = tmp_path_factory.mktemp("instance")
    with running_app(instance, MODELS_DIR=str(models), MODEL="adaptive") as address:
        yield address


@pytest.fixture
def adaptive_page(browser: Browser, adaptive_address: str) -> Iterator[Page]:
    with visiting(browser, adaptive_address) as page:
        yield page


@pytest.mark.parametrize(("scheme", "size"), LOOKS)
def test_nobody_is_shut_out(browser: Browser, adaptive_address: str, voice_file: Path, scheme: str, size: str) -> None:
    options = {"color_scheme": scheme, "viewport": SIZES[size], "reduced_motion": "reduce"}
    with visiting(browser, adaptive_address, **options) as page:
        page.goto("/models")
        check_access(page)
        page.get_by_role("link", name="How models and ways of training compare").click()
        expect(page.get_by_role("heading", name="Leaderboard")).to_be_visible()
        check_access(page)
        choose_file(page, voice_file)
        hear(page)
        choose_file(page, voice_file)
        page.get_by_label("This is me again").check()
        check_access(page)
        hear(page)
        expect(page.get_by_text("Adapted to 1 earlier clip of this voice.")).to_be_visible()
        check_access(page)


def test_plots_are_drawn_with_their_own_styles(adaptive_page: Page) -> None:
    adaptive_page.goto("/models")
    plots = adaptive_page.locator(".figures img")
    expect(plots).to_have_count(2)
    for plot in plots.all():
        plot.scroll_into_view_if_needed()
        adaptive_page.wait_for_function(
            "(image) => image.complete && image.naturalWidth === 300", arg=plot.element_handle()
        )
        colour = plot.evaluate(
            """(image) => {
              const canvas = document.createElement("canvas");
              canvas.width = canvas.height = 9;
              const brush = canvas.getContext("2d");
              brush.drawImage(image, 0, 0, 9, 9);
              return [...brush.getImageData(4, 4, 1, 1).data];
            }"""
        )
        assert colour == [0xAA, 0x33, 0x33, 0xFF]


def test_the_box_belongs_to_the_chosen_model(adaptive_page: Page, voice_file: Path) -> None:
    page = adaptive_page
    choose_file(page, voice_file)
    expect(page.get_by_label("This is me again")).to_have_count(0)
    hear(page)
    choose_file(page, voice_file)
    box = page.get_by_label("This is me again")
    expect(box).to_be_visible()
    box.check()
    expect(page.get_by_text("an embedding of yours")).to_be_visible()
    page.get_by_label("Model and its licence").select_option("plain")
    expect(box).to_be_hidden()
    expect(page.get_by_text("an embedding of yours")).to_be_hidden()
    hear(page)
    expect(page.locator("[data-adapted]")).to_have_count(0)
    expect(page.get_by_role("link", name="Tiny plain")).to_be_visible()


def test_a_ticked_box_does_not_reach_a_sample(adaptive_page: Page, voice_file: Path) -> None:
    page = adaptive_page
    choose_file(page, voice_file)
    hear(page)
    page.goto("/emotion")
    page.get_by_label("This is me again").check()
    page.locator('button[name="sample"][value="even"]').click()
    expect(page.get_by_text("A synthetic voice")).to_be_visible()
    expect(page.locator("[data-adapted]")).to_have_count(0)
    use_sample(page)
    page.goto("/emotion")
    expect(page.get_by_text("Only if voice.wav")).to_be_visible()


def test_without_scripts_the_voice_is_known_too(browser: Browser, adaptive_address: str, voice_file: Path) -> None:
    with visiting(browser, adaptive_address, java_script_enabled=False) as page:
        for earlier in range(3):
            page.goto("/emotion")
            page.get_by_label("Choose an audio file").set_input_files(voice_file)
            if earlier:
                page.get_by_label("This is me again").check()
            hear(page)
        expect(page.get_by_text("Adapted to 2 earlier clips of this voice.")).to_be_visible()
        page.goto("/emotion")
        page.get_by_label("This is me again").check()
        page.locator('button[name="sample"][value="even"]').click()
        expect(page.get_by_role("alert").filter(has_text="A sample is not your voice")).to_be_visible()
