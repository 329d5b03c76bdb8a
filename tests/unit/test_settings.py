from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsError

from emotion_clf.settings import PROJECT_DIR, Settings, get_settings


def test_sources_come_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.yaml").write_text("port: 1111\nqueue_size: 1\nclip_max_s: 11\n", encoding="utf-8")
    (tmp_path / ".env").write_text("PORT=2222\nQUEUE_SIZE=2\nUNKNOWN=x\n", encoding="utf-8")
    monkeypatch.setitem(Settings.model_config, "yaml_file", tmp_path / "config.yaml")
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")
    monkeypatch.setenv("PORT", "3333")
    settings = Settings()
    assert (settings.port, settings.queue_size, settings.clip_max_s) == (3333, 2, 11)
    assert Settings(port=4444).port == 4444


def test_config_yaml_has_sections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.yaml").write_text(
        "port: 1111\n"
        "transcription:\n  method: whisper\n  timeout: 90\n"
        "classification:\n  confidence_threshold: 0.4\n  batch_size: 8\n",
        encoding="utf-8",
    )
    monkeypatch.setitem(Settings.model_config, "yaml_file", tmp_path / "config.yaml")
    settings = Settings()
    assert (settings.port, settings.transcription_method, settings.transcription_timeout_s) == (
        1111,
        "whisper",
        90,
    )
    assert (settings.classification_confidence_threshold, settings.classification_batch_size) == (0.4, 8)
    monkeypatch.setenv("CLASSIFICATION_BATCH_SIZE", "16")
    assert Settings().classification_batch_size == 16


def test_flat_names_work_beside_sections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.yaml").write_text(
        "transcription_timeout_s: 60\ntranscription:\nclassification_batch_size: 4\n", encoding="utf-8"
    )
    monkeypatch.setitem(Settings.model_config, "yaml_file", tmp_path / "config.yaml")
    assert (Settings().transcription_timeout_s, Settings().classification_batch_size) == (60, 4)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("classification:\n  batchsize: 8\n", "no 'batchsize' in the section 'classification'"),
        ("transcription: whisper\n", "'transcription' must be a section"),
        ("classification_batch_size: 2\nclassification:\n  batch_size: 8\n", "set twice"),
        ("transcription:\n  timeout: 5\n  timeout_s: 6\n", "set twice"),
    ],
)
def test_sections_that_make_no_sense_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str, sentence: str
) -> None:
    (tmp_path / "config.yaml").write_text(wrong, encoding="utf-8")
    monkeypatch.setitem(Settings.model_config, "yaml_file", tmp_path / "config.yaml")
    with pytest.raises(SettingsError, match=sentence):
        Settings()


def test_empty_variables_are_as_good_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("TRUSTED_HOSTS", "")
    assert Settings().database.startswith("sqlite:///")
    assert Settings().trusted_hosts == []


def test_lists_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_HOSTS", '["a.test", "b.test"]')
    assert Settings().answered_hosts == ["a.test", "b.test"]


@pytest.mark.parametrize(
    "wrong", [{"port": 0}, {"clip_min_s": 0}, {"secret_key": "short"}, {"log_level": "LOUD"}, {"queue_size": -1}]
)
def test_values_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("host", "loopback", "hosts"),
    [
        ("127.0.0.1", True, ["localhost", "127.0.0.1"]),
        ("localhost", True, ["localhost", "127.0.0.1"]),
        ("::1", True, None),
        ("0.0.0.0", False, None),  # noqa: S104
    ],
)
def test_who_is_answered(host: str, loopback: bool, hosts: list[str] | None) -> None:
    settings = Settings(host=host)
    assert (settings.listens_on_loopback, settings.answered_hosts) == (loopback, hosts)


def test_folders_are_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings(instance_dir=Path("here")).instance_dir == tmp_path / "here"


def test_settings_are_read_once_in_a_process() -> None:
    assert get_settings() is get_settings()


def test_every_setting_is_documented_with_its_default() -> None:
    text = (PROJECT_DIR / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]*) \|", text, flags=re.MULTILINE))
    assert set(rows) == {name.upper() for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        assert field.description
        assert field.description in text, (
            f"the description of {name.upper()} in docs/configuration.md is not the code's"
        )
        if isinstance(field.default, int | float | str):
            assert rows[name.upper()].strip() == f"`{field.default}`"


def test_pages_answer_while_clips_wait() -> None:
    assert Settings().web_threads > Settings().queue_size + 1


@pytest.mark.parametrize("wrong", [{"https": True}, {"host": "0.0.0.0"}])  # noqa: S104
def test_private_addresses_are_fetched_in_tests_only(wrong: dict[str, object]) -> None:
    assert Settings(fetch_allow_private_addresses=True).fetch_allow_private_addresses
    with pytest.raises(ValidationError, match="for tests"):
        Settings(fetch_allow_private_addresses=True, **wrong)  # type: ignore[arg-type]
