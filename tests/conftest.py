from __future__ import annotations

import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from emotion_clf.settings import PROJECT_DIR, Settings
from emotion_clf.storage import Database
from emotion_clf.web import create_app
from tests.support.bundles import make_onnx_bundle
from tests.support.text_bundles import make_text_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient


@pytest.fixture(autouse=True)
def _no_foreign_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No .env or config.yaml of the developer reaches a test, and no test reaches the developer's instance."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("INSTANCE_DIR", str(tmp_path / "instance"))
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    monkeypatch.setitem(Settings.model_config, "yaml_file", None)


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with one tiny bundle for speech and one for text; treat it as read-only."""
    folder = tmp_path_factory.mktemp("models")
    make_onnx_bundle(folder / "tiny")
    make_text_bundle(folder / "text", "tiny")
    return folder


@pytest.fixture(scope="session")
def text_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with one tiny text bundle, named `tiny`; treat it as read-only."""
    folder = tmp_path_factory.mktemp("text-models")
    make_text_bundle(folder / "text", "tiny")
    return folder


@pytest.fixture
def embedded_settings() -> Settings:
    """The product as it ships, with its own bundle."""
    return Settings(models_dir=PROJECT_DIR / "ml_models" / "models")


@pytest.fixture
def settings(tiny_models: Path) -> Settings:
    """The product over the tiny bundles."""
    return Settings(models_dir=tiny_models, model="tiny", text_model="tiny")


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """A migrated application over the tiny bundle."""
    with running(settings) as app:
        yield app


def migrate(settings: Settings) -> None:
    """Where there is no database yet, put one without rows: a copy of one, for migrating takes longer."""
    if not settings.database.startswith("sqlite:"):
        migrated = Database(settings.database)
        migrated.upgrade()
        migrated.dispose()
        return
    path = Path(settings.database.removeprefix("sqlite:///"))
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(_empty_database())


@cache
def _empty_database() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "empty.sqlite3")
        database = Database(f"sqlite:///{path}")
        database.upgrade()
        database.dispose()
        return path.read_bytes()


@contextmanager
def running(settings: Settings) -> Iterator[Flask]:
    """A migrated application under these settings."""
    migrate(settings)
    app = create_app(settings)
    yield app
    app.extensions["emotion_clf"].database.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def strict(settings: Settings) -> Iterator[Flask]:
    """An application that asks for tokens."""
    with running(settings.model_copy(update={"auth_required": True})) as app:
        yield app


@pytest.fixture
def asker(strict: Flask) -> FlaskClient:
    return strict.test_client()


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files during this test, empty at its start."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder
