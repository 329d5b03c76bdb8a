"""A tiny Whisper with random weights, written as CTranslate2 writes them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ml_models.whisper.weights import WEIGHTS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

WIDTH, HIDDEN, BANDS, LAYERS = 64, 128, 80, 2


def tiny_variables(seed: int = 0) -> dict[str, NDArray[np.float16]]:
    rng = np.random.default_rng(seed)

    def array(*shape: int) -> NDArray[np.float16]:
        return (rng.standard_normal(shape) / np.sqrt(shape[-1])).astype(np.float16)

    found = {
        "encoder/conv1/weight": array(WIDTH, BANDS, 3),
        "encoder/conv1/bias": array(WIDTH),
        "encoder/conv2/weight": array(WIDTH, WIDTH, 3),
        "encoder/conv2/bias": array(WIDTH),
    }
    for layer in range(LAYERS):
        place = f"encoder/layer_{layer}"
        for norm in ("self_attention/layer_norm", "ffn/layer_norm"):
            found |= {f"{place}/{norm}/gamma": np.ones(WIDTH, np.float16), f"{place}/{norm}/beta": array(WIDTH)}
        for name, out, into in (
            ("self_attention/linear_0", 3 * WIDTH, WIDTH),
            ("self_attention/linear_1", WIDTH, WIDTH),
            ("ffn/linear_0", HIDDEN, WIDTH),
            ("ffn/linear_1", WIDTH, HIDDEN),
        ):
            found |= {f"{place}/{name}/weight": array(out, into), f"{place}/{name}/bias": array(out)}
    return found


def written(variables: dict[str, NDArray[np.float16]], *, spec: bytes = b"WhisperSpec", alias: str = "") -> bytes:
    def text(value: bytes) -> bytes:
        return struct.pack("<H", len(value) + 1) + value + b"\0"

    parts = [struct.pack("<I", 6), text(spec), struct.pack("<II", 3, len(variables))]
    for name, values in variables.items():
        parts += [text(name.encode()), struct.pack("<B", values.ndim), struct.pack(f"<{values.ndim}I", *values.shape)]
        parts += [struct.pack("<BI", 4, values.nbytes), values.tobytes()]
    parts.append(struct.pack("<I", bool(alias)))
    if alias:
        parts += [text(alias.encode()), text(next(iter(variables)).encode())]
    return b"".join(parts)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny-whisper")
    (folder / WEIGHTS).write_bytes(written(tiny_variables()))
    return folder
