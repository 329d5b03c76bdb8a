"""The exported graphs' logits of unrelated texts: what the decisions are made on, rounding of the weights included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ml_models.text.export import ENCODER_FILE, HEADS_FILE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt
    from tokenizers import Tokenizer

    from emotion_clf.text.features import FeatureExtractor

_BATCH: Final = 64


class GraphLogits:
    """Both graphs of a bundle that has no manifest yet."""

    def __init__(self, folder: Path, tokenizer: Tokenizer, extractor: FeatureExtractor, context: int) -> None:
        import onnxruntime

        options = {"providers": ["CPUExecutionProvider"]}
        self._encoder = onnxruntime.InferenceSession(str(folder / ENCODER_FILE), **options)
        self._heads = onnxruntime.InferenceSession(str(folder / HEADS_FILE), **options)
        self._tokenizer = tokenizer
        self._extractor = extractor
        self._places = 2 * context

    def of(self, texts: Sequence[str]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Logits (n, 7) and (n, 28) of texts without neighbours."""
        from ml_models.text.lesson import padded

        ids = [one.ids for one in self._tokenizer.encode_batch(list(texts))]
        order = np.argsort([len(one) for one in ids], kind="stable")
        vectors: Any = None
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            input_ids, mask = (tensor.numpy() for tensor in padded([ids[row] for row in rows]))
            (found,) = self._encoder.run(["vectors"], {"input_ids": input_ids, "attention_mask": mask})
            vectors = np.zeros((len(ids), found.shape[1]), dtype=np.float32) if vectors is None else vectors
            vectors[rows] = found
        inputs = {"vectors": vectors, "features": self._extractor.transform(texts)}
        if self._places:
            inputs["neighbours"] = np.zeros((len(ids), self._places, vectors.shape[1]), dtype=np.float32)
            inputs["neighbour_mask"] = np.zeros((len(ids), self._places), dtype=np.float32)
        emotion, sub_emotion = self._heads.run(["emotion_logits", "sub_emotion_logits"], inputs)
        return emotion.astype(np.float64), sub_emotion.astype(np.float64)
