from __future__ import annotations

import pytest

import emotion_clf
from emotion_clf import EmotionPredictor
from emotion_clf.errors import ModelNotFoundError, TooShortError
from emotion_clf.settings import Settings
from tests.support.bundles import LABELS
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


def test_errors_are_ours(settings: Settings, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "short.wav").write_bytes(wav(voice(0.2)))
    with pytest.raises(TooShortError):
        EmotionPredictor(settings=settings).predict_audio(tmp_path / "short.wav")
    with pytest.raises(ModelNotFoundError):
        EmotionPredictor("nobody", settings).predict_audio(SAMPLES / "even.flac")


def test_the_package_knows_only_its_public_names() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        emotion_clf.nonsense  # noqa: B018
