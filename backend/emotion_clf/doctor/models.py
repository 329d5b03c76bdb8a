"""The installed bundles: whether each loads and answers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ, Waveform
from emotion_clf.doctor.finding import Finding, finding
from emotion_clf.speech import ModelRegistry, SpeechModel
from emotion_clf.text.registry import TextModelRegistry

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_clf.settings import Settings

_RESTORE: Final = "Restore the folder from git, or publish the model again."


def speech_models(settings: Settings) -> list[Finding]:
    """Every installed speech bundle, and the default even where it is missing."""
    folders = ModelRegistry(settings).folders()
    findings = [_model(name, folder, settings) for name, folder in folders.items()]
    if settings.model not in folders:
        findings.append(
            Finding(
                f"model {settings.model}",
                ok=False,
                detail=f"not among the bundles in {settings.models_dir}",
                mend="Set MODEL to an installed bundle, or MODELS_DIR to the folder that holds it.",
            )
        )
    return findings


def _model(name: str, folder: Path, settings: Settings) -> Finding:
    def look() -> str:
        model = SpeechModel(folder, settings)
        noise = np.random.default_rng(0).normal(0, 0.01, SAMPLE_RATE_HZ).astype(np.float32)
        took_ms = model.predict(Waveform(noise)).embed_ms
        return f"version {model.manifest.version}, all files as published, answers in {took_ms:.0f} ms"

    return finding(f"model {name}", look, _RESTORE)


def text_models(settings: Settings) -> list[Finding]:
    """Every installed text bundle, and the default even where it is missing."""
    registry = TextModelRegistry(settings)
    names = list(registry.folders())
    findings = [_text_model(name, registry) for name in names]
    if settings.text_model not in names:
        findings.append(
            Finding(
                f"text model {settings.text_model}",
                ok=False,
                detail=f"not among the bundles in {settings.models_dir / 'text'}",
                mend="Set TEXT_MODEL to an installed bundle, or MODELS_DIR to the folder whose folder `text` holds it.",
            )
        )
    return findings


def _text_model(name: str, registry: TextModelRegistry) -> Finding:
    def look() -> str:
        model = registry.get(name)
        started = time.perf_counter()
        model.predict(["All is well."])
        took_ms = 1000 * (time.perf_counter() - started)
        return f"version {model.manifest.version}, all files as published, answers in {took_ms:.0f} ms"

    return finding(f"text model {name}", look, _RESTORE)
