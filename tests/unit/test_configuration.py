from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from emotion_clf.cli import main
from emotion_clf.configuration.values import shown
from emotion_clf.key_strength import is_weak
from emotion_clf.settings import Settings, get_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

STRONG = secrets.token_hex(32)
WEAK = [
    "a" * 64,
    "changeme" * 5,
    "0123456789" * 4,
    "please-replace-me-with-something-else-1Q",
    "my-super-SECRET-key-of-the-year-2026-xyz",
    "aabbaabbabababbaabbabaabbabaabbaab",
]


@pytest.fixture(autouse=True)
def _settings_are_read_anew() -> Iterator[None]:
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose config.yaml and .env are read."""
    monkeypatch.setitem(Settings.model_config, "yaml_file", tmp_path / "config.yaml")
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")
    return tmp_path


def config(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["config", *arguments])


def test_show_says_where_each_value_comes_from(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (files / "config.yaml").write_text("port: 1111\nqueue_size: 1\ncalls:\n  hop_s: 2\n", encoding="utf-8")
    (files / ".env").write_text("PORT=2222\nLOG_LEVEL=ERROR\n", encoding="utf-8")
    monkeypatch.setenv("PORT", "3333")
    done = config("show", "--json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert list(found) == [name.upper() for name in Settings.model_fields]
    assert found["PORT"] == {"value": 3333, "from": "environment"}
    assert found["LOG_LEVEL"] == {"value": "ERROR", "from": ".env"}
    assert found["QUEUE_SIZE"] == {"value": 1, "from": "config.yaml"}
    assert found["CALL_HOP_S"] == {"value": 2.0, "from": "config.yaml"}
    assert found["CLIP_MAX_S"] == {"value": 30.0, "from": "default"}
    lines = config("show").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(found)
    assert ["PORT", "environment", "3333"] in [line.split() for line in lines]


def test_show_masks_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", STRONG)
    monkeypatch.setenv("ASSEMBLYAI_API_KEY", "planted-api-key")
    monkeypatch.setenv("DATABASE_URL", "postgresql://ada:planted-p@ss@host/name?sslpassword=planted-q&sslmode=require")
    monkeypatch.setenv("BROKER_URL", "redis://:planted-redis@host:6379/0")
    for done in (config("show"), config("show", "--json")):
        assert done.exit_code == 0
        assert "planted" not in done.stdout
        assert STRONG not in done.stdout
        assert "postgresql://ada:********@host/name?sslpassword=********&sslmode=require" in done.stdout
        assert "redis://:********@host:6379/0" in done.stdout


def test_every_setting_that_sounds_secret_is_masked() -> None:
    for name in Settings.model_fields:
        if any(word in name for word in ("key", "secret", "password", "token")):
            assert shown(name, "planted") == "********"


def test_check_is_content_with_the_defaults() -> None:
    done = config("check")
    assert (done.exit_code, done.stdout) == (0, "No fault.\n")


def test_check_finds_names_nobody_reads(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (files / "config.yaml").write_text("porrt: 1\nsomething_else: 2\nclip_max_s: 3\n", encoding="utf-8")
    (files / ".env").write_text("CALL_WINDOWS_S=3\nSOMEBODY_ELSES=1\n", encoding="utf-8")
    monkeypatch.setenv("QUEUE_SIZ", "3")
    done = config("check")
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "FAULT config.yaml: there is no setting 'porrt'. Did you mean PORT?",
        "FAULT config.yaml: there is no setting 'something_else'.",
        "FAULT .env: there is no setting CALL_WINDOWS_S. Did you mean CALL_WINDOW_S?",
        "FAULT environment: there is no setting QUEUE_SIZ. Did you mean QUEUE_SIZE?",
    ]


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"PORT": "0"}, "PORT: Input should be greater than or equal to 1"),
        ({"HTTPS": "true"}, "PROXY_HOPS is 0"),
        ({"HOST": "0.0.0.0", "PROXY_HOPS": "1"}, "HTTPS is off"),  # noqa: S104
        ({"WEB_THREADS": "9"}, "WEB_THREADS"),
        ({"EVENT_STREAMS": "99"}, "EVENT_STREAMS"),
        ({"HOST": "0.0.0.0", "SECRET_KEY": WEAK[0]}, "SECRET_KEY can be guessed"),  # noqa: S104
        ({"MEDIA_URL": "/srv/recordings"}, "MEDIA_URL: String should match"),
        ({"MEDIA_URL": "s3://emotions", "MEDIA_ENDPOINT": "http://minio:9000"}, "MEDIA_ALLOW_HTTP=true"),
        ({"MEDIA_ACCESS_KEY_ID": "somebody"}, "MEDIA_SECRET_ACCESS_KEY belong together"),
        ({"WORKER_KINDS": "[]"}, "WORKER_KINDS"),
        ({"WORKER_KINDS": '["films"]'}, "WORKER_KINDS"),
    ],
)
def test_check_has_a_sentence_for_each_fault(
    environment: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    done = config("check")
    assert done.exit_code == 1
    faults = [line for line in done.stdout.splitlines() if line.startswith("FAULT")]
    assert len(faults) == 1
    assert sentence in faults[0]


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"HOST": "0.0.0.0"}, ["HTTPS is off", "TRUSTED_HOSTS"]),  # noqa: S104
        ({"SECRET_KEY": WEAK[0]}, ["SECRET_KEY"]),
        ({"METRICS_HOST": "0.0.0.0"}, ["METRICS_HOST"]),  # noqa: S104
        ({"CALL_AGENT_EMOTION": "true"}, ["CALL_AGENT_EMOTION"]),
        ({"LOG_LEVEL": "DEBUG"}, ["LOG_LEVEL"]),
        ({"MEDIA_URL": "s3://a-bucket"}, ["SECRET_KEY", "DATABASE_URL", "BROKER_URL", "RATE_LIMIT_STORAGE"]),
        (
            {
                "MEDIA_URL": "s3://a-bucket/and/prefix/",
                "SECRET_KEY": STRONG,
                "DATABASE_URL": "postgresql://host/name",
                "BROKER_URL": "redis://host",
                "RATE_LIMIT_STORAGE": "redis://host",
            },
            [],
        ),
    ],
)
def test_what_is_only_worth_knowing_is_no_fault(
    environment: dict[str, str], words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    done = config("check")
    assert done.exit_code == 0
    notes = [line for line in done.stdout.splitlines() if line.startswith("note")]
    assert len(notes) == len(words)
    assert all(word in note for word, note in zip(words, notes, strict=True))


@pytest.mark.parametrize("key", WEAK)
def test_a_weak_secret_is_refused_where_others_can_reach_the_server(key: str) -> None:
    assert is_weak(key)
    assert Settings(secret_key=key).secret_key == key
    for exposed in ({"host": "0.0.0.0"}, {"https": True}):  # noqa: S104
        with pytest.raises(ValidationError, match="can be guessed") as refused:
            Settings(secret_key=key, **exposed)  # type: ignore[arg-type]
        assert key not in str(refused.value)


def test_random_keys_are_strong() -> None:
    for _ in range(500):
        assert not is_weak(secrets.token_hex(16))
        assert not is_weak(secrets.token_urlsafe(32))
    assert Settings(secret_key=STRONG, https=True).secret_key == STRONG


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a: [\n", "cannot be read as YAML, see line 2"),
        ("- 1\n", "must hold names and values"),
        ("calls: 3\n", "'calls' must be a section"),
    ],
)
def test_every_command_refuses_wrong_settings_in_a_sentence(files: Path, content: str, sentence: str) -> None:
    (files / "config.yaml").write_text(content, encoding="utf-8")
    assert sentence in config("check").stdout
    for command in (["config", "show"], ["db", "upgrade"]):
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 1
        assert isinstance(done.exception, SystemExit)
        assert sentence in done.stderr
