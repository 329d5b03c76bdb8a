"""A whole training run on little networks: what comes out is a bundle that the product serves."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from emotion_clf.bundles import Graphs, reference_of
from emotion_clf.settings import Settings
from emotion_clf.text.manifest import TextManifest
from emotion_clf.text.model import TextModel
from ml_models.commands.reference import reference
from ml_models.commands.text import text
from ml_models.errors import TrainingDataError
from ml_models.text.encoder import load_pretrained
from ml_models.text.examples import read_goemotions, read_intensities, read_meld
from ml_models.text.recipe import RECIPES, FittingRecipe, HeadsRecipe, TextRecipe, VocabularyRecipe, read_text_recipe
from ml_models.text.training import TextData, train_text_model

if TYPE_CHECKING:
    from typing import Any

FITTING = FittingRecipe(epochs=8, batch_size=16, learning_rate=2e-3, heads_learning_rate=5e-3, max_tokens=24)
LINEAR = {"word_terms": 200, "character_terms": 200}


def small(recipe: TextRecipe, source: Path, **heads: Any) -> TextRecipe:
    """The recipe with a little encoder and few passes."""
    encoder = replace(recipe.encoder, source=str(source), vocabulary=VocabularyRecipe(2, 10))
    return replace(
        recipe,
        encoder=encoder,
        heads=replace(HeadsRecipe(), **heads),
        fitting=FITTING,
        linear=replace(recipe.linear, **LINEAR),
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, goemotions: Path, tiny_bert: Path) -> Path:
    folder = tmp_path_factory.mktemp("run") / "bundle"
    train_text_model(small(read_text_recipe("text-embedded"), tiny_bert), TextData(goemotions), folder)
    return folder


def served(folder: Path) -> TextModel:
    return TextModel(folder, Settings(), Graphs(1))


def test_the_bundle_is_served_and_has_learnt(trained: Path) -> None:
    answers = served(trained).predict(
        ["i am furious, this makes me angry", "i feel sad and i cry", "the shop opens at nine"], context=False
    )
    assert [answer.emotion for answer in answers] == ["anger", "sadness", "neutral"]
    assert [answer.sub_emotion for answer in answers] == ["anger", "sadness", None]
    assert answers[0].intensity in {"mild", "moderate", "intense"}
    assert answers[2].intensity is None


def test_the_bundle_says_how_it_was_made(trained: Path) -> None:
    manifest = served(trained).manifest
    assert manifest.heads.context == 2
    assert manifest.training_data[0].sentences == 160
    assert manifest.intensity == "rule"
    assert sum(record.size_bytes for record in manifest.files.values()) > 0


def test_eight_bits_make_the_encoder_smaller_and_change_little(
    tmp_path: Path, trained: Path, goemotions: Path, tiny_bert: Path
) -> None:
    recipe = replace(small(read_text_recipe("text-embedded"), tiny_bert), int8=False)
    train_text_model(recipe, TextData(goemotions), tmp_path / "float")
    assert (trained / "encoder.onnx").stat().st_size < 0.6 * (tmp_path / "float" / "encoder.onnx").stat().st_size
    texts = read_goemotions(goemotions, "test").texts
    one, other = (served(folder).scores(texts, context=False)[0] for folder in (trained, tmp_path / "float"))
    assert (one.argmax(axis=1) == other.argmax(axis=1)).mean() > 0.95


def test_the_vocabulary_keeps_what_the_texts_need(goemotions: Path, tiny_bert: Path) -> None:
    recipe = small(read_text_recipe("text-embedded"), tiny_bert)
    texts = read_goemotions(goemotions, "train").texts
    whole = load_pretrained(replace(recipe.encoder, vocabulary=None), texts)
    pruned = load_pretrained(recipe.encoder, texts)
    assert "superfluous" in whole.tokenizer.get_vocab()
    assert "superfluous" not in pruned.tokenizer.get_vocab()
    for sentence in (*texts[:20], "xylophone"):
        one, other = whole.tokenizer.encode(sentence), pruned.tokenizer.encode(sentence)
        assert one.tokens == other.tokens
        rows = whole.encoder.get_input_embeddings().weight[one.ids]
        assert (rows == pruned.encoder.get_input_embeddings().weight[other.ids]).all()


def test_deberta_with_an_intensity_head(
    tmp_path: Path, goemotions: Path, intensities: Path, tiny_deberta: Path
) -> None:
    recipe = read_text_recipe("text-deberta")
    recipe = replace(
        small(recipe, tiny_deberta, intensity="head", context=1),
        encoder=replace(recipe.encoder, source=str(tiny_deberta)),
    )
    train_text_model(recipe, TextData(goemotions, intensities), tmp_path / "bundle")
    model = served(tmp_path / "bundle")
    assert model.manifest.intensity == "head"
    mild, intense = model.predict(
        ["i am slightly angry, this makes me angry", "i am so furious and angry, this makes me angry"], context=False
    )
    assert (mild.emotion, mild.intensity) == ("anger", "mild")
    assert (intense.emotion, intense.intensity) == ("anger", "intense")


def test_an_intensity_head_needs_its_data(tmp_path: Path, goemotions: Path, tiny_bert: Path) -> None:
    recipe = small(read_text_recipe("text-embedded"), tiny_bert, intensity="head")
    with pytest.raises(TrainingDataError, match="--intensity-data"):
        train_text_model(recipe, TextData(goemotions), tmp_path)
    with pytest.raises(TrainingDataError, match="EI-reg"):
        read_intensities(tmp_path)


def test_the_command_trains_scores_and_publishes(
    tmp_path: Path, goemotions: Path, meld: Path, tiny_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = tmp_path / "runs" / "text-embedded"
    common = ["--data", str(goemotions), "--meld", str(meld)]
    done = CliRunner().invoke(
        text, ["train", "text-embedded", *common, "--encoder", str(tiny_bert), "--epochs", "1"], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    figures = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    assert set(figures) == {"goemotions_test", "goemotions_test_as_spoken", "misses", "meld_dev", "meld_train"}
    assert figures["goemotions_test"]["ekman"]["texts"] == 160
    assert figures["meld_dev"]["within_turns"]["texts"] == 24
    scored = CliRunner().invoke(text, ["evaluate", str(run / "bundle"), *common], catch_exceptions=False)
    assert json.loads(scored.output) == figures
    places = ["--models", str(tmp_path / "models"), "--reports", str(tmp_path / "reports")]
    published = CliRunner().invoke(text, ["publish", str(run), *places], catch_exceptions=False)
    assert published.exit_code == 0, published.output
    bundle = tmp_path / "models" / "text" / "embedded"
    assert (
        served(bundle).manifest.scores["goemotions_ekman_macro_f1"] == figures["goemotions_test"]["ekman"]["macro_f1"]
    )
    made = reference_of(bundle, TextManifest.read(bundle))
    assert made is not None
    assert sum(made.labels.values()) == sum(made.confidence.counts) == 160
    counted = CliRunner().invoke(reference, [str(bundle), "--data", str(goemotions)], catch_exceptions=False)
    assert counted.exit_code == 0, counted.output
    assert reference_of(bundle, TextManifest.read(bundle)) == made
    card = (bundle / "model_card.md").read_text(encoding="utf-8")
    assert f"{figures['goemotions_test']['ekman']['macro_f1']:.3f}" in card
    assert "MELD dev, within turns" in card
    assert (tmp_path / "reports" / "text-embedded" / "metrics.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["train", "no-such", "--data", "."], "There is no text recipe 'no-such'"),
        (["train", "text-embedded", "--data", "."], "GoEmotions is not in"),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, arguments: list[str], sentence: str, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(text, arguments)
    assert done.exit_code == 1
    assert sentence in done.output


def test_every_recipe_is_valid() -> None:
    names = {path.stem for path in RECIPES.glob("*.yaml")}
    assert names == {"text-embedded", "text-deberta"}
    assert {read_text_recipe(name).name for name in names} == names


def test_an_unscored_run_is_not_published(tmp_path: Path) -> None:
    done = CliRunner().invoke(text, ["publish", str(tmp_path)])
    assert done.exit_code == 1
    assert "holds no scored bundle" in done.output


def test_meld_keeps_its_dialogues(meld: Path) -> None:
    dialogues = read_meld(meld / "dev_sent_emo.csv")
    assert [len(dialogue.texts) for dialogue in dialogues] == [6, 6, 6, 6]
    assert dialogues[0].speakers == ("A", "A", "B", "B", "A", "A")


def test_what_is_not_meld_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(TrainingDataError, match=r"other\.csv is not a file of MELD"):
        read_meld(tmp_path / "other.csv")
