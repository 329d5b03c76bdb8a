"""One clip from file to answer, beside the naive way, in one run: `make bench`.

The naive way is what projects of this kind do: librosa.load, then transformers' HuBERT-large in float32, then the
head. Its weights are random here, since speed does not depend on them. Both ways take turns on the same clip, and what
is reported are medians and the median of the paired ratios.
"""

from __future__ import annotations

import json
import platform
import statistics
import time
from typing import TYPE_CHECKING

import librosa
import torch
from transformers import HubertConfig, HubertModel

from emotion_clf.audio import SAMPLE_RATE_HZ, assess, decode_path, hear
from emotion_clf.settings import PROJECT_DIR, get_settings
from emotion_clf.speech import ModelRegistry

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

CLIP = PROJECT_DIR / "static" / "samples" / "even.flac"
RESULT = PROJECT_DIR / "benchmarks" / "results" / "clips.json"
ROUNDS = 15


def hubert_large() -> HubertModel:
    """The architecture of facebook/hubert-large-ll60k."""
    config = HubertConfig(
        hidden_size=1024,
        num_hidden_layers=24,
        num_attention_heads=16,
        intermediate_size=4096,
        feat_extract_norm="layer",
        do_stable_layer_norm=True,
        conv_bias=True,
        feat_proj_layer_norm=True,
    )
    return HubertModel(config).eval()


def timed_ms(action: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    started = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - started)


def compare(ours: Callable[[], object], naive: Callable[[], object], rounds: int) -> dict[str, float]:
    """Medians of both, taking turns after one round that does not count, and of their paired ratio."""
    ours()
    naive()
    pairs = [(timed_ms(ours), timed_ms(naive)) for _ in range(rounds)]
    return {
        "ours_ms": round(statistics.median(pair[0] for pair in pairs), 2),
        "naive_ms": round(statistics.median(pair[1] for pair in pairs), 2),
        "naive_over_ours": round(statistics.median(pair[1] / pair[0] for pair in pairs), 2),
    }


def main() -> None:
    """Measure decoding, embedding, and the whole path, and write the result."""
    settings = get_settings()
    torch.set_num_threads(settings.model_threads)
    model = ModelRegistry(settings).get()
    hubert = hubert_large()
    waveform = decode_path(CLIP).waveform

    def embed_naive(samples: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return hubert(torch.from_numpy(samples[None])).last_hidden_state.mean(1)[0].numpy()

    def load_naive() -> np.ndarray:
        return librosa.load(CLIP, sr=SAMPLE_RATE_HZ)[0]

    def whole() -> None:
        sound = decode_path(CLIP).waveform
        heard = hear(sound)
        assess(heard)
        model.predict(heard.waveform)

    result = {
        "machine": {"processor": platform.machine(), "threads": settings.model_threads},
        "clip_s": round(waveform.duration_s, 2),
        "rounds": ROUNDS,
        "decode (ours: confined ffmpeg; naive: librosa.load)": compare(lambda: decode_path(CLIP), load_naive, ROUNDS),
        "embed (ours: embedded model; naive: HuBERT-large in float32)": compare(
            lambda: model.embed(waveform), lambda: embed_naive(waveform.samples), ROUNDS
        ),
        "file to answer": compare(whole, lambda: embed_naive(load_naive()), ROUNDS),
    }
    text = json.dumps(result, indent=2)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
