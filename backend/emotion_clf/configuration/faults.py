"""What is wrong with the configuration, and what is only worth knowing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml
from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic_settings import SettingsError

from emotion_clf.config_file import SECTIONS
from emotion_clf.key_strength import is_weak
from emotion_clf.settings import LOOPBACK_HOSTS, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

_ALIKE: Final = 0.8
_NAMES: Final = tuple(Settings.model_fields)


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to say of the configuration.

    Attributes:
        fault: whether it has to be mended.
        sentence: what is so, and what to do.
    """

    fault: bool
    sentence: str


def remarks() -> list[Remark]:
    """Everything there is to say, faults first."""
    found = [Remark(fault=True, sentence=sentence) for sentence in (*_unknown_names(), *refusals())]
    try:
        settings = Settings()
    except (ValidationError, SettingsError):
        return found
    found += [Remark(fault=True, sentence=sentence) for sentence in _contradictions(settings)]
    return found + [Remark(fault=False, sentence=sentence) for sentence in _notes(settings)]


def refusals() -> list[str]:
    """Why the settings are refused, a sentence for each reason; none where they are not. No value is quoted."""
    try:
        Settings()
    except ValidationError as error:
        return [_sentence(dict(reason)) for reason in error.errors(include_url=False, include_input=False)]
    except SettingsError as error:
        return [f"{error}."]
    return []


def _sentence(reason: dict[str, Any]) -> str:
    said = str(reason["msg"]).removeprefix("Value error, ")
    name = ".".join(map(str, reason["loc"])).upper()
    return f"{name}: {said}." if name else f"{said}."


def _unknown_names() -> Iterator[str]:
    """Names nobody reads: all of config.yaml's, and those elsewhere that look like one of ours misspelt."""
    for name in _yaml_names():
        yield f"config.yaml: there is no setting '{name}'.{_meant(name)}"
    for name in _env_file_names():
        if _meant(name):
            yield f".env: there is no setting {name.upper()}.{_meant(name)}"
    for name in os.environ:
        meant = _meant(name)
        if name.lower() not in _NAMES and meant:
            yield f"environment: there is no setting {name}.{meant}"


def _meant(name: str) -> str:
    close = get_close_matches(name.lower(), _NAMES, n=1, cutoff=_ALIKE)
    return f" Did you mean {close[0].upper()}?" if close else ""


def _yaml_names() -> list[str]:
    path = Settings.model_config.get("yaml_file")
    if not isinstance(path, str | Path) or not Path(path).is_file():
        return []
    try:
        values = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return []  # the settings themselves are refused then
    known = {*_NAMES, *SECTIONS}
    return [str(name) for name in values if name not in known] if isinstance(values, dict) else []


def _env_file_names() -> list[str]:
    path = Settings.model_config.get("env_file")
    if not isinstance(path, str | Path) or not Path(path).is_file():
        return []
    return [name for name in dotenv_values(path) if name.lower() not in _NAMES]


def _contradictions(settings: Settings) -> Iterator[str]:
    """Settings that are fine each, and cannot do together."""
    if settings.https and not settings.proxy_hops:
        yield (
            "HTTPS is on but PROXY_HOPS is 0: the server speaks plain HTTP, so a proxy has to be in front, and its "
            "X-Forwarded-* are not believed. Set PROXY_HOPS to the number of proxies."
        )
    if settings.proxy_hops and not settings.https and not settings.listens_on_loopback:
        yield (
            "PROXY_HOPS is set but HTTPS is off: cookies are sent without encryption. Set HTTPS=true and have the "
            "proxy speak TLS."
        )
    if settings.web_threads <= settings.queue_size + 1:
        yield "WEB_THREADS is not more than QUEUE_SIZE + 1: while clips wait no page answers. Raise WEB_THREADS."
    if settings.event_streams >= settings.web_threads:
        yield "EVENT_STREAMS is not less than WEB_THREADS: open pages can take every thread. Lower EVENT_STREAMS."


def _lone(settings: Settings) -> Iterator[str]:
    """What several hosts with common recordings do not have in common."""
    if settings.media_url is None:
        return
    if settings.secret_key is None:
        yield "MEDIA_URL is set and SECRET_KEY is not: several hosts need the same one, or sign-ins hold on one alone."
    if settings.database_url is None:
        yield "MEDIA_URL is set and DATABASE_URL is not: several hosts need one database, such as PostgreSQL."
    if settings.broker_url is None:
        yield "MEDIA_URL is set and BROKER_URL is not: several hosts need one broker, such as Redis."
    if settings.rate_limit_storage == "memory://":
        yield "MEDIA_URL is set and RATE_LIMIT_STORAGE is not: each host counts requests for itself. Set it to Redis."


def _notes(settings: Settings) -> Iterator[str]:
    """What somebody may have overlooked."""
    yield from _lone(settings)
    if settings.secret_key is not None and is_weak(settings.secret_key):
        yield "SECRET_KEY can be guessed, so it will be refused on any address but loopback. Unset it, or make another."
    if not settings.listens_on_loopback and not settings.https:
        yield "HTTPS is off: what people send here can be read on its way. Put a proxy with TLS in front."
    if not settings.listens_on_loopback and not settings.trusted_hosts:
        yield 'TRUSTED_HOSTS is empty: any host name is answered. Set it, like TRUSTED_HOSTS=["emotions.example.org"].'
    if settings.metrics_port and settings.metrics_host not in {*LOOPBACK_HOSTS, "::1"}:
        yield "METRICS_HOST is not loopback: whoever in the private network reaches METRICS_PORT reads the metrics."
    if settings.call_agent_emotion:
        yield "CALL_AGENT_EMOTION is on: inferring employees' emotions is prohibited in the EU, but for few reasons."
    if settings.log_level == "DEBUG":
        yield "LOG_LEVEL is DEBUG: lines may quote what people sent. Set it back when you have found what you look for."
