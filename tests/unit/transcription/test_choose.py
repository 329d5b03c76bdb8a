from __future__ import annotations

from pathlib import Path

import pytest

from emotion_clf.errors import InvalidRequestError, TranscriptionKeyError
from emotion_clf.settings import Settings
from emotion_clf.transcription import METHODS, choose_engine

CAPTIONS = "WEBVTT\n\n00:01.000 --> 00:02.000\nHello.\n"


@pytest.fixture
def no_weights(tmp_path: Path) -> Settings:
    (tmp_path / "weights").mkdir()
    return Settings(whisper_model=str(tmp_path / "weights"))


def test_auto_is_pocketsphinx_where_there_are_no_weights_even_with_a_key(no_weights: Settings) -> None:
    assert choose_engine(no_weights).name == "pocketsphinx"
    with_key = no_weights.model_copy(
        update={"assemblyai_api_key": Settings(assemblyai_api_key="key").assemblyai_api_key}
    )
    assert choose_engine(with_key).name == "pocketsphinx"
    assert choose_engine(with_key, "assemblyai").name == "assemblyai"


def test_auto_is_whisper_where_its_weights_are(no_weights: Settings) -> None:
    pytest.importorskip("faster_whisper")
    (Path(no_weights.whisper_model) / "model.bin").write_bytes(b"")
    chosen = choose_engine(no_weights)
    assert (chosen.name, chosen.version.split()[1:]) == ("whisper", ["weights", "int8"])
    assert choose_engine(no_weights, "pocketsphinx").name == "pocketsphinx"


def test_captions_are_preferred_where_they_are_given(no_weights: Settings, tmp_path: Path) -> None:
    path = tmp_path / "captions.vtt"
    path.write_text(CAPTIONS, encoding="utf-8")
    assert choose_engine(no_weights, captions=path).name == "captions"
    assert choose_engine(no_weights, "pocketsphinx", captions=path).name == "pocketsphinx"
    with pytest.raises(InvalidRequestError, match="No captions were given"):
        choose_engine(no_weights, "captions")


def test_what_is_not_there_is_said(no_weights: Settings) -> None:
    with pytest.raises(TranscriptionKeyError):
        choose_engine(no_weights.model_copy(update={"transcription_method": "assemblyai"}))
    with pytest.raises(InvalidRequestError, match=", ".join(METHODS)):
        choose_engine(no_weights, "telepathy")
