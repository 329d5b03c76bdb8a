from __future__ import annotations

from pathlib import Path

import pytest

from emotion_clf.errors import EngineMissingError, InvalidRequestError, TranscriptionKeyError
from emotion_clf.settings import Settings
from emotion_clf.transcription import METHODS, choose_engine

CAPTIONS = "WEBVTT\n\n00:01.000 --> 00:02.000\nHello.\n"


@pytest.fixture
def no_weights(tmp_path: Path) -> Settings:
    (tmp_path / "weights").mkdir()
    return Settings(whisper_model=str(tmp_path / "weights"))


def test_auto_is_the_embedded_whisper_even_with_a_key_and_other_models(tmp_path: Path) -> None:
    chosen = choose_engine(Settings(assemblyai_api_key="key", models_dir=tmp_path))
    assert (chosen.name, chosen.version.split()[1:]) == ("whisper", ["whisper-base", "int8"])
    assert choose_engine(Settings(assemblyai_api_key="key"), "assemblyai").name == "assemblyai"


def test_weights_of_your_own_take_its_place(no_weights: Settings) -> None:
    with pytest.raises(EngineMissingError, match="holds no model"):
        choose_engine(no_weights)
    (Path(no_weights.whisper_model) / "model.bin").write_bytes(b"")
    assert choose_engine(no_weights).version.split()[1:] == ["weights", "int8"]


def test_captions_are_preferred_where_they_are_given(no_weights: Settings, tmp_path: Path) -> None:
    path = tmp_path / "captions.vtt"
    path.write_text(CAPTIONS, encoding="utf-8")
    assert choose_engine(no_weights, captions=path).name == "captions"
    assert choose_engine(Settings(), "whisper", captions=path).name == "whisper"
    with pytest.raises(InvalidRequestError, match="No captions were given"):
        choose_engine(no_weights, "captions")


def test_what_is_not_there_is_said(no_weights: Settings) -> None:
    with pytest.raises(TranscriptionKeyError):
        choose_engine(no_weights.model_copy(update={"transcription_method": "assemblyai"}))
    with pytest.raises(InvalidRequestError, match=", ".join(METHODS)):
        choose_engine(no_weights, "telepathy")
