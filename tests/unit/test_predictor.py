from __future__ import annotations

from pathlib import Path

import pytest

import emotion_clf
from emotion_clf import EmotionPredictor
from emotion_clf.errors import EmptyTextError, ModelNotFoundError, NotAdaptableError, TooShortError
from emotion_clf.settings import Settings
from tests.support.bundles import LABELS, make_adaptive_bundle
from tests.support.sound import SAMPLES, voice, wav


def test_predicts_a_file(settings: Settings) -> None:
    analysis = EmotionPredictor(settings=settings).predict_audio(SAMPLES / "even.flac")
    assert set(analysis.prediction.probabilities) == set(LABELS)
    assert analysis.container == "FLAC"
    assert analysis.warnings == ()
    assert analysis.timings_ms["decode"] > 0


def test_every_door_gives_the_same_numbers(settings: Settings, tmp_path: object) -> None:
    from tests.conftest import running
    from tests.support.web import send_json

    clip = SAMPLES / "raised.flac"
    here = EmotionPredictor(settings=settings).predict_audio(str(clip)).prediction.probabilities
    with running(settings) as app:
        there = send_json(app.test_client(), clip.read_bytes()).get_json()["probabilities"]
    assert here == there


def test_reads_sentences(settings: Settings) -> None:
    predictor = EmotionPredictor(settings=settings)
    happy, furious = predictor.predict(["Exciting news!", "I am furious. So furious."])
    assert (happy.text, happy.emotion) == ("Exciting news!", "happiness")
    assert (furious.text, furious.emotion) == ("I am furious. So furious.", "anger")
    assert predictor.predict("Exciting news!")[0].probabilities == pytest.approx(happy.probabilities, abs=1e-3)
    assert predictor.predict([]) == []


def test_a_blank_sentence_and_a_missing_text_model_are_named(settings: Settings) -> None:
    with pytest.raises(EmptyTextError, match="Sentence 2"):
        EmotionPredictor(settings=settings).predict(["Hello.", " "])
    with pytest.raises(ModelNotFoundError, match="Installed: tiny"):
        EmotionPredictor(settings=settings, text_model="other").predict(["Hello."])


def test_every_door_reads_the_same(settings: Settings) -> None:
    from tests.conftest import running

    sentence = "I am so scared of this."
    here = EmotionPredictor(settings=settings).predict([sentence])[0].as_dict()
    with running(settings) as app:
        there = app.test_client().post("/predict", json={"text": sentence}).get_json()["sentences"][0]
    assert there.pop("probabilities") == pytest.approx(here.pop("probabilities"), abs=1e-6)
    assert there["emotion"] == here["emotion"] == "fear"
    assert set(there) == {"position", "language", *here}


@pytest.fixture
def adaptive(tmp_path: Path) -> Settings:
    make_adaptive_bundle(tmp_path / "models" / "adaptive")
    return Settings(models_dir=tmp_path / "models", model="adaptive")


def test_other_clips_of_the_voice_are_an_argument(adaptive: Settings) -> None:
    predictor = EmotionPredictor(settings=adaptive)
    others = [SAMPLES / "low.flac", str(SAMPLES / "even.flac")]
    cold = predictor.predict_audio(SAMPLES / "raised.flac")
    known = predictor.predict_audio(SAMPLES / "raised.flac", same_voice=others)
    assert (cold.prediction.adapted_to_clips, known.prediction.adapted_to_clips) == (0, 2)
    assert known.prediction.probabilities != cold.prediction.probabilities
    voice = predictor.hear_voice(others)
    again = predictor.predict_audio(SAMPLES / "raised.flac", same_voice=voice)
    assert again.prediction.probabilities == known.prediction.probabilities


@pytest.mark.parametrize("one", [SAMPLES / "low.flac", str(SAMPLES / "low.flac")])
def test_one_other_clip_needs_no_list(adaptive: Settings, one: Path | str) -> None:
    analysis = EmotionPredictor(settings=adaptive).predict_audio(SAMPLES / "raised.flac", same_voice=one)
    assert analysis.prediction.adapted_to_clips == 1


def test_the_embedding_is_for_python_alone(adaptive: Settings) -> None:
    analysis = EmotionPredictor(settings=adaptive).predict_audio(SAMPLES / "raised.flac")
    assert analysis.prediction.embedding is not None
    assert analysis.as_dict()["adapted_to_clips"] == analysis.as_row()["adapted_to_clips"] == 0
    assert "embedding" not in {*analysis.as_dict(), *analysis.as_row()}


def test_a_bad_clip_of_the_voice_is_named(adaptive: Settings, tmp_path: Path) -> None:
    (tmp_path / "short.wav").write_bytes(wav(voice(0.2)))
    with pytest.raises(TooShortError, match=r"^short\.wav, a clip of the same voice: .*Record at least"):
        EmotionPredictor(settings=adaptive).predict_audio(SAMPLES / "even.flac", same_voice=[tmp_path / "short.wav"])


def test_a_model_that_does_not_adapt_takes_no_other_clips(settings: Settings) -> None:
    with pytest.raises(NotAdaptableError, match="'tiny' was not trained to adapt"):
        EmotionPredictor(settings=settings).predict_audio(SAMPLES / "even.flac", same_voice=[SAMPLES / "low.flac"])


def test_errors_are_ours(settings: Settings, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "short.wav").write_bytes(wav(voice(0.2)))
    with pytest.raises(TooShortError):
        EmotionPredictor(settings=settings).predict_audio(tmp_path / "short.wav")
    with pytest.raises(ModelNotFoundError):
        EmotionPredictor("nobody", settings).predict_audio(SAMPLES / "even.flac")


def test_the_package_knows_only_its_public_names() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        emotion_clf.nonsense  # noqa: B018
