"""Write the embedded Whisper: `python scripts/make_whisper.py FOLDER`, the one of `emotion-clf weights whisper-base`.

The float16 weights go into CTranslate2's own description of the model, which quantises them to 8 bits.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from ctranslate2.specs.model_spec import index_spec
from ctranslate2.specs.whisper_spec import WhisperConfig, WhisperSpec

from emotion_clf.settings import PROJECT_DIR
from emotion_clf.transcription.whisper_bundle import WhisperManifest
from ml_models.whisper.weights import NOTICE, REPOSITORY, SHA256, WEIGHTS, fetch_weights, read_weights

if TYPE_CHECKING:
    from ml_models.whisper.weights import Variables

FOLDER: Final = PROJECT_DIR / "ml_models" / "models" / "transcription" / "whisper-base"
LAYERS, HEADS = 6, 8
DESCRIPTION: Final = "OpenAI's Whisper base with weights of 8 bits: speech in some hundred languages to text."


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
    """Quantise the checked weights, and write the bundle."""
    source = fetch_weights(Path(sys.argv[1]))
    spec = described(read_weights(str(source)), json.loads((source / "config.json").read_text(encoding="utf-8")))
    spec.register_vocabulary((source / "vocabulary.txt").read_text(encoding="utf-8").split("\n")[:-1])
    spec.validate()
    spec.optimize(quantization="int8")
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER.parent) as made:
        folder = Path(made)
        folder.chmod(0o755)
        spec.save(made)
        shutil.copyfile(source / "tokenizer.json", folder / "tokenizer.json")
        (folder / "LICENSE").write_text(NOTICE, encoding="utf-8")
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
