from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from emotion_clf.audio import Waveform
from emotion_clf.errors import EngineMissingError
from emotion_clf.settings import Settings
from emotion_clf.transcription import WhisperEngine
from tests.support.sound import REPOSITORY

pytest.importorskip("faster_whisper")
NOBODY = "nobody-has-this/model-0"


def engine(model: Path | str, **values: object) -> WhisperEngine:
    return WhisperEngine(Settings(**{"whisper_model": str(model), **values}))


def test_a_folder_that_is_not_there_or_empty_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(EngineMissingError, match="does not exist"):
        engine(tmp_path / "gone")
    with pytest.raises(EngineMissingError, match=r"holds no model\.bin"):
        engine(tmp_path)


def test_weights_that_are_no_weights_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"nothing")
    with pytest.raises(EngineMissingError, match="cannot be loaded") as spoilt:
        engine(tmp_path).transcribe(Waveform(np.zeros(16_000, dtype=np.float32)))
    assert str(tmp_path) not in spoilt.value.message


def test_a_name_that_is_none_is_one_sentence() -> None:
    with pytest.raises(EngineMissingError, match="neither a folder, nor a size"):
        engine("mediocre")
    with pytest.raises(EngineMissingError, match="neither a folder, nor a size"):
        engine("owner/..")


def test_without_weights_and_with_the_hub_forbidden_the_sentence_names_both_settings() -> None:
    with pytest.raises(EngineMissingError, match="HUB_OFFLINE") as offline:
        engine(NOBODY, hub_offline=True)
    assert "WHISPER_MODEL" in offline.value.message


def test_without_a_network_there_is_one_sentence(tmp_path: Path) -> None:
    program = f"""
import numpy
from emotion_clf.audio import Waveform
from emotion_clf.errors import EngineMissingError
from emotion_clf.settings import Settings
from emotion_clf.transcription import WhisperEngine
try:
    WhisperEngine(Settings(whisper_model={NOBODY!r})).transcribe(Waveform(numpy.zeros(16_000, dtype="float32")))
except EngineMissingError as error:
    print(error.message)
"""
    environment = {**os.environ, "HF_HOME": str(tmp_path), "HF_ENDPOINT": "http://127.0.0.1:9"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"The weights of Whisper '{NOBODY}' are not on this machine and cannot be fetched.")


def test_the_names_we_use_are_those_of_the_library() -> None:
    import inspect

    library = importlib.import_module("faster_whisper.transcribe")
    assert {"language", "word_timestamps", "vad_filter"} <= set(
        inspect.signature(library.WhisperModel.transcribe).parameters
    )
    assert {"device", "compute_type", "cpu_threads", "local_files_only"} <= set(
        inspect.signature(library.WhisperModel.__init__).parameters
    )
    assert {"start", "end", "word", "probability"} <= set(library.Word.__dataclass_fields__)
    assert {"start", "end", "text", "words"} <= set(library.Segment.__dataclass_fields__)
    assert {"language", "language_probability"} <= set(library.TranscriptionInfo.__dataclass_fields__)
