"""Write the speaker encoder as an ONNX graph: `python scripts/make_speaker_encoder.py WHEEL`, of Resemblyzer 0.1.4.

The weights are Resemblyzer's (Apache-2.0): three LSTM layers over 40 mel bands and one projection, trained to tell
voices apart. They are stored in half precision, without what only training needs, and the mel filters go into the
graph, so that the product needs neither the package nor torch.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import librosa
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    import numpy.typing as npt

FILE = (
    Path(__file__).resolve().parents[1] / "backend" / "emotion_clf" / "transcription" / "data" / "speaker_encoder.onnx"
)
WEIGHTS = "resemblyzer/pretrained.pt"
LAYERS, UNITS, BANDS, WINDOW_SAMPLES, SAMPLE_RATE_HZ = 3, 256, 40, 400, 16_000


def onnx_gates(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The rows of torch's gates (input, forget, cell, output) in the order of ONNX (input, output, forget, cell)."""
    entrance, forget, cell, exit_ = np.split(values, 4)
    return np.concatenate([entrance, exit_, forget, cell])


def half(name: str, values: npt.NDArray[np.float32]) -> tuple[onnx.TensorProto, onnx.NodeProto]:
    """A constant in half precision under `name`, and the node that widens it again when the graph is loaded."""
    stored = numpy_helper.from_array(values.astype(np.float16), f"{name}_half")
    return stored, helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT)


def graph(weights: dict[str, npt.NDArray[np.float32]]) -> onnx.ModelProto:
    """Power spectra (windows, frames, 201) → voices (windows, 256) of length 1."""
    filters = librosa.filters.mel(sr=SAMPLE_RATE_HZ, n_fft=WINDOW_SAMPLES, n_mels=BANDS).T
    constants = {"mel": filters, "project": weights["linear.weight"].T, "offset": weights["linear.bias"]}
    steps = [
        helper.make_node("MatMul", ["power", "mel"], ["bands"]),
        helper.make_node("Transpose", ["bands"], ["heard_0"], perm=[1, 0, 2]),
    ]
    for layer in range(LAYERS):
        constants[f"w_{layer}"] = onnx_gates(weights[f"lstm.weight_ih_l{layer}"])[None]
        constants[f"r_{layer}"] = onnx_gates(weights[f"lstm.weight_hh_l{layer}"])[None]
        biases = [onnx_gates(weights[f"lstm.bias_{part}_l{layer}"]) for part in ("ih", "hh")]
        constants[f"b_{layer}"] = np.concatenate(biases)[None]
        inputs = [f"heard_{layer}", f"w_{layer}", f"r_{layer}", f"b_{layer}"]
        steps.append(helper.make_node("LSTM", inputs, [f"all_{layer}", f"last_{layer}"], hidden_size=UNITS))
        steps.append(helper.make_node("Squeeze", [f"all_{layer}", "axis"], [f"heard_{layer + 1}"]))
    steps += [
        helper.make_node("Squeeze", [f"last_{LAYERS - 1}", "first"], ["state"]),
        helper.make_node("MatMul", ["state", "project"], ["projected"]),
        helper.make_node("Add", ["projected", "offset"], ["shifted"]),
        helper.make_node("Relu", ["shifted"], ["positive"]),
        helper.make_node("LpNormalization", ["positive"], ["voices"], axis=1, p=2),
    ]
    stored, widened = zip(*(half(name, values) for name, values in constants.items()), strict=True)
    axes = [numpy_helper.from_array(np.array([place]), name) for name, place in (("axis", 1), ("first", 0))]
    return helper.make_model(
        helper.make_graph(
            [*widened, *steps],
            "speaker encoder",
            [helper.make_tensor_value_info("power", TensorProto.FLOAT, ["windows", "frames", WINDOW_SAMPLES // 2 + 1])],
            [helper.make_tensor_value_info("voices", TensorProto.FLOAT, ["windows", UNITS])],
            [*stored, *axes],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=10,
        producer_name="emotion-clf",
        doc_string="Weights of Resemblyzer 0.1.4 (Apache-2.0, Resemble AI), in half precision.",
    )


def main() -> None:
    """Read the weights out of the wheel and write the graph."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program's name, and the wheel
        sys.exit("Give the wheel: pip download --no-deps resemblyzer==0.1.4")
    with zipfile.ZipFile(sys.argv[1]) as wheel, wheel.open(WEIGHTS) as stream:
        state = torch.load(stream, map_location="cpu", weights_only=True)["model_state"]
    model = graph({name: values.numpy() for name, values in state.items()})
    onnx.checker.check_model(model, full_check=True)
    FILE.parent.mkdir(exist_ok=True)
    onnx.save(model, FILE)


if __name__ == "__main__":
    main()
