"""What is set, and where that comes from; secrets are never shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import SecretStr
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

from emotion_clf.config_file import SectionedYaml
from emotion_clf.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

Origin = Literal["environment", ".env", "config.yaml", "default"]

MASK: Final = "********"
_SECRET: Final = re.compile(r"key|password|secret|token")
_PASSWORD_IN_URL: Final = re.compile(r"(?<=://)([^:/@\s]*):[^/\s]*@")
_PASSWORD_IN_QUERY: Final = re.compile(r"(?i)([?&][^=&]*(?:key|password|secret|token)[^=&]*=)[^&]*")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting in force.

    Attributes:
        name: the environment variable.
        value: fit to be shown; None where it is unset.
        origin: where it was found.
    """

    name: str
    value: Any
    origin: Origin


def sources() -> dict[Origin, Mapping[str, Any]]:
    """What each source sets, by the settings' names in lower case, the strongest first.

    Raises:
        SettingsError: a file or a value cannot be read.
    """
    return {
        "environment": EnvSettingsSource(Settings)(),
        ".env": DotEnvSettingsSource(Settings)(),
        "config.yaml": SectionedYaml(Settings)(),
    }


def in_force(settings: Settings) -> list[Setting]:
    """Every setting, in the order of the documentation."""
    known = sources()
    return [
        Setting(name.upper(), shown(name, getattr(settings, name)), _origin(name, known))
        for name in Settings.model_fields
    ]


def shown(name: str, value: Any) -> Any:
    """A value as it may be shown to somebody who looks over the operator's shoulder, and be written as JSON."""
    if value is None:
        return None
    if isinstance(value, SecretStr) or _SECRET.search(name):
        return MASK
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, str):
        return _PASSWORD_IN_QUERY.sub(rf"\1{MASK}", _PASSWORD_IN_URL.sub(rf"\1:{MASK}@", value))
    return value


def _origin(name: str, known: Mapping[Origin, Mapping[str, Any]]) -> Origin:
    return next((origin for origin, values in known.items() if name in values), "default")
