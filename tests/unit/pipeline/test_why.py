"""Explanations stand at the times of the recording, however much of it was heard."""

from __future__ import annotations

import io
import tempfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from emotion_clf.audio import SAMPLE_RATE_HZ
from emotion_clf.pipeline.why import WhyAnalyser
from emotion_clf.speech import ModelRegistry
from tests.support.bundles import LABELS
from tests.support.sound import voice

if TYPE_CHECKING:
    from emotion_clf.settings import Settings


@pytest.mark.parametrize(("before_s", "max_s"), [(0.0, 30.0), (4.0, 30.0), (13.0, 5.0)])
def test_stretches_cover_the_recording_and_only_speech_has_effect(
    settings: Settings, before_s: float, max_s: float
) -> None:
    settings = settings.model_copy(update={"clip_max_s": max_s})
    sound = np.concatenate([np.zeros(round(before_s * SAMPLE_RATE_HZ)), voice(1.5), np.zeros(2 * SAMPLE_RATE_HZ)])
    content = io.BytesIO()
    soundfile.write(content, sound, SAMPLE_RATE_HZ, format="FLAC")
    with tempfile.TemporaryFile() as source:
        source.write(content.getvalue())
        source.flush()
        found = WhyAnalyser(ModelRegistry(settings), settings).of_file(source, model="tiny", label=LABELS[0])
    assert (found.start_s[1:] == found.end_s[:-1]).all()
    assert (found.end_s > found.start_s).all()
    assert found.end_s[-1] == pytest.approx(before_s + 3.5, abs=0.1)
    assert found.start_s[0] == (0.0 if max_s > before_s else pytest.approx(before_s, abs=0.5))
    outside = (found.end_s < before_s - 0.5) | (found.start_s > before_s + 2.1)
    assert not found.effect[outside].any()
    assert found.effect[~outside].any()
