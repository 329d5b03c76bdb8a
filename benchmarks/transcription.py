"""How many words Whisper gets wrong, and how fast it is, beside the naive way: `make bench-words`.

RAVDESS has two sentences, said by actors in eight emotions, so the true words are known from the file's name. Clips
are taken evenly from the sorted list. The recordings are not in this repository: `SPEECH_DATA` names their folder. Long
recordings are such clips one after the other, as 16-bit WAV, with a pause after each.

The naive way is transformers' Whisper in float32 over the recording in memory, 30 s at a time; its weights are the
same ones, fetched from the hub unless `WHISPER_FLOAT` names their folder, and it is left out where they cannot be had.
Every measurement of a long recording is a process of its own, which tells its greatest memory. Processor seconds are
those of all threads; they say more than the clock where the machine does other work too.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import soundfile

from benchmarks.calls import peak_mib
from emotion_clf.audio import SAMPLE_RATE_HZ, decode_path
from emotion_clf.audio.sound import as_pcm
from emotion_clf.settings import PROJECT_DIR, Settings
from emotion_clf.transcription import WhisperEngine, transcribe_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from emotion_clf.audio import Waveform

RECORDINGS = Path(os.environ.get("SPEECH_DATA", PROJECT_DIR.parent / "shared" / "data" / "speech")) / "ravdess"
RESULT = PROJECT_DIR / "benchmarks" / "results" / "transcription.json"
SENTENCES: Final = {"01": "kids are talking by the door", "02": "dogs are sitting by the door"}
CLIPS: Final = 60
MINUTES: Final = tuple(int(count) for count in os.environ.get("MINUTES", "2,10,60").split(","))
NAIVE_MINUTES: Final = 2
NAIVE_WEIGHTS: Final = os.environ.get("WHISPER_FLOAT", "openai/whisper-base")
PAUSE_SAMPLES: Final = SAMPLE_RATE_HZ // 2
WINDOW_SAMPLES: Final = 30 * SAMPLE_RATE_HZ
_S_PER_MIN: Final = 60


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


def plain(text: str) -> list[str]:
    """The words of a text, in lower case and without signs."""
    return re.sub(r"[^a-z' ]", " ", text.lower()).split()


def said_in(file: Path) -> list[str]:
    """The words of a clip."""
    return SENTENCES[file.stem.split("-")[4]].split()


def clips() -> list[Path]:
    """Clips taken evenly; those at the start of each step once helped to choose how much around speech is heard."""
    files = sorted(RECORDINGS.glob("03-01-*.flac")) or sorted(RECORDINGS.rglob("03-01-*.wav"))
    if not files:
        sys.exit("No RAVDESS recordings here. Set SPEECH_DATA to the folder in which ravdess/ lies.")
    step = max(len(files) // CLIPS, 1)
    return files[step // 2 :: step][:CLIPS]


def on_clips(hear: Callable[[Waveform], str], files: Sequence[Path]) -> dict[str, Any]:
    """Wrong words and speed on clips, one at a time."""
    errors = words = 0
    sound_s = work_s = processor_s = 0.0
    for file in files:
        waveform = decode_path(file).waveform
        started, began_s = time.perf_counter(), time.process_time()
        heard = plain(hear(waveform))
        work_s += time.perf_counter() - started
        processor_s += time.process_time() - began_s
        sound_s += waveform.duration_s
        errors += word_errors(said_in(file), heard)
        words += len(said_in(file))
    return {
        "clips": len(files),
        "words": words,
        "word_error_rate": round(errors / words, 3),
        "real_time_factor": round(work_s / sound_s, 3),
        "processor_s_per_s": round(processor_s / sound_s, 3),
    }


def write_long(target: Path, minutes: int) -> list[str]:
    """Write a recording of so many minutes; the words said in it."""
    words: list[str] = []
    with soundfile.SoundFile(target, "w", SAMPLE_RATE_HZ, 1, "PCM_16") as file:
        for clip in cycle(clips()):
            samples = decode_path(clip).waveform.samples
            if file.tell() + len(samples) + PAUSE_SAMPLES > minutes * _S_PER_MIN * SAMPLE_RATE_HZ:
                return words
            file.write(as_pcm(samples))
            file.write(as_pcm(samples[:1].repeat(PAUSE_SAMPLES) * 0))
            words += said_in(clip)
    return words


def ours(path: Path) -> str:
    """The product's way, from the file."""
    with tempfile.TemporaryDirectory() as folder:
        return transcribe_file(path, Settings(instance_dir=Path(folder)), language="en").text


def naive_hearer() -> Callable[[Waveform], str]:
    """The naive way, loaded."""
    import torch
    from transformers import WhisperForConditionalGeneration, WhisperProcessor

    torch.set_num_threads(Settings().model_threads)
    processor = WhisperProcessor.from_pretrained(NAIVE_WEIGHTS)
    model = WhisperForConditionalGeneration.from_pretrained(NAIVE_WEIGHTS)

    def hear(waveform: Waveform) -> str:
        texts = []
        for start in range(0, waveform.frames, WINDOW_SAMPLES):
            part = waveform.samples[start : start + WINDOW_SAMPLES]
            features = processor(part, sampling_rate=SAMPLE_RATE_HZ, return_tensors="pt").input_features
            with torch.inference_mode():
                tokens = model.generate(features, language="en", task="transcribe", num_beams=5)
            texts += processor.batch_decode(tokens, skip_special_tokens=True)
        return " ".join(texts)

    return hear


def naive(path: Path) -> str:
    """The naive way, from the file."""
    samples, _ = soundfile.read(path, dtype="float32")
    from emotion_clf.audio import Waveform

    return naive_hearer()(Waveform(samples))


def on_long(way: str, minutes: int) -> dict[str, Any]:
    """Wrong words, speed and memory on a long recording, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "talk.wav"
        words = write_long(path, minutes)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.transcription", way, str(path)],
            capture_output=True,
            text=True,
            check=True,
        )
        told = json.loads(done.stdout.splitlines()[-1])
        length_s = soundfile.info(path).duration
    return {
        "minutes": minutes,
        "seconds": round(told["seconds"], 1),
        "processor_s": round(told["processor_s"], 1),
        "real_time_factor": round(told["seconds"] / length_s, 3),
        "peak_mib": round(told["peak_mib"]),
        "word_error_rate": round(word_errors(words, plain(told["text"])) / len(words), 3),
    }


def measure(way: str, path: Path) -> None:
    """Go one way over one file, start and loading included, and print what it took."""
    started = time.perf_counter()
    text = {"ours": ours, "naive": naive}[way](path)
    seconds = time.perf_counter() - started
    told = {"seconds": seconds, "processor_s": time.process_time(), "peak_mib": peak_mib(), "text": text}
    print(json.dumps(told))


def main() -> None:
    """Measure and write the result."""
    if sys.argv[1:]:
        measure(sys.argv[1], Path(sys.argv[2]))
        return
    files = clips()
    engine = WhisperEngine(Settings())
    result: dict[str, Any] = {
        "recordings": "RAVDESS, two sentences",
        "speakers": len({file.stem.split("-")[6] for file in files}),
        "threads": Settings().model_threads,
        "whisper": {
            "version": engine.version,
            "language_given": on_clips(lambda sound: engine.transcribe(sound, language="en").text, files),
            "language_found_out": on_clips(lambda sound: engine.transcribe(sound).text, files),
            "long": [on_long("ours", minutes) for minutes in MINUTES],
        },
    }
    try:
        hear = naive_hearer()
    except OSError:
        print("The weights of the naive way cannot be had: it is left out.", file=sys.stderr)
    else:
        result["naive"] = {
            "what": "transformers, float32, beam of 5",
            "clips": on_clips(hear, files),
            "long": on_long("naive", NAIVE_MINUTES),
        }
    text = json.dumps(result, indent=2)
    RESULT.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
