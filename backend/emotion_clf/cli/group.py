"""The root of the command tree: commands of this package, and of those installed beside it."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

import click
from pydantic import ValidationError
from pydantic_settings import SettingsError

from emotion_clf.errors import EmotionError


class PluggedGroup(click.Group):
    """A group whose further commands come from the entry points of installed packages."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, sorted."""
        plugged = [point.name for point in entry_points(group="emotion_clf.commands")]
        return sorted({*super().list_commands(ctx), *plugged})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported only now where it is another package's."""
        found = super().get_command(ctx, cmd_name)
        if found is None:
            for point in entry_points(group="emotion_clf.commands", name=cmd_name):
                plugged: click.Command = point.load()
                return plugged
        return found

    def invoke(self, ctx: click.Context) -> Any:
        """Tell an error of ours in its one sentence."""
        try:
            return super().invoke(ctx)
        except EmotionError as error:
            raise click.ClickException(error.message) from error
        except (ValidationError, SettingsError):
            reasons = _refusals()
            if not reasons:
                raise
            raise click.ClickException("\n".join(["The settings are refused.", *reasons])) from None


def _refusals() -> list[str]:
    from emotion_clf.configuration import refusals

    return refusals()
