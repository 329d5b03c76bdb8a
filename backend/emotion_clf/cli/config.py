"""`config`: what is set, where that comes from, and what is wrong with it."""

from __future__ import annotations

import json
import sys

import click

from emotion_clf.settings import get_settings


@click.group()
def config() -> None:
    """The settings in force; docs/configuration.md describes each one."""


@config.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object: name → value and origin.")
def show(*, as_json: bool) -> None:
    """Show every setting with its value and where it comes from; secrets are masked."""
    from emotion_clf.configuration import in_force

    found = in_force(get_settings())
    if as_json:
        click.echo(json.dumps({one.name: {"value": one.value, "from": one.origin} for one in found}, indent=2))
        return
    name_width = max(len(one.name) for one in found)
    origin_width = max(len(one.origin) for one in found)
    for one in found:
        value = "" if one.value is None else one.value if isinstance(one.value, str) else json.dumps(one.value)
        click.echo(f"{one.name:<{name_width}}  {one.origin:<{origin_width}}  {value}".rstrip())


@config.command()
def check() -> None:
    """Say what is wrong with the settings, a sentence for each fault; the exit status is 1 where there is one."""
    from emotion_clf.configuration import remarks

    found = remarks()
    for remark in found:
        click.echo(f"{'FAULT' if remark.fault else 'note '} {remark.sentence}")
    if any(remark.fault for remark in found):
        sys.exit(1)
    click.echo("No fault.")
