"""Write an embedder as one ONNX graph, and prove that it computes what the network computes."""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING

import numpy as np
import torch

from ml_models.encoder.network import SAMPLE_RATE_HZ, Embedder

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

OPSET = 20
EXAMPLE_S = 3
LARGEST_DIFFERENCE = 1e-3
PROBE_LENGTHS_S = (0.5, 1.37, 3.0, 11.3, 30.0)


class ParityError(Exception):
    """The exported graph does not compute what the network computes."""


def export_onnx(encoder: nn.Module, path: Path) -> float:
    """Export waveform → embedding with dynamic batch and length.

    Args:
        encoder: features to embedding, in evaluation mode.
        path: file to write.

    Returns:
        The largest difference between torch and ONNX Runtime on waveforms of 0.5 to 30 s, relative to the
        embedding's deviation.

    Raises:
        ParityError: the difference is too large.
    """
    embedder = Embedder(encoder).eval()
    # Training lays weights out otherwise; torch's type stubs do not know this keyword.
    embedder.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    example = torch.randn(2, EXAMPLE_S * SAMPLE_RATE_HZ)
    dynamic = ({0: torch.export.Dim("batch"), 1: torch.export.Dim("samples", min=SAMPLE_RATE_HZ // 4)},)
    # The exporter reports its progress and its own deprecations; neither is ours to act on.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            embedder,
            (example,),
            dynamo=True,
            opset_version=OPSET,
            input_names=["waveform"],
            output_names=["embedding"],
            dynamic_shapes=dynamic,
            verbose=False,
        )
    if program is None:
        raise ParityError("The exporter made no graph.")
    program.save(str(path), external_data=False)
    _forget_origins(path)
    return _check_parity(embedder, path)


def _forget_origins(path: Path) -> None:
    """Drop the exporter's notes of files and lines: a published graph says nothing of the machine it is from."""
    import onnx

    model = onnx.load(path)
    for part in (model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output):
        del part.metadata_props[:]
        part.doc_string = ""
    onnx.save(model, path)


def _check_parity(embedder: Embedder, path: Path) -> float:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    generator = torch.Generator().manual_seed(0)
    worst = 0.0
    for length_s in PROBE_LENGTHS_S:
        waveform = 0.1 * torch.randn(2, int(length_s * SAMPLE_RATE_HZ), generator=generator)
        waveform[1, : waveform.shape[1] // 2] = 0.0  # digital silence, as before the first word of many recordings
        with torch.inference_mode():
            expected = embedder(waveform).numpy()
        (found,) = session.run(["embedding"], {"waveform": waveform.numpy()})
        worst = max(worst, float(np.abs(found - expected).max() / expected.std()))
    if not worst < LARGEST_DIFFERENCE:
        raise ParityError(f"ONNX Runtime differs from torch by {worst:.2e} of an embedding's deviation.")
    return worst
