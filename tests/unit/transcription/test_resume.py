from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emotion_clf.audio import Waveform
from emotion_clf.errors import StorageError
from emotion_clf.settings import Settings
from emotion_clf.transcription import ChunkStore, Transcript, WhisperEngine, transcribe_in_chunks
from tests.support.sound import REPOSITORY
from tests.support.talk import talk

KILLED_AFTER_ONE = """
import sys, time
from pathlib import Path
from tests.support.talk import talk
from tests.unit.transcription.test_resume import Counting
from emotion_clf.transcription import ChunkStore, transcribe_in_chunks

class Waiting(ChunkStore):
    def put(self, key, transcript):
        super().put(key, transcript)
        print("one chunk is done", flush=True)
        time.sleep(60)

transcribe_in_chunks(Counting(), talk(), Waiting(Path(sys.argv[1])))
"""


class Counting(WhisperEngine):
    """The real engine in short chunks, counting them."""

    chunk_s = 3.0

    def __init__(self) -> None:
        super().__init__(Settings())
        self.calls = 0

    def transcribe(
        self,
        waveform: Waveform,
        *,
        language: str | None = None,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Transcript:
        self.calls += 1
        return super().transcribe(waveform, language=language, progress=progress, cancelled=cancelled)


def test_killed_work_goes_on_where_it_was_with_the_same_result(tmp_path: Path) -> None:
    engine = Counting()
    whole = transcribe_in_chunks(engine, talk(), ChunkStore(tmp_path / "other"))
    assert engine.calls > 1
    starts = [word.start_s for segment in whole.segments for word in segment.words]
    assert starts == sorted(starts)
    assert starts[-1] > talk().duration_s / 2
    assert len(whole.notes) == 2

    folder = tmp_path / "chunks"
    command = [sys.executable, "-c", KILLED_AFTER_ONE, str(folder)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "one chunk is done\n"
        child.kill()
    assert len(list(folder.iterdir())) == 1

    resumed = Counting()
    shares: list[float] = []
    assert transcribe_in_chunks(resumed, talk(), ChunkStore(folder), progress=shares.append) == whole
    assert resumed.calls == engine.calls - 1
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert list(folder.iterdir()) == []


def test_silence_is_a_transcript_without_words(tmp_path: Path) -> None:
    whole = transcribe_in_chunks(Counting(), Waveform(np.zeros(32_000, dtype=np.float32)), ChunkStore(tmp_path))
    assert (whole.segments, whole.language) == ((), None)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"segments": [{}], "notes": []}', '{"segments": 1, "notes": []}'])
def test_a_spoilt_chunk_counts_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "key.json").write_text(content, encoding="utf-8")
    assert ChunkStore(tmp_path).get("key") is None


def test_chunks_are_private_and_forgotten_in_time(tmp_path: Path) -> None:
    store = ChunkStore(tmp_path / "chunks")
    transcript = Transcript((), "en", "test", "1")
    store.put("old", transcript)
    store.put("new", transcript)
    assert store.get("old") == transcript
    assert (tmp_path / "chunks" / "old.json").stat().st_mode & 0o077 == 0
    long_ago = time.time() - 7200
    os.utime(tmp_path / "chunks" / "old.json", (long_ago, long_ago))
    store.forget_older_than(3600)
    assert store.get("old") is None
    assert store.get("new") == transcript


def test_a_store_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="ascii")
    with pytest.raises(StorageError, match="INSTANCE_DIR"):
        ChunkStore(tmp_path / "file" / "chunks").put("key", Transcript((), None, "test", "1"))
