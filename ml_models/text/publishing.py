"""A trained bundle → scores, card, report: what the product serves and the repository keeps."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.bundles import CARD_NAME, MANIFEST_NAME
from emotion_clf.settings import get_settings
from emotion_clf.text.manifest import TextManifest
from emotion_clf.text.model import TextModel
from ml_models.errors import TrainingDataError
from ml_models.text.card import model_card

if TYPE_CHECKING:
    from pathlib import Path


METRICS_NAME: Final = "metrics.json"


def load_bundle(folder: Path) -> TextModel:
    """A bundle as the product loads it.

    Raises:
        ModelError: it cannot be used.
    """
    from emotion_clf.bundles import Graphs

    settings = get_settings()
    return TextModel(folder, settings, Graphs(settings.model_threads))


def write_scores(folder: Path, figures: dict[str, Any]) -> TextManifest:
    """Write the scores into a bundle: its card, and the ones the models page shows into its manifest.

    Args:
        folder: the bundle.
        figures: as `evaluating.evaluate` gives them.
    """
    manifest = TextManifest.read(folder)
    fields = manifest.model_dump(exclude={"files"}) | {"scores": headline(figures)}
    (folder / CARD_NAME).write_text(model_card(manifest, figures, size_bytes(folder)), encoding="utf-8")
    return TextManifest.write(folder, fields)


def headline(figures: dict[str, Any]) -> dict[str, Any]:
    """The few figures a list of models has room for."""
    test = figures["goemotions_test"]
    found = {
        "goemotions_ekman_macro_f1": test["ekman"]["macro_f1"],
        "goemotions_28_macro_f1": test["labels_28"]["macro_f1"],
        "goemotions_accuracy": test["one_emotion"]["accuracy"],
        "goemotions_ece": test["one_emotion"]["ece"],
    }
    if "meld_dev" in figures:
        found |= {
            "meld_accuracy": figures["meld_dev"]["within_turns"]["accuracy"],
            "meld_macro_f1": figures["meld_dev"]["within_turns"]["macro_f1"],
        }
    return found


def size_bytes(folder: Path) -> int:
    """Bytes of everything that is served, the card and the manifest left out."""
    return sum(
        path.stat().st_size
        for path in folder.iterdir()
        if path.is_file() and path.name not in {CARD_NAME, MANIFEST_NAME}
    )


def publish(run: Path, models: Path, reports: Path) -> Path:
    """Copy a run's bundle where the product looks for text models, and its figures where the repository keeps them.

    Args:
        run: holds `bundle/` and `metrics.json`.
        models: folder of the models; text bundles lie in its `text`.
        reports: folder of the reports.

    Returns:
        The published bundle.

    Raises:
        TrainingDataError: the run has not been scored.
        ModelError: the bundle does not load and answer.
    """
    source, figures = run / "bundle", run / METRICS_NAME
    if not (source / MANIFEST_NAME).is_file() or not figures.is_file():
        raise TrainingDataError(f"{run} holds no scored bundle: run `emotion-clf text train` to its end.")
    load_bundle(source).predict(["This is wonderful news!"])
    manifest = TextManifest.read(source)
    target = models / "text" / manifest.name
    arriving = target.with_name(f".{target.name}.arriving")
    shutil.rmtree(arriving, ignore_errors=True)
    shutil.copytree(source, arriving)
    shutil.rmtree(target, ignore_errors=True)
    arriving.rename(target)
    report = reports / run.name
    report.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(figures, report / METRICS_NAME)
    return target


def write_metrics(run: Path, figures: dict[str, Any]) -> None:
    """Keep all figures of a run."""
    (run / METRICS_NAME).write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
