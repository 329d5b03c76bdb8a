"""Whisper's encoder as a network from waveform to embedding, by the mean and deviation over time of its layers.

The front end (level, log-mel spectrum) is part of the network, and so of the graph that is served, so that training
and serving cannot compute different features. Unlike Whisper itself it does not pad a clip to 30 s: the positions are
those of the clip alone.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from ml_models.whisper.weights import Variables

    Floats = npt.NDArray[np.floating]

SAMPLE_RATE_HZ = 16_000
FFT_SAMPLES, HOP_SAMPLES = 400, 160
LONGEST_SAMPLES = 30 * SAMPLE_RATE_HZ
RANGE_LOG10 = 8.0
LOWEST_POWER, LOWEST_RMS, LOWEST_VARIANCE = 1e-10, 1e-5, 1e-8
SPEECH_RMS = 0.08
HEAD_DIM = 64
LONGEST_WAVELENGTH = 10_000.0


class LogMel(nn.Module):
    """Whisper's log-mel spectrum: waveform (batch, samples) to (batch, bands, frames), 100 frames a second."""

    def __init__(self, bands: int) -> None:
        """Prepare Fourier and mel filters.

        Args:
            bands: number of mel bands.
        """
        super().__init__()
        from librosa.filters import mel

        self.waves: Tensor
        self.filters: Tensor
        self._bins = FFT_SAMPLES // 2 + 1
        phase = 2.0 * math.pi / FFT_SAMPLES * torch.outer(torch.arange(self._bins), torch.arange(FFT_SAMPLES))
        waves = torch.cat([torch.cos(phase), -torch.sin(phase)]) * torch.hann_window(FFT_SAMPLES)
        self.register_buffer("waves", waves[:, None].float(), persistent=False)
        filters = torch.from_numpy(mel(sr=SAMPLE_RATE_HZ, n_fft=FFT_SAMPLES, n_mels=bands)).float()
        self.register_buffer("filters", filters, persistent=False)

    def forward(self, waveform: Tensor) -> Tensor:
        """Compute the spectrum."""
        padded = functional.pad(waveform[:, None], (FFT_SAMPLES // 2, FFT_SAMPLES // 2), mode="reflect")
        spectrum = functional.conv1d(padded, self.waves, stride=HOP_SAMPLES)[:, :, :-1]
        power = spectrum[:, : self._bins].square() + spectrum[:, self._bins :].square()
        bands: Tensor = torch.log10(torch.clamp(self.filters @ power, min=LOWEST_POWER))
        bands = torch.maximum(bands, bands.amax((1, 2), keepdim=True) - RANGE_LOG10)
        scaled: Tensor = (bands + 4.0) / 4.0
        return scaled


class Block(nn.Module):
    """One pre-norm transformer block."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.heads = max(1, width // HEAD_DIM)
        self.attention_norm = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.attended = nn.Linear(width, width)
        self.dense_norm = nn.LayerNorm(width)
        self.widen = nn.Linear(width, hidden)
        self.narrow = nn.Linear(hidden, width)

    def forward(self, frames: Tensor) -> Tensor:
        """Pass (batch, frames, width) on."""
        batch, count, width = frames.shape
        mixed = self.query_key_value(self.attention_norm(frames))
        parts = mixed.reshape(batch, count, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = parts.unbind(0)
        weights = torch.softmax(query @ key.transpose(-1, -2) / math.sqrt(width // self.heads), dim=-1)
        frames = frames + self.attended((weights @ value).transpose(1, 2).reshape(batch, count, width))
        passed: Tensor = frames + self.narrow(functional.gelu(self.widen(self.dense_norm(frames))))
        return passed


class WhisperStatistics(nn.Module):
    """Waveform (batch, samples) to statistics (batch, layers * 2 * width), in the order mean, deviation by layer."""

    def __init__(self, weights: Variables, layers: Sequence[int]) -> None:
        """Build the encoder up to the last layer that is read, and load its weights.

        Args:
            weights: variables of a Whisper in CTranslate2's form.
            layers: which blocks' outputs are read, counted from 1.
        """
        super().__init__()
        width, bands, _ = weights["encoder/conv1/weight"].shape
        hidden = weights["encoder/layer_0/ffn/linear_0/weight"].shape[0]
        self.layers = tuple(layers)
        self.spectrum = LogMel(bands)
        self.conv1 = nn.Conv1d(bands, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.blocks = nn.ModuleList(Block(width, hidden) for _ in range(max(self.layers)))
        rates = torch.exp(-math.log(LONGEST_WAVELENGTH) / (width // 2 - 1) * torch.arange(width // 2))
        self.rates: Tensor
        self.register_buffer("rates", rates, persistent=False)
        _load(self, weights)

    def forward(self, waveform: Tensor) -> Tensor:
        """Read waveforms of one length; what lies beyond 30 s is not read."""
        states = self._states(self.spectrum(levelled(waveform[:, :LONGEST_SAMPLES])))
        return torch.cat([part for state in states for part in _statistics(state)], dim=1)

    def _states(self, spectrum: Tensor) -> list[Tensor]:
        frames = functional.gelu(self.conv2(functional.gelu(self.conv1(spectrum)))).transpose(1, 2)
        places = torch.cumsum(torch.ones_like(frames[:1, :, :1]), dim=1) - 1.0
        angles = places * self.rates
        frames = frames + torch.cat([torch.sin(angles), torch.cos(angles)], dim=-1)
        found = []
        for number, block in enumerate(self.blocks, start=1):
            frames = block(frames)
            if number in self.layers:
                found.append(frames)
        return found


class WhisperEmbedder(nn.Module):
    """Waveform (batch, samples) to embedding (batch, dim): principal components of the normalised statistics."""

    def __init__(self, statistics: WhisperStatistics, mean: Floats, deviation: Floats, components: Floats) -> None:
        """Join the parts.

        Args:
            statistics: the network.
            mean: (statistics,) of the training clips.
            deviation: (statistics,) of the training clips.
            components: (statistics, dim).
        """
        super().__init__()
        self.statistics = statistics
        self.mean: Tensor
        self.scale: Tensor
        self.components: Tensor
        self.register_buffer("mean", torch.from_numpy(np.asarray(mean, dtype=np.float32)))
        self.register_buffer("scale", torch.from_numpy(1.0 / np.asarray(deviation, dtype=np.float32)))
        self.register_buffer("components", torch.from_numpy(np.asarray(components, dtype=np.float32)))

    def forward(self, waveform: Tensor) -> Tensor:
        """Embed waveforms of one length."""
        embedding: Tensor = ((self.statistics(waveform) - self.mean) * self.scale) @ self.components
        return embedding


def levelled(waveform: Tensor) -> Tensor:
    """Bring waveforms (batch, samples) to mean zero and one loudness, which says more of microphones than of moods."""
    centred = waveform - waveform.mean(dim=1, keepdim=True)
    return centred * (SPEECH_RMS / centred.square().mean(dim=1, keepdim=True).sqrt().clamp(min=LOWEST_RMS))


def _statistics(frames: Tensor) -> tuple[Tensor, Tensor]:
    mean = frames.mean(dim=1)
    return mean, (frames - mean[:, None]).square().mean(dim=1).clamp(min=LOWEST_VARIANCE).sqrt()


def _load(network: WhisperStatistics, weights: Variables) -> None:
    """Copy the variables into the network's parameters."""

    def put(module: nn.Module, place: str, names: tuple[str, str] = ("weight", "bias")) -> None:
        for parameter, name in zip(("weight", "bias"), names, strict=True):
            values = torch.from_numpy(weights[f"encoder/{place}/{name}"].astype("float32"))
            getattr(module, parameter).data.copy_(values)

    norm = ("gamma", "beta")
    put(network.conv1, "conv1")
    put(network.conv2, "conv2")
    for number, block in enumerate(network.blocks):
        place = f"layer_{number}"
        put(block.attention_norm, f"{place}/self_attention/layer_norm", norm)  # type: ignore[arg-type]
        put(block.query_key_value, f"{place}/self_attention/linear_0")  # type: ignore[arg-type]
        put(block.attended, f"{place}/self_attention/linear_1")  # type: ignore[arg-type]
        put(block.dense_norm, f"{place}/ffn/layer_norm", norm)  # type: ignore[arg-type]
        put(block.widen, f"{place}/ffn/linear_0")  # type: ignore[arg-type]
        put(block.narrow, f"{place}/ffn/linear_1")  # type: ignore[arg-type]
