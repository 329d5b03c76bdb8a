"""Where chunks are computed: processes of this machine, a Ray cluster or a Dask cluster, all through joblib."""

from __future__ import annotations

import os
import warnings
from contextlib import contextmanager
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, get_args

import joblib
from joblib.externals.loky.process_executor import TerminatedWorkerError

from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

Backend = Literal["loky", "ray", "dask"]
BACKENDS: tuple[Backend, ...] = get_args(Backend)


@contextmanager
def started(backend: Backend, address: str | None, workers: int) -> Iterator[None]:
    """Make joblib compute on a backend while the context lasts; a cluster that was started here is stopped here.

    Args:
        backend: which.
        address: of a cluster to join; without it a local one is started.
        workers: chunks at a time.

    Raises:
        TrainingDataError: the backend is not installed, or the cluster does not answer.
    """
    contexts = {"loky": _loky, "ray": _ray, "dask": _dask}
    with contexts[backend](address, workers), joblib.parallel_config(backend, n_jobs=workers):
        yield


def completed(tasks: Iterator[Any], backend: Backend, workers: int) -> Generator[Any]:
    """Give the results of joblib tasks as they come, in any order.

    Raises:
        TrainingDataError: a worker was killed.
    """
    try:
        yield from (_in_waves(tasks, workers) if backend == "ray" else as_they_come(tasks))
    except TerminatedWorkerError as error:
        raise TrainingDataError(
            "A worker was killed, most likely for want of memory. Start again with fewer --workers: what is finished "
            "is kept."
        ) from error


def as_they_come(tasks: Iterator[Any], **parallel: Any) -> Generator[Any]:
    """Give the results of joblib tasks as they come; the tasks that are left are dropped when this is closed.

    Args:
        tasks: to compute.
        parallel: as `joblib.Parallel` takes it.
    """
    done = joblib.Parallel(batch_size=1, return_as="generator_unordered", **parallel)(tasks)
    try:
        yield from (result for result in done)  # "yield from done" would close it outside of the block below
    finally:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "[0-9]+ tasks .*(cancelled|not used)", UserWarning)
            done.close()


def _in_waves(tasks: Iterator[Any], workers: int) -> Iterator[Any]:
    """Ray's joblib backend gives lists only; neighbours are of like length, so a wave ends for all at once."""
    with joblib.Parallel(batch_size=1) as parallel:
        while wave := list(islice(tasks, workers)):
            yield from parallel(wave)


@contextmanager
def _loky(address: str | None, _workers: int) -> Iterator[None]:
    if address is not None:
        raise TrainingDataError("An address is that of a cluster: choose --backend ray or --backend dask with it.")
    yield


@contextmanager
def _ray(address: str | None, workers: int) -> Iterator[None]:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody
    ray = _library("ray", "ray")
    joined: dict[str, Any] = {"num_cpus": workers, "include_dashboard": False} if address is None else {}
    try:
        ray.init(address=address or "local", log_to_driver=False, **joined)
    except (OSError, ValueError, RuntimeError) as error:
        raise _silent("Ray", address) from error
    _library("ray.util.joblib", "ray").register_ray()
    try:
        yield
    finally:
        ray.shutdown()


@contextmanager
def _dask(address: str | None, workers: int) -> Iterator[None]:
    distributed = _library("distributed", "dask")
    if address is None:
        cluster = distributed.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
        with cluster, distributed.Client(cluster):
            yield
        return
    try:
        client = distributed.Client(address)
    except (OSError, ValueError) as error:
        raise _silent("Dask", address) from error
    with client:
        yield


def _library(module: str, extra: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise TrainingDataError(
            f"The backend {extra} is not installed. Install it with: pip install 'emotion-clf[{extra}]'"
        ) from error


def _silent(name: str, address: str | None) -> TrainingDataError:
    where = f"No {name} cluster answers at {address}" if address else f"No local {name} cluster can be started"
    return TrainingDataError(f"{where}. Check it, or compute on this machine with --backend loky.")
