from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
import pytest
import torch
from transformers import WhisperConfig, WhisperFeatureExtractor
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from ml_models.whisper.graph import write_int8_graph
from ml_models.whisper.network import LONGEST_SAMPLES, LogMel, WhisperEmbedder, WhisperStatistics
from tests.unit.ml_models.whisper.conftest import BANDS, HIDDEN, LAYERS, WIDTH, tiny_variables

if TYPE_CHECKING:
    from pathlib import Path


def sound(seconds: float, seed: int = 0) -> torch.Tensor:
    time_s = torch.arange(int(16_000 * seconds)) / 16_000
    noise = torch.randn(len(time_s), generator=torch.Generator().manual_seed(seed))
    return (0.2 * torch.sin(2 * torch.pi * 180 * time_s) * torch.sin(3 * time_s) + 0.01 * noise)[None]


@pytest.fixture(scope="module")
def network() -> WhisperStatistics:
    return WhisperStatistics(tiny_variables(), (1, 2)).eval()


def reference(variables: dict) -> WhisperEncoder:
    """The same weights in transformers' own encoder."""
    config = WhisperConfig(
        num_mel_bins=BANDS,
        d_model=WIDTH,
        encoder_layers=LAYERS,
        encoder_attention_heads=1,
        encoder_ffn_dim=HIDDEN,
        max_source_positions=100,
        attn_implementation="eager",
    )
    encoder = WhisperEncoder(config).eval()
    state = {
        name.removeprefix("encoder/").replace("/", "."): torch.from_numpy(array) for name, array in variables.items()
    }
    for convolution in (1, 2):
        for part in ("weight", "bias"):
            getattr(getattr(encoder, f"conv{convolution}"), part).data.copy_(state[f"conv{convolution}.{part}"])
    for number, layer in enumerate(encoder.layers):
        place = f"layer_{number}"
        weight = state[f"{place}.self_attention.linear_0.weight"].chunk(3)
        bias = state[f"{place}.self_attention.linear_0.bias"].chunk(3)
        for module, matrix, offset in zip(
            (layer.self_attn.q_proj, layer.self_attn.k_proj, layer.self_attn.v_proj), weight, bias, strict=True
        ):
            module.weight.data.copy_(matrix)
            if module.bias is not None:
                module.bias.data.copy_(offset)
        for module, name in (
            (layer.self_attn.out_proj, "self_attention.linear_1"),
            (layer.fc1, "ffn.linear_0"),
            (layer.fc2, "ffn.linear_1"),
        ):
            module.weight.data.copy_(state[f"{place}.{name}.weight"])
            module.bias.data.copy_(state[f"{place}.{name}.bias"])
        for module, name in (
            (layer.self_attn_layer_norm, "self_attention.layer_norm"),
            (layer.final_layer_norm, "ffn.layer_norm"),
        ):
            module.weight.data.copy_(state[f"{place}.{name}.gamma"])
            module.bias.data.copy_(state[f"{place}.{name}.beta"])
    return encoder


def test_the_spectrum_is_whispers_own() -> None:
    waveform = sound(2.0)
    extractor = WhisperFeatureExtractor(feature_size=BANDS)
    expected = extractor(waveform[0].numpy(), sampling_rate=16_000, padding="do_not_pad", return_tensors="pt")
    assert torch.allclose(LogMel(BANDS)(waveform), expected.input_features, atol=1e-4)


def test_the_states_are_those_of_transformers() -> None:
    variables = tiny_variables()
    # Whisper's keys have no bias; CTranslate2 writes zeros in their place.
    for layer in range(LAYERS):
        variables[f"encoder/layer_{layer}/self_attention/linear_0/bias"][WIDTH : 2 * WIDTH] = 0
    network = WhisperStatistics(variables, (1, 2)).eval()
    spectrum = torch.randn(1, BANDS, 200, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        states = reference(variables)(spectrum, output_hidden_states=True).hidden_states
        found = network._states(spectrum)
    assert torch.allclose(found[0], states[1], atol=1e-4)


def test_level_offset_and_polarity_change_nothing(network: WhisperStatistics) -> None:
    waveform = sound(1.5)
    with torch.no_grad():
        plain, other = network(waveform), network(-0.01 * waveform + 0.1)
    assert torch.allclose(plain, other, rtol=1e-2, atol=1e-2)


def test_what_lies_beyond_half_a_minute_is_not_read(network: WhisperStatistics) -> None:
    long = sound(31.0)
    with torch.no_grad():
        assert torch.equal(network(long), network(long[:, :LONGEST_SAMPLES]))


def test_a_silent_clip_gives_numbers(network: WhisperStatistics) -> None:
    with torch.no_grad():
        assert torch.isfinite(network(torch.zeros(1, 16_000))).all()


def test_the_graph_in_8_bits_computes_nearly_the_same(network: WhisperStatistics, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    dim = network(sound(1.0)).shape[1]
    embedder = WhisperEmbedder(
        network, np.zeros(dim), np.ones(dim), rng.standard_normal((dim, 8)) / np.sqrt(dim)
    ).eval()
    path = tmp_path / "graph.onnx"
    assert write_int8_graph(embedder, path) < 1e-3
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for seconds in (0.5, 2.0):
        with torch.no_grad():
            expected = embedder(sound(seconds)).numpy()
        (found,) = session.run(["embedding"], {"waveform": sound(seconds).numpy()})
        assert np.abs(found - expected).max() < 0.1 * expected.std() + 0.02
