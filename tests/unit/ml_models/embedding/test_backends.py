"""The same step on local processes, a local Ray cluster and a local Dask cluster."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from ml_models.embedding import EmbedOptions, HubertSource, embed_clips
from ml_models.embedding.backends import BACKENDS
from ml_models.errors import TrainingDataError
from tests.unit.ml_models.embedding.speakers import StatisticsSource

if TYPE_CHECKING:
    from pathlib import Path

    from ml_models.data.corpora import Clip


@pytest.fixture(scope="module")
def alone(speech: Path, spoken: tuple[Clip, ...], tiny_hubert: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file as this process makes it by itself."""
    out = tmp_path_factory.mktemp("alone") / "e.npz"
    embed_clips(spoken, speech, HubertSource(str(tiny_hubert)), out, EmbedOptions(batch_size=2))
    return out.read_bytes()


@pytest.mark.parametrize("backend", BACKENDS)
def test_two_workers_give_the_bytes_of_one_process(
    speech: Path, spoken: tuple[Clip, ...], tiny_hubert: Path, tmp_path: Path, alone: bytes, *, backend: str
) -> None:
    options = EmbedOptions(batch_size=2, backend=backend, workers=2)
    embed_clips(spoken, speech, HubertSource(str(tiny_hubert)), tmp_path / "e.npz", options)
    assert (tmp_path / "e.npz").read_bytes() == alone


def test_a_dask_cluster_that_runs_already_is_joined_and_left_running(
    speech: Path, spoken: tuple[Clip, ...], tmp_path: Path
) -> None:
    from distributed import Client, LocalCluster

    source = StatisticsSource()
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as cluster:
        options = EmbedOptions(backend="dask", address=cluster.scheduler_address, workers=2)
        joined = embed_clips(spoken, speech, source, tmp_path / "joined.npz", options)
        with Client(cluster) as client:
            assert client.submit(len, joined.ids).result() == len(spoken)
    embed_clips(spoken, speech, source, tmp_path / "alone.npz")
    assert (tmp_path / "joined.npz").read_bytes() == (tmp_path / "alone.npz").read_bytes()


def test_a_cluster_that_does_not_answer_is_one_sentence(speech: Path, spoken: tuple[Clip, ...], tmp_path: Path) -> None:
    import dask

    options = EmbedOptions(backend="dask", address="tcp://127.0.0.1:9", workers=2)
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        pytest.raises(TrainingDataError, match=r"No Dask cluster answers at tcp://127\.0\.0\.1:9"),
    ):
        embed_clips(spoken, speech, StatisticsSource(), tmp_path / "e.npz", options)


def test_an_address_without_a_cluster_backend_is_refused(
    speech: Path, spoken: tuple[Clip, ...], tmp_path: Path
) -> None:
    with pytest.raises(TrainingDataError, match="choose --backend ray or --backend dask"):
        embed_clips(spoken, speech, StatisticsSource(), tmp_path / "e.npz", EmbedOptions(address="tcp://a:1"))


@pytest.mark.parametrize(("backend", "module"), [("ray", "ray"), ("dask", "distributed")])
def test_a_backend_that_is_not_installed_names_its_extra(
    speech: Path,
    spoken: tuple[Clip, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    backend: str,
    module: str,
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(TrainingDataError, match=rf"pip install 'emotion-clf\[{backend}\]'"):
        embed_clips(spoken, speech, StatisticsSource(), tmp_path / "e.npz", EmbedOptions(backend=backend, workers=2))
