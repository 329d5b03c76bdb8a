"""The file of embeddings: ids, vectors, and what they were made of."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from ml_models.embedding.files import write_whole
from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Embeddings:
    """The embeddings of a list of clips.

    Attributes:
        ids: each clip's path relative to the data folder, in the order of the list.
        embeddings: (ids, dim), float32.
        fingerprint: SHA-256 of the audio, the embedder and the settings, hexadecimal.
        settings: embedder and settings, as JSON holds them.
    """

    ids: tuple[str, ...]
    embeddings: npt.NDArray[np.float32]
    fingerprint: str
    settings: dict[str, Any]


def write_embeddings(path: Path, result: Embeddings, *, scratch: Path) -> None:
    """Write a file of embeddings, whole or not at all; equal values are equal bytes.

    Args:
        path: where it goes.
        result: what goes into it.
        scratch: folder for the unfinished file, on the same file system.
    """

    def write(stream: IO[bytes]) -> None:
        np.savez(
            stream,
            ids=np.array(result.ids),
            embeddings=result.embeddings,
            fingerprint=np.array(result.fingerprint),
            settings=np.array(canonical_json(result.settings)),
        )

    write_whole(path, write, scratch=scratch)


def read_embeddings(path: Path) -> Embeddings:
    """Read a file that `emotion-clf embed` wrote.

    Raises:
        TrainingDataError: there is none, or it is something else.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            result = Embeddings(
                ids=tuple(arrays["ids"].tolist()),
                embeddings=arrays["embeddings"],
                fingerprint=str(arrays["fingerprint"]),
                settings=json.loads(str(arrays["settings"])),
            )
    except FileNotFoundError as error:
        raise TrainingDataError(f"There is no file {path}. Make it with: emotion-clf embed --out {path}") from error
    except (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise TrainingDataError(f"{path} is no file of embeddings. Choose another name, or remove it.") from error
    if result.embeddings.ndim != 2 or len(result.embeddings) != len(result.ids):  # noqa: PLR2004
        raise TrainingDataError(f"{path} has not one embedding for each id. Remove it and embed again.")
    return result


def canonical_json(values: object) -> str:
    """Write JSON values in the one form that is hashed and stored."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"))
