"""Sentences a minute and the wait for one, beside the naive way, in one run: `make bench-text`.

The naive way is what projects of this kind do: a BERT-base in float32 through transformers, one sentence at a time. Its
weights are random here, since speed does not depend on them. A second naive way runs our own encoder's architecture in
torch, one sentence at a time, to tell what the smaller model brings from what the way of serving it brings. All read
the same sentences with the same tokens, on the same number of processor threads, taking turns; medians are reported,
and the median of the paired ratios. 82 sentences a minute is what a project of this kind states for itself.
"""

from __future__ import annotations

import json
import platform
import resource
import statistics
import time
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from emotion_clf.pipeline.texts import TextAnalyser
from emotion_clf.settings import PROJECT_DIR, get_settings
from emotion_clf.text.registry import TextModelRegistry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from emotion_clf.text.manifest import TextManifest

RESULT = PROJECT_DIR / "benchmarks" / "results" / "text.json"
ROUNDS: Final = 5
SENTENCES: Final = 1000
NAIVE_SENTENCES: Final = 30
SINGLE: Final = 200
SEED: Final = 3
STATED_A_MINUTE: Final = 82
KILO: Final = 1024
# What each sentence of the long text is made from; lengths are those of everyday talk.
STARTS: Final = (
    "I told you",
    "We waited there",
    "She says",
    "Honestly,",
    "You know,",
    "It turned out",
    "Nobody",
    "They",
)
MIDDLES: Final = (
    "that the train was late again and nobody bothered to say a word about it",
    "that this is the best news I have had all year",
    "never called me back",
    "we are moving to the coast in spring, with the two dogs and all of her books",
    "was not what I expected at all",
    "scared me more than I would like to admit",
    "it is Tuesday",
    "kept apologising for something that was hardly their fault",
)
ENDS: Final = (".", "!", "?", ", thank you so much.", ", and I am still angry.", "...", ", I suppose.", " :)")


def long_text(count: int) -> list[str]:
    """Sentences, most of them different."""
    generator = np.random.default_rng(SEED)
    parts = [generator.integers(0, len(part), count) for part in (STARTS, MIDDLES, ENDS)]
    return [f"{STARTS[start]} {MIDDLES[middle]}{ENDS[end]}" for start, middle, end in zip(*parts, strict=True)]


def naive(config: BertConfig, tokenizer: Tokenizer) -> Callable[[Sequence[str]], None]:
    """One sentence at a time through a model of that shape, with a head on the first token."""
    model = BertModel(config, add_pooling_layer=False).eval()
    head = torch.nn.Linear(config.hidden_size, 7)

    def read(sentences: Sequence[str]) -> None:
        for sentence in sentences:
            ids = torch.tensor([tokenizer.encode(sentence).ids])
            with torch.no_grad():
                head(model(input_ids=ids).last_hidden_state[:, 0]).softmax(-1).numpy()

    return read


def same_shape(manifest: TextManifest) -> BertConfig:
    """The architecture of all-MiniLM-L6-v2, from which the embedded encoder is made."""
    width = manifest.encoder.dim // 2  # a vector is two means of the states
    return BertConfig(
        hidden_size=width, num_hidden_layers=6, num_attention_heads=12, intermediate_size=4 * width, vocab_size=30522
    )


def per_minute(action: Callable[[], object], count: int) -> float:
    """Sentences a minute of one call that reads `count` of them."""
    started = time.perf_counter()
    action()
    return 60 * count / (time.perf_counter() - started)


def resident_mb() -> float:
    """The most memory this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILO


def main() -> None:
    """Measure all ways in turns, and one sentence after another, and write the result."""
    settings = get_settings()
    torch.set_num_threads(settings.model_threads)
    registry = TextModelRegistry(settings)
    analyser = TextAnalyser(registry, settings)
    manifest = registry.manifest(registry.default_name)
    before_mb = resident_mb()
    sentences = long_text(SENTENCES)
    text = " ".join(sentences)
    count = len(analyser.analyse(text).sentences)
    used_mb = resident_mb() - before_mb
    tokenizer = Tokenizer.from_file(str(registry.folders()[manifest.name] / manifest.tokenizer))
    tokenizer.no_padding()
    base, small = naive(BertConfig(), tokenizer), naive(same_shape(manifest), tokenizer)
    some = sentences[:NAIVE_SENTENCES]
    base(some[:2]), small(some[:2])
    rounds = [
        (
            per_minute(lambda: analyser.analyse(text), count),
            per_minute(lambda: base(some), NAIVE_SENTENCES),
            per_minute(lambda: small(some), NAIVE_SENTENCES),
        )
        for _ in range(ROUNDS)
    ]
    waits_ms = [60_000 / per_minute(lambda s=sentence: analyser.analyse(s), 1) for sentence in sentences[:SINGLE]]
    result = {
        "machine": {"processor": platform.machine(), "threads": settings.model_threads},
        "model": {"name": manifest.name, "version": manifest.version},
        "sentences": {"ours": count, "naive": NAIVE_SENTENCES},
        "words_a_sentence": round(statistics.mean(len(sentence.split()) for sentence in sentences), 1),
        "rounds": ROUNDS,
        "sentences_a_minute": {
            "ours": round(statistics.median(ours for ours, _, _ in rounds)),
            "naive BERT-base, float32": round(statistics.median(value for _, value, _ in rounds)),
            "naive MiniLM, float32": round(statistics.median(value for _, _, value in rounds)),
        },
        "ours_over_naive_bert_base": round(statistics.median(ours / value for ours, value, _ in rounds), 1),
        "ours_over_naive_minilm": round(statistics.median(ours / value for ours, _, value in rounds), 1),
        "ours_over_stated_82": round(statistics.median(ours for ours, _, _ in rounds) / STATED_A_MINUTE, 1),
        "one_sentence_ms": {
            "median": round(statistics.median(waits_ms), 2),
            "p95": round(float(np.percentile(waits_ms, 95)), 2),
        },
        "memory_mb": {"model and 1000 sentences": round(used_mb)},
    }
    shown = json.dumps(result, indent=2)
    RESULT.write_text(shown + "\n", encoding="utf-8")
    print(shown)


if __name__ == "__main__":
    main()
