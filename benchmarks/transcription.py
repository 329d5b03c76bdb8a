"""How many words the offline engine gets wrong on people: `python -m benchmarks.transcription`.

RAVDESS has two sentences, said by actors in eight emotions, so the true words are known from the file's name. Clips
are taken evenly from the sorted list. The recordings are not in this repository: `SPEECH_DATA` names their folder.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Final

from emotion_clf.audio import decode_path
from emotion_clf.settings import PROJECT_DIR
from emotion_clf.transcription import PocketSphinxEngine

RECORDINGS = Path(os.environ.get("SPEECH_DATA", PROJECT_DIR.parent / "shared" / "data" / "speech")) / "ravdess"
RESULT = PROJECT_DIR / "benchmarks" / "results" / "transcription.json"
SENTENCES: Final = {"01": "kids are talking by the door", "02": "dogs are sitting by the door"}
CLIPS: Final = 60
TIMEOUT_S: Final = 600.0


def word_errors(said: list[str], heard: list[str]) -> int:
    """Words to insert, delete or replace to get from one to the other."""
    costs = list(range(len(heard) + 1))
    for row, word in enumerate(said, start=1):
        diagonal, costs[0] = costs[0], row
        for column, other in enumerate(heard, start=1):
            replaced = diagonal + (word != other)
            diagonal = costs[column]
            costs[column] = min(costs[column] + 1, costs[column - 1] + 1, replaced)
    return costs[-1]


def main() -> None:
    """Transcribe the clips and write the result."""
    files = sorted(RECORDINGS.glob("03-01-*.flac")) or sorted(RECORDINGS.rglob("03-01-*.wav"))
    if not files:
        sys.exit("No RAVDESS recordings here. Set SPEECH_DATA to the folder in which ravdess/ lies.")
    step = max(len(files) // CLIPS, 1)
    # The clips at the start of each step helped to choose how much around an utterance is heard.
    chosen = files[step // 2 :: step][:CLIPS]
    engine = PocketSphinxEngine(TIMEOUT_S)
    errors = words = 0
    sound_s = work_s = 0.0
    for file in chosen:
        waveform = decode_path(file).waveform
        started = time.perf_counter()
        heard = engine.transcribe(waveform).text.split()
        work_s += time.perf_counter() - started
        sound_s += waveform.duration_s
        said = SENTENCES[file.stem.split("-")[4]].split()
        errors += word_errors(said, heard)
        words += len(said)
    result = {
        "pocketsphinx": {
            "version": engine.version,
            "recordings": "RAVDESS, two sentences",
            "clips": len(chosen),
            "speakers": len({file.stem.split("-")[6] for file in chosen}),
            "words": words,
            "word_error_rate": round(errors / words, 3),
            "real_time_factor": round(work_s / sound_s, 2),
        }
    }
    text = json.dumps(result, indent=2)
    RESULT.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
