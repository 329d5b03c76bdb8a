"""Write a trained network as one ONNX graph, and prove that it computes what the network computes."""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from emotion_clf.audio import SAMPLE_RATE_HZ
from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import nn

OPSET = 20
EXAMPLE_S = 3
SHORTEST_S = 0.25
LARGEST_DIFFERENCE = 1e-3
PROBE_LENGTHS_S = (SHORTEST_S, 1.37, 3.0, 11.3, 30.0)


def export_graph(network: nn.Module, path: Path) -> float:
    """Export waveform (batch, samples) → "embedding" (batch, dim), with dynamic batch and length.

    Args:
        network: in evaluation mode.
        path: file to write.

    Returns:
        The largest difference between torch and ONNX Runtime on waveforms of a quarter of a second to 30 s, relative
        to the output's deviation.

    Raises:
        TrainingDataError: the exporter cannot write this network, or the graph computes something else.
    """
    example = torch.randn(2, EXAMPLE_S * SAMPLE_RATE_HZ, generator=torch.Generator().manual_seed(0))
    samples = torch.export.Dim("samples", min=int(SHORTEST_S * SAMPLE_RATE_HZ))
    write_graph(network, {"waveform": example}, ("embedding",), path, ({0: torch.export.Dim("batch"), 1: samples},))
    return _largest_difference(network, path)


def write_graph(
    network: nn.Module,
    inputs: Mapping[str, torch.Tensor],
    outputs: tuple[str, ...],
    path: Path,
    shapes: tuple[Any, ...],
) -> None:
    """Write a network as one ONNX graph that says nothing of the machine it is from.

    Args:
        network: in evaluation mode.
        inputs: the names of its inputs in their order, each with an example.
        outputs: the names of what it gives.
        path: file to write.
        shapes: which dimensions of each input may differ from the example's.

    Raises:
        TrainingDataError: the exporter cannot write this network.
    """
    # The exporter reports its progress and its own deprecations; neither is ours to act on.
    for talkative in ("torch.onnx", "onnxscript", "onnx_ir"):
        logging.getLogger(talkative).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            program = torch.onnx.export(
                network,
                tuple(inputs.values()),
                dynamo=True,
                opset_version=OPSET,
                input_names=list(inputs),
                output_names=list(outputs),
                dynamic_shapes=shapes,
                verbose=False,
            )
        except torch.onnx.OnnxExporterError as error:
            raise TrainingDataError("This network cannot be published: it cannot be written as ONNX.") from error
    if program is None:
        raise TrainingDataError("This network cannot be published: the exporter made no graph.")
    program.save(str(path), external_data=False)
    forget_origins(path)


def forget_origins(path: Path) -> None:
    """Drop the exporter's notes of files and lines: a published graph says nothing of the machine it is from."""
    import onnx

    model = onnx.load(path)
    for part in (model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output):
        del part.metadata_props[:]
        part.doc_string = ""
    onnx.save(model, path)


def _largest_difference(network: nn.Module, path: Path) -> float:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    generator = torch.Generator().manual_seed(0)
    worst = 0.0
    for length_s in PROBE_LENGTHS_S:
        waveform = 0.1 * torch.randn(3, int(length_s * SAMPLE_RATE_HZ), generator=generator)
        waveform[1, : waveform.shape[1] // 2] = 0.0  # digital silence, as before the first word of many recordings
        with torch.inference_mode():
            expected = network(waveform).numpy()
        (found,) = session.run(["embedding"], {"waveform": waveform.numpy()})
        worst = max(worst, float(np.abs(found - expected).max() / expected.std()))
    if not worst < LARGEST_DIFFERENCE:
        raise TrainingDataError(
            f"This network cannot be published: ONNX Runtime differs from torch by {worst:.2e} of its deviation."
        )
    return worst
