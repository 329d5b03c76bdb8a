"""Write the network as two ONNX graphs, and prove that they compute what it computes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from torch import nn

from emotion_clf.text.features import FEATURE_NAMES
from ml_models.errors import TrainingDataError
from ml_models.graph import LARGEST_DIFFERENCE, forget_origins, write_graph

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ml_models.text.network import TextNetwork

ENCODER_FILE: Final = "encoder.onnx"
HEADS_FILE: Final = "heads.onnx"
_TEXTS, _TOKENS = 3, 11
_BLOCK: Final = 128
_INT8_ACTIVATIONS: Final = 4


class _Heads(nn.Module):
    """The heads with their inputs in the order of the graph."""

    def __init__(self, heads: nn.Module) -> None:
        super().__init__()
        self.heads = heads

    def forward(self, vectors: torch.Tensor, features: torch.Tensor, *beside: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(self.heads(vectors, features, *beside))


def export_network(network: TextNetwork, folder: Path, context: int, *, int8: bool) -> None:
    """Write `encoder.onnx` and `heads.onnx`.

    Args:
        network: in evaluation mode.
        folder: where.
        context: neighbours on each side.
        int8: whether the encoder's matrices become 8-bit integers; the difference that makes is for the evaluation to
            tell.

    Raises:
        TrainingDataError: a graph cannot be written, or computes something else.
    """
    logging.getLogger("onnxruntime.quantization").setLevel(logging.ERROR)
    batch, tokens = torch.export.Dim("batch"), torch.export.Dim("tokens", max=512)
    ids = torch.randint(5, 50, (_TEXTS, _TOKENS), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    mask[1, 7:] = 0
    path = folder / ENCODER_FILE
    _export(
        network.sentences,
        {"input_ids": ids, "attention_mask": mask},
        ("vectors",),
        path,
        ({0: batch, 1: tokens}, {0: batch, 1: tokens}),
    )
    if int8:
        _quantise(path)
    generator = torch.Generator().manual_seed(1)
    inputs = {
        "vectors": torch.randn(_TEXTS, network.sentences.dim, generator=generator),
        "features": torch.rand(_TEXTS, len(FEATURE_NAMES), generator=generator),
    }
    if context:
        inputs["neighbours"] = torch.randn(_TEXTS, 2 * context, network.sentences.dim, generator=generator)
        inputs["neighbour_mask"] = torch.ones(_TEXTS, 2 * context).triu()
    names = ["emotion_logits", "sub_emotion_logits"]
    if network.heads.intensity is not None:
        names.append("intensity_logits")
    shapes: Any = tuple({0: batch} for _ in inputs)
    if context:
        shapes = (shapes[0], shapes[1], (shapes[2], shapes[3]))
    _export(_Heads(network.heads), inputs, tuple(names), folder / HEADS_FILE, shapes)


def _export(
    network: nn.Module, inputs: Mapping[str, torch.Tensor], outputs: tuple[str, ...], path: Path, shapes: Any
) -> None:
    network.eval()
    write_graph(network, inputs, outputs, path, shapes)
    _compare(network, inputs, outputs, path)


def _compare(network: nn.Module, inputs: Mapping[str, torch.Tensor], outputs: tuple[str, ...], path: Path) -> None:
    """Compare on the example, and on another number of texts."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for repeats in (1, 4):
        given = {name: torch.cat([value] * repeats) for name, value in inputs.items()}
        with torch.inference_mode():
            expected = network(*given.values())
        found = session.run(list(outputs), {name: value.numpy() for name, value in given.items()})
        for one, other in zip(found, expected if isinstance(expected, tuple) else (expected,), strict=True):
            difference = float(np.abs(one - other.numpy()).max() / (other.numpy().std() + 1e-9))
            if not difference < LARGEST_DIFFERENCE:
                raise TrainingDataError(
                    f"This network cannot be published: ONNX Runtime differs from torch by {difference:.2e}."
                )


def _quantise(path: Path) -> None:
    """Turn embeddings and matrices into 8-bit integers.

    A matrix has one scale for each block of a column, and so has what it is multiplied by: one scale for all
    of that, as `quantize_dynamic` has it, costs almost a point of macro-F1.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
    from onnxruntime.quantization.shape_inference import quant_pre_process

    prepared = path.with_suffix(".prepared.onnx")
    try:
        quant_pre_process(str(path), str(prepared), skip_symbolic_shape=True)
        quantize_dynamic(
            str(prepared), str(path), op_types_to_quantize=["Gather"], weight_type=QuantType.QInt8, per_channel=True
        )
    finally:
        prepared.unlink(missing_ok=True)
    quantiser = MatMulNBitsQuantizer(
        onnx.load(path), bits=8, block_size=_BLOCK, is_symmetric=True, accuracy_level=_INT8_ACTIVATIONS
    )
    quantiser.process()
    quantiser.model.save_model_to_file(str(path), use_external_data_format=False)
    forget_origins(path)
