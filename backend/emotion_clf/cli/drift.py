"""`drift`: what the models met, beside what they learnt from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from emotion_clf.settings import get_settings

if TYPE_CHECKING:
    from emotion_clf.storage import ModelDrift


@click.command()
@click.option(
    "--days", type=click.IntRange(min=1), default=7, show_default=True, help="How many, today included (UTC)."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for each model and kind of answers.")
def drift(*, days: int, as_json: bool) -> None:
    """Tell how far what the models answer has moved from what they learnt from."""
    from emotion_clf.speech import ModelRegistry
    from emotion_clf.storage import Database, DriftWatch, ObservationStore
    from emotion_clf.text.registry import TextModelRegistry

    settings = get_settings()
    database = Database(settings.database)
    try:
        database.upgrade()
        store = ObservationStore(database, settings)
        found = DriftWatch(store, ModelRegistry(settings), TextModelRegistry(settings)).report(days)
    finally:
        database.dispose()
    for each in found:
        click.echo(json.dumps(each.as_dict()) if as_json else _line(each))


def _line(found: ModelDrift) -> str:
    head = f"{found.model} {found.version}, {found.kind}: "
    if found.measures is None or found.seen is None:
        return head + found.missing
    told = ", ".join(
        f"{name} {drift.verdict} (PSI {drift.psi:.2f}, chance below {drift.noise:.2f})"
        for name, drift in found.measures.named.items()
    )
    return f"{head}{told}; {found.seen.answers:,} answers"
