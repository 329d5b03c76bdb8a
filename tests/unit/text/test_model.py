from __future__ import annotations

import copy
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emotion_clf.errors import ModelError, ModelNotPulledError, ModelTamperedError
from emotion_clf.settings import Settings
from emotion_clf.text.explain import MOST_WORDS
from emotion_clf.text.heads import ROWS, neighbourhood
from emotion_clf.text.model import TextModel
from emotion_clf.text.registry import TextModelRegistry
from emotion_clf.text.taxonomy import EMOTIONS, SUB_EMOTION_LABELS, SUB_EMOTIONS
from tests.support.text_bundles import make_text_bundle

TALK = [
    "I am so happy!!",
    "the news",
    "you are angry",
    "",
    "I am afraid of the news and you and it",
    "sad",
    "\U0001f602",
]


def tiny(folder: Path, *, settings: dict[str, Any] | None = None, **changes: Any) -> TextModel:
    make_text_bundle(folder, **changes)
    return TextModel(folder / "tiny-text", Settings(**settings or {}))


def test_the_answer_depends_on_the_words(tmp_path: Path) -> None:
    happy, news, angry, afraid, emoji = tiny(tmp_path).predict(
        ["I am so happy!!", "the news", "I'm annoyed", "I am a bit afraid", "\U0001f602"], context=False
    )
    assert (happy.emotion, happy.sub_emotion, happy.intensity) == ("happiness", "joy", "intense")
    assert (news.emotion, news.sub_emotion, news.intensity) == ("neutral", None, None)
    assert (angry.emotion, angry.sub_emotion, angry.intensity) == ("anger", "annoyance", "mild")
    assert (afraid.emotion, afraid.sub_emotion, afraid.intensity) == ("fear", "fear", "mild")
    assert emoji.emotion == "happiness"


def test_an_answer_is_whole(tmp_path: Path) -> None:
    for answer, text in zip(tiny(tmp_path).predict(TALK), TALK, strict=True):
        assert answer.text == text
        assert set(answer.probabilities) == set(EMOTIONS)
        assert sum(answer.probabilities.values()) == pytest.approx(1)
        assert list(answer.probabilities.values()) == sorted(answer.probabilities.values(), reverse=True)
        assert answer.confidence == answer.probabilities[answer.emotion] == max(answer.probabilities.values())
        assert set(answer.sub_emotions) == set(SUB_EMOTION_LABELS)
        assert all(0 <= share <= 1 for share in answer.sub_emotions.values())
        assert answer.sub_emotion is None or answer.sub_emotion in SUB_EMOTIONS[answer.emotion]


@pytest.mark.parametrize("context", [0, 2])
def test_batches_and_company_change_nothing(tmp_path: Path, context: int) -> None:
    make_text_bundle(tmp_path, context=context)
    models = [
        TextModel(tmp_path / "tiny-text", Settings(classification_batch_size=size)) for size in (1, 2, len(TALK) + 1)
    ]
    first, *others = (model.scores(TALK)[0] for model in models)
    for scores in others:
        np.testing.assert_allclose(scores, first, atol=1e-3)
    alone = models[0].scores(TALK, context=False)[0]
    np.testing.assert_allclose(models[2].scores(TALK[::-1], context=False)[0][::-1], alone, atol=1e-3)
    for row, text in enumerate(TALK):
        np.testing.assert_allclose(models[2].scores([text])[0][0], alone[row], atol=1e-3)


def test_neighbours_are_heard_only_where_sentences_follow_one_another(tmp_path: Path) -> None:
    model = tiny(tmp_path, context=2)
    beside, _ = model.predict(["the news", "I am angry"])
    apart, _ = model.predict(["the news", "I am angry"], context=False)
    assert beside.probabilities["anger"] > 2 * apart.probabilities["anger"]
    far = model.predict(["the news", "the", "a", "I am angry"])[0]
    assert far.probabilities["anger"] == pytest.approx(apart.probabilities["anger"])


def test_the_neighbourhood_stops_at_the_ends() -> None:
    vectors = np.arange(1, 5, dtype=np.float32)[:, None]
    neighbours, mask = neighbourhood(vectors, 2, slice(0, 4), np.zeros(4, int))
    assert neighbours[:, :, 0].tolist() == [[0, 0, 2, 3], [0, 1, 3, 4], [1, 2, 4, 0], [2, 3, 0, 0]]
    assert mask.tolist() == [[0, 0, 1, 1], [0, 1, 1, 1], [1, 1, 1, 0], [1, 1, 0, 0]]
    assert neighbourhood(vectors, 2, slice(2, 99), np.zeros(4, int))[0][:, :, 0].tolist() == [
        [1, 2, 4, 0],
        [2, 3, 0, 0],
    ]
    assert not neighbourhood(vectors, 2, slice(0, 4), np.arange(4))[1].any()


def test_a_long_text_is_judged_in_parts_with_the_same_answers(tmp_path: Path) -> None:
    model = tiny(tmp_path, context=1)
    texts = ["the news", "I am angry", "happy", "a"] * (ROWS // 4 + 1)
    scores = model.scores(texts)[0]
    np.testing.assert_allclose(scores[ROWS - 2 : ROWS + 2], scores[2:6], atol=1e-4)


def test_the_stack_adds_what_its_manifest_says(tmp_path: Path) -> None:
    make_text_bundle(tmp_path, "heads-alone", linear=False, stack=_stack(heads=1.0, linear=0.0))
    make_text_bundle(tmp_path, "both", stack=_stack(heads=2.0, linear=3.0, bias=0.25))
    heads, both = (TextModel(tmp_path / name, Settings()) for name in ("heads-alone", "both"))
    margins = both._tfidf.margins(["i am angry"])[0]
    expected = 2 * heads.scores(["I am angry"])[0] + 3 * margins + 0.25
    lower = both._tfidf.margins(["I am angry"])[0]
    np.testing.assert_allclose(margins, lower, atol=1e-5)
    np.testing.assert_allclose(both.scores(["I am angry"])[0], expected, rtol=1e-5)


def test_calibration_tempers_and_leans(tmp_path: Path) -> None:
    sharp = tiny(tmp_path / "a").predict(["I am angry"])[0]
    soft = tiny(tmp_path / "b", calibration={"temperature": 4.0}).predict(["I am angry"])[0]
    assert sharp.confidence > soft.confidence
    bias = [0.0] * len(EMOTIONS)
    bias[EMOTIONS.index("neutral")] = 50.0
    leaning = tiny(tmp_path / "c", calibration={"bias": bias}).predict(["I am angry"])[0]
    assert leaning.emotion == "neutral"


def test_a_threshold_of_ones_own(tmp_path: Path) -> None:
    make_text_bundle(tmp_path, uncertain_below=0.0)
    folder = tmp_path / "tiny-text"
    assert not TextModel(folder, Settings()).predict(["I am angry"])[0].uncertain
    assert TextModel(folder, Settings(classification_confidence_threshold=1.0)).predict(["I am angry"])[0].uncertain


def test_a_trained_head_says_the_degree_where_it_has_one(tmp_path: Path) -> None:
    angry, calm, gross, news = tiny(tmp_path, intensity="head").predict(
        ["I am angry!", "I am angry", "disgusting!", "the news"], context=False
    )
    assert (angry.intensity, calm.intensity, gross.intensity, news.intensity) == ("intense", "mild", None, None)


def test_a_users_lexicon_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    emolex = tmp_path / "emolex.txt"
    emolex.write_text("table\tanger\t1\n", encoding="utf-8")
    make_text_bundle(tmp_path)
    model = TextModel(tmp_path / "tiny-text", Settings(emolex_path=emolex))
    assert model._features.lexicon.counts("the table")[0] == 1
    with pytest.raises(ModelError, match="EMOLEX_PATH"):
        TextModel(tmp_path / "tiny-text", Settings(emolex_path=tmp_path / "none"))


def test_cues_point_at_the_words_of_the_sentence(tmp_path: Path) -> None:
    model = tiny(tmp_path, context=2)
    sentence = "  Don\u2019t you see: I am ANGRY, (not happy) \U0001f64f!"
    cues = model.explain(sentence)
    assert [cue.word for cue in cues] == ["Don\u2019t", "you", "see", "I", "am", "ANGRY", "not", "happy", "\U0001f64f"]
    assert all(sentence[cue.start : cue.start + len(cue.word)] == cue.word for cue in cues)
    effects = {cue.word: cue.effect for cue in cues}
    answer = model.predict([sentence])[0].emotion
    helped, hurt = ("ANGRY", "happy") if answer == "anger" else ("happy", "ANGRY")
    assert max(effects, key=effects.__getitem__) == helped
    assert effects[hurt] < 0


def test_an_effect_is_what_the_answer_loses(tmp_path: Path) -> None:
    model = tiny(tmp_path)
    with_it, without = model.predict(["I am angry", "I am "], context=False)
    effect = {cue.word: cue.effect for cue in model.explain("I am angry")}["angry"]
    assert effect == pytest.approx(with_it.probabilities["anger"] - without.probabilities["anger"], abs=1e-6)
    assert model.explain("?!") == model.explain("") == ()
    assert len(model.explain("sad " * 45)) == MOST_WORDS


def test_an_explanation_has_a_bound_whatever_the_sentence() -> None:
    model = TextModelRegistry(Settings()).get(None)
    for hostile in ("qx/" * 530, "\N{POUTING FACE}" * 400, "a/" * 100_000):
        started = time.process_time()
        assert len(model.explain(hostile)) <= MOST_WORDS
        assert time.process_time() - started < 6
    assert model.explain("a/" * 100_000) == ()


def test_long_sentences_are_encoded_few_at_a_time(tmp_path: Path) -> None:
    model = tiny(tmp_path)
    batches: list[tuple[int, int]] = []
    encoder = model._encoder

    class Noting:
        def run(self, names: list[str], inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
            batches.append(inputs["input_ids"].shape)
            return [np.zeros((len(inputs["input_ids"]), encoder._dim), dtype=np.float32)]

    noted = copy.copy(encoder)
    noted._session = Noting()
    noted.vectors([*["you are " * 60] * 40, *["news"] * 70])
    assert sum(rows for rows, _ in batches) == 110
    assert max(rows * tokens for rows, tokens in batches) <= 1024
    assert max(rows for rows, _ in batches) == 32


def test_nothing_asked_is_nothing_answered(tmp_path: Path) -> None:
    model = tiny(tmp_path)
    assert model.predict([]) == []
    assert [part.shape for part in model.scores([])] == [(0, 7), (0, 28)]


def test_threads_share_a_model(tmp_path: Path) -> None:
    model = tiny(tmp_path, context=2)
    expected = model.predict(TALK)
    barrier = threading.Barrier(4)

    def ask(_: int) -> object:
        barrier.wait()
        return model.predict(TALK)

    with ThreadPoolExecutor(4) as pool:
        assert all(answer == expected for answer in pool.map(ask, range(4)))


@pytest.mark.parametrize("name", ["encoder.onnx", "heads.onnx", "tokenizer.json", "tfidf.json", "tfidf.safetensors"])
def test_a_changed_file_is_not_opened(tmp_path: Path, name: str) -> None:
    make_text_bundle(tmp_path)
    path = tmp_path / "tiny-text" / name
    content = path.read_bytes()
    path.write_bytes(content + b" ")
    with pytest.raises(ModelTamperedError, match=name):
        TextModel(tmp_path / "tiny-text", Settings())
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(ModelNotPulledError, match=name):
        TextModel(tmp_path / "tiny-text", Settings())
    path.unlink()
    with pytest.raises(ModelTamperedError, match=name):
        TextModel(tmp_path / "tiny-text", Settings())


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"encoder": {"dim": 5, "max_tokens": 48}}, "encoder"),
        ({"heads": {"context": 1}}, "heads"),
        ({"heads": {"file": "encoder.onnx"}}, "heads"),
        ({"tokenizer": "tfidf.json"}, "tokenizer"),
    ],
)
def test_a_manifest_that_promises_something_else_is_refused(tmp_path: Path, changes: dict[str, Any], part: str) -> None:
    with pytest.raises(ModelError, match=part):
        tiny(tmp_path, **changes)


def _stack(heads: float, linear: float, bias: float = 0.0) -> dict[str, Any]:
    return {
        name: {"heads": [heads] * size, "linear": [linear] * size, "bias": [bias] * size}
        for name, size in (("emotion", len(EMOTIONS)), ("sub_emotion", len(SUB_EMOTION_LABELS)))
    }


def test_neighbours_are_those_of_the_same_turn(tmp_path: Path) -> None:
    model = tiny(tmp_path, context=2)
    one, two = ["the news", "I am angry"], ["I am so happy", "the news"]
    apart = [*model.scores(one)[0], *model.scores(two)[0]]
    np.testing.assert_allclose(model.scores([*one, *two], turns=[0, 0, 1, 1])[0], apart, atol=1e-4)
    assert np.abs(model.scores([*one, *two])[0] - apart).max() > 0.01


def test_emoticons_and_unusual_letters_are_words_that_decide(tmp_path: Path) -> None:
    model = tiny(tmp_path)
    sentence = "I don\u02bct \U0001d41a\U0001d426 :( so >:(, https://love.example.com/joy"
    cues = model.explain(sentence)
    words = [cue.word for cue in cues]
    assert words[:3] == ["I", "don\u02bct", "\U0001d41a\U0001d426"]
    assert {":(", ">:("} <= set(words)
    assert all(sentence[cue.start : cue.start + len(cue.word)] == cue.word for cue in cues)
    assert [cue.effect for cue in cues if cue.word in {"love", "joy"}] == [0.0, 0.0]
