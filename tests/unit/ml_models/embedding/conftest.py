from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ml_models.data.sources.table import read_table
from tests.support.bundles import save_tiny_hubert
from tests.unit.ml_models.embedding.speakers import write_speech

if TYPE_CHECKING:
    from pathlib import Path

    from ml_models.data.corpora import Clip


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder; treat it as read-only."""
    return write_speech(tmp_path_factory.mktemp("speech") / "data")


@pytest.fixture(scope="session")
def spoken(speech: Path) -> tuple[Clip, ...]:
    return read_table(speech)


@pytest.fixture(scope="session")
def tiny_hubert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hubert") / "tiny-hubert"
    save_tiny_hubert(folder)
    return folder
