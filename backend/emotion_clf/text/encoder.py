"""Sentences → vectors: tokenizer and encoder of a bundle, served by ONNX Runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emotion_clf.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from emotion_clf.text.manifest import EncoderSpec

    Floats = npt.NDArray[np.float32]


_BATCH_TOKENS: Final = 1024


def load_tokenizer(path: Path, max_tokens: int) -> Any:
    """A tokenizer that cuts what is longer than a sentence may be.

    Raises:
        ModelError: the file is none of the library's.
    """
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
    except Exception as error:  # the library raises nothing narrower
        raise ModelError(
            f"The tokenizer of the text model '{path.parent.name}' cannot be read. Install the model again."
        ) from error
    tokenizer.enable_truncation(max_tokens)
    tokenizer.no_padding()
    return tokenizer


class SentenceEncoder:
    """Encodes sentences in batches of like length. Safe to use from several threads."""

    def __init__(self, session: Any, tokenizer: Any, spec: EncoderSpec, batch_size: int) -> None:
        """Check that a graph is what its manifest promises.

        Args:
            session: the loaded graph: (batch, tokens) of `input_ids` and `attention_mask` → `vectors`.
            tokenizer: that truncates.
            spec: what the manifest says.
            batch_size: sentences in one go.

        Raises:
            ModelError: the graph has other inputs, or gives vectors of another length.
        """
        self._session = session
        self._tokenizer = tokenizer
        self._dim = spec.dim
        self._batch_size = batch_size
        inputs = {one.name for one in session.get_inputs()}
        outputs = {one.name: one.shape for one in session.get_outputs()}
        if inputs != {"input_ids", "attention_mask"} or outputs.get("vectors", [0])[-1] != spec.dim:
            raise ModelError("The encoder of this text model does not fit its manifest. Install the model again.")

    def fits(self, text: str) -> bool:
        """Tell whether a normalised text is read whole."""
        return not self._tokenizer.encode(text).overflowing

    def vectors(self, texts: Sequence[str]) -> Floats:
        """One vector for each of n normalised texts, of shape (n, dim), in their order."""
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        vectors = np.zeros((len(ids), self._dim), dtype=np.float32)
        order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
        for rows in self._batches(order, ids):
            vectors[rows] = self._encode([ids[row] for row in rows])
        return vectors

    def _batches(self, order: Sequence[int], ids: Sequence[Sequence[int]]) -> Iterator[list[int]]:
        """Cut rows, the shortest first, into batches whose memory has a bound however long the rows are."""
        rows: list[int] = []
        for row in order:
            if rows and (len(rows) == self._batch_size or (len(rows) + 1) * len(ids[row]) > _BATCH_TOKENS):
                yield rows
                rows = []
            rows.append(row)
        if rows:
            yield rows

    def _encode(self, ids: Sequence[Sequence[int]]) -> Floats:
        shape = (len(ids), max(1, *map(len, ids)))
        input_ids, attention_mask = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        for row, tokens in enumerate(ids):
            input_ids[row, : len(tokens)] = tokens
            attention_mask[row, : len(tokens)] = 1
        (vectors,) = self._session.run(["vectors"], {"input_ids": input_ids, "attention_mask": attention_mask})
        found: Floats = vectors
        return found
