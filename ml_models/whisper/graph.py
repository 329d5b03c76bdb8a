"""The graph that is served: the network as ONNX, its large matrices as 8-bit integers."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import numpy as np

from ml_models.graph import export_graph, forget_origins

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

_BLOCK: Final = 128
_INT8_ACTIVATIONS: Final = 4
# Fourier and mel filters, and the products of attention, stay in floating point: they are small, and all rests on them.
_SMALLEST_QUANTISED: Final = 1 << 16


def write_int8_graph(network: nn.Module, path: Path) -> float:
    """Write a network from waveform (batch, samples) to "embedding" (batch, dim), its matrices in 8 bits.

    A matrix has one scale for each block of a column, and so has what it is multiplied by. One scale for each column,
    as `quantize_dynamic` has it, is twice as fast and loses the later layers: a few of their values are a hundred times
    larger than the others.

    Args:
        network: in evaluation mode.
        path: file to write.

    Returns:
        The largest difference between torch and the graph before its matrices were rounded, relative to the output's
        deviation. What rounding changes is for the evaluation to tell, which goes through this very graph.

    Raises:
        TrainingDataError: the graph cannot be written, or computes something else.
    """
    parity = export_graph(network, path)
    _quantise(path)
    return parity


def _quantise(path: Path) -> None:
    import onnx
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
    from onnxruntime.quantization.shape_inference import quant_pre_process

    logging.getLogger("onnxruntime.quantization").setLevel(logging.ERROR)
    prepared = path.with_suffix(".prepared.onnx")
    try:
        quant_pre_process(str(path), str(prepared), skip_symbolic_shape=True)
        model = onnx.load(prepared)
        sizes = {array.name: int(np.prod(array.dims)) for array in model.graph.initializer}
        small = [
            node.name
            for node in model.graph.node
            if max((sizes.get(name, 0) for name in node.input), default=0) < _SMALLEST_QUANTISED
        ]
        quantiser = MatMulNBitsQuantizer(
            model,
            bits=8,
            block_size=_BLOCK,
            is_symmetric=True,
            accuracy_level=_INT8_ACTIVATIONS,
            nodes_to_exclude=small,
        )
        quantiser.process()
        quantiser.model.save_model_to_file(str(path), use_external_data_format=False)
    finally:
        prepared.unlink(missing_ok=True)
    forget_origins(path)
