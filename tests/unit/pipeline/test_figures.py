"""What is noted of each kind of answer, read back as Prometheus would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from emotion_clf import monitoring
from emotion_clf.audio import Waveform, open_audio
from emotion_clf.calls.timeline import Timeline, Window
from emotion_clf.monitoring import files
from emotion_clf.pipeline import ClipAnalyser
from emotion_clf.pipeline.call_requests import CallAnalysis
from emotion_clf.pipeline.figures import note_job
from emotion_clf.pipeline.live import hear_window
from emotion_clf.pipeline.texts import TextAnalyser
from emotion_clf.speech import ModelRegistry
from emotion_clf.text.registry import TextModelRegistry
from tests.support.bundles import LABELS
from tests.support.sound import SAMPLES, voice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from emotion_clf.settings import Settings


@pytest.fixture
def told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], dict[str, float]]]:
    """Every sample of this process, by its name and labels."""
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    monitoring.begin(settings, "web")

    def look() -> dict[str, float]:
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=str(files.folder(settings)))
        return {
            " ".join([sample.name.removeprefix("emotion_clf_"), *(v for _, v in sorted(sample.labels.items()))]): (
                sample.value
            )
            for family in registry.collect()
            for sample in family.samples
        }

    yield look
    monitoring.end()


def window(speaker: str, label: str | None, confidence: float = 0.0, *, uncertain: bool = False) -> Window:
    probabilities = None if label is None else {label: confidence}
    return Window(0.0, 3.0, speaker, 2.0, 0.0, label, probabilities, uncertain)


def test_of_a_call_only_what_was_judged_counts(told: Callable[[], dict[str, float]]) -> None:
    windows = (window("A", "angry", 0.75), window("A", "calm", 0.25, uncertain=True), window("B", None))
    timeline = Timeline(9.0, 3.0, 3.0, "voices", ("A", "B"), "A", False, ("angry", "calm"), (), windows, "tiny", "1")
    empty = np.zeros((3, 4), dtype=np.float32)
    note_job("call", CallAnalysis(timeline, empty, np.zeros((1, 72), dtype=np.uint8)))
    found = told()
    assert found["sound_seconds_total call"] == 9.0
    assert found["confidence_count call tiny"] == 2
    assert found["confidence_sum call tiny"] == 1.0
    answers = {name: value for name, value in found.items() if name.startswith("answers_total")}
    assert answers == {"answers_total call angry tiny no": 1, "answers_total call calm tiny yes": 1}


def test_a_live_window_is_noted(settings: Settings, told: Callable[[], dict[str, float]]) -> None:
    heard = hear_window(ModelRegistry(settings), Waveform(voice(2.0)))
    assert heard.prediction is not None
    assert told()["confidence_sum live tiny"] == pytest.approx(heard.prediction.confidence)


def test_a_clip_and_a_text_are_noted_with_the_time_each_stage_took(
    settings: Settings, told: Callable[[], dict[str, float]]
) -> None:
    with open_audio(SAMPLES / "even.flac") as source:
        heard = ClipAnalyser(ModelRegistry(settings), settings).analyse(source)
    read = TextAnalyser(TextModelRegistry(settings), settings).analyse("I am glad. Are you?")
    found = told()
    assert found["sound_seconds_total clip"] == pytest.approx(heard.analysis.duration_s)
    assert found["confidence_sum clip tiny"] == pytest.approx(heard.analysis.prediction.confidence)
    assert heard.analysis.prediction.label in LABELS
    assert found["confidence_count text tiny"] == len(read.sentences) == 2
    for stage in ("decode", "embed", "classify", "text"):
        model = "none" if stage == "decode" else "tiny"
        assert found[f"stage_duration_seconds_count {model} {stage}"] == 1
        assert found[f"stage_duration_seconds_sum {model} {stage}"] > 0
