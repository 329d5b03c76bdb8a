"""The command that gives a published bundle its reference: `emotion-clf reference BUNDLE …`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from emotion_clf.bundles import Reference

ROOM = Path(__file__).parents[1]


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True),
    required=True,
    help="What it learnt from: the folder of the clips, or of GoEmotions for a text bundle.",
)
@click.option(
    "--held-out",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=ROOM / "reports" / "embedded",
    show_default="ml_models/reports/embedded",
    help="Folder with held_out.csv of the run the bundle is of; a text bundle needs none.",
)
@click.option(
    "--embeddings",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("runs/reference.npz"),
    show_default=True,
    help="Where the clips' embeddings are kept; what is there already is used.",
)
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Processes, one core each.")
def reference(*, bundle: Path, data: Path, held_out: Path, embeddings: Path, workers: int) -> None:
    """Count what BUNDLE, a folder, learnt from, and put the counts into it; its other files stay as they are."""
    import json

    from emotion_clf.errors import EmotionError
    from emotion_clf.speech.manifest import Manifest
    from emotion_clf.text.manifest import TextManifest
    from ml_models.errors import TrainingDataError
    from ml_models.evaluation.reference import add_reference

    try:
        text = json.loads((bundle / "manifest.json").read_bytes()).get("kind") == "text"
        found = _of_text(bundle, data) if text else _of_speech(bundle, data, held_out, embeddings, workers)
        add_reference(bundle, found, TextManifest if text else Manifest)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{bundle} is no bundle: it has no readable manifest.json.") from error
    except (TrainingDataError, EmotionError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{bundle} has a reference: {sum(found.labels.values()):,} answers, {len(found.components)} components.")


def _of_speech(bundle: Path, data: Path, held_out: Path, embeddings: Path, workers: int) -> Reference:
    """The reference of a speech bundle, from the clips it learnt from and the held-out answers of its run."""
    from emotion_clf.settings import get_settings
    from emotion_clf.speech.manifest import Manifest
    from emotion_clf.speech.model import SpeechModel
    from ml_models.data.sources.table import read_table
    from ml_models.embedding import EmbedOptions, embed_clips, source_of_bundle
    from ml_models.evaluation.predictions import read_answers
    from ml_models.publishing.reference import label_set_of, learnt_from, speech_reference

    settings, manifest = get_settings(), Manifest.read(bundle)
    clips = read_table(data)
    chosen = learnt_from(clips, manifest)
    embeddings.parent.mkdir(parents=True, exist_ok=True)
    root = data if data.is_dir() else data.parent
    options = EmbedOptions(workers=workers, ffmpeg_path=settings.ffmpeg_path)
    found = embed_clips(clips, root, source_of_bundle(bundle, settings), embeddings, options)
    name = label_set_of(manifest).name
    answers = [answer for answer in read_answers(held_out) if answer.label_set == name]
    components = SpeechModel(bundle, settings).components(found.embeddings[chosen])
    return speech_reference(manifest.labels, answers, components)


def _of_text(bundle: Path, data: Path) -> Reference:
    """The reference of a text bundle, from its answers to texts it has not learnt from."""
    from ml_models.text.publishing import load_bundle
    from ml_models.text.reference import text_reference

    return text_reference(load_bundle(bundle), data)
