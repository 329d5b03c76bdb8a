"""The settings' file `config.yaml`, in which some may stand in sections."""

from __future__ import annotations

from typing import Any

from pydantic_settings import SettingsError, YamlConfigSettingsSource
from yaml import YAMLError

SECTIONS = {
    "transcription": {
        "method": "transcription_method",
        "timeout": "transcription_timeout_s",
        "timeout_s": "transcription_timeout_s",
        "max_s": "transcription_max_s",
    },
    "calls": {
        "window_s": "call_window_s",
        "hop_s": "call_hop_s",
        "max_s": "call_max_s",
    },
    "classification": {
        "confidence_threshold": "classification_confidence_threshold",
        "batch_size": "classification_batch_size",
    },
}


class SectionedYaml(YamlConfigSettingsSource):
    """`config.yaml`: flat names as everywhere, and the sections of `SECTIONS`."""

    def _read_file(self, file_path: Any) -> dict[str, Any]:
        try:
            values = super()._read_file(file_path)
        except (OSError, UnicodeDecodeError, YAMLError) as error:
            mark = getattr(error, "problem_mark", None)
            where = "" if mark is None else f", see line {mark.line + 1}"
            raise SettingsError(f"config.yaml cannot be read as YAML{where}") from error
        if not isinstance(values, dict):
            raise SettingsError("config.yaml must hold names and values")
        return values

    def __call__(self) -> dict[str, Any]:
        """The values of the file by the settings' own names.

        Raises:
            SettingsError: a section is no section, holds a name it does not have, or sets what is set outside it too.
        """
        values = super().__call__()
        for section, names in SECTIONS.items():
            for name, value in _section(values.pop(section, None), section).items():
                if name not in names:
                    raise SettingsError(
                        f"config.yaml: there is no '{name}' in the section '{section}', only {', '.join(names)}"
                    )
                if names[name] in values:
                    raise SettingsError(f"config.yaml: '{names[name]}' is set twice, once in the section '{section}'")
                values[names[name]] = value
        return values


def _section(value: object, section: str) -> dict[str, Any]:
    """The names of a section; an empty one has none."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise SettingsError(f"config.yaml: '{section}' must be a section of names and values")
    return value
