"""The embedder network: a waveform goes in, an embedding comes out.

The front end (framing, Fourier transform, mel bands, pitch salience, level normalisation) is part of the graph,
so that training and serving cannot compute different features.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLE_RATE_HZ = 16_000
WINDOW_SAMPLES = 640
HOP_SAMPLES = 256
FFT_SIZE = 1024
MEL_BANDS = 64
PITCH_BANDS = 48
PITCH_RANGE_HZ = (62.5, 500.0)
HIGHEST_HARMONIC_HZ = 4_000.0
STAGES_THAT_HALVE_TIME = 2
FEATURE_ROWS = MEL_BANDS + PITCH_BANDS
LOWEST_POWER = 1e-5
# Applied as a lower bound: the ONNX exporter folds `+ 1e-10` away as if it were zero, and silence becomes 0 / 0.
SMALLEST_NORM = 1e-10


@dataclass(frozen=True)
class NetworkShape:
    """The sizes of an encoder."""

    channels: tuple[int, ...] = (16, 32, 64, 96)
    embedding_dim: int = 192
    dropout: float = 0.3


def mel_filters(bands: int, *, lowest_hz: float = 50.0, highest_hz: float = 7_600.0) -> Tensor:
    """Build triangular mel filters.

    Returns:
        Weights of shape (FFT_SIZE // 2 + 1, bands), each filter summing to one.
    """
    edges_mel = torch.linspace(_mel(lowest_hz), _mel(highest_hz), bands + 2, dtype=torch.float64)
    edges_hz = 700.0 * (10.0 ** (edges_mel / 2595.0) - 1.0)
    bins_hz = torch.linspace(0.0, SAMPLE_RATE_HZ / 2, FFT_SIZE // 2 + 1, dtype=torch.float64)[:, None]
    rising = (bins_hz - edges_hz[:-2]) / (edges_hz[1:-1] - edges_hz[:-2])
    falling = (edges_hz[2:] - bins_hz) / (edges_hz[2:] - edges_hz[1:-1])
    weights = torch.minimum(rising, falling).clamp(min=0.0)
    return (weights / weights.sum(0)).float()


def _mel(frequency_hz: float) -> float:
    return 2595.0 * math.log10(1.0 + frequency_hz / 700.0)


class FrontEnd(nn.Module):
    """Log-mel bands and pitch salience of a waveform, independent of its level."""

    fourier: Tensor
    mel: Tensor
    lags: Tensor
    lag_gain: Tensor

    def __init__(self) -> None:
        super().__init__()
        window = torch.hann_window(WINDOW_SAMPLES, dtype=torch.float64)
        time = torch.arange(WINDOW_SAMPLES, dtype=torch.float64)
        bins = torch.arange(FFT_SIZE // 2 + 1, dtype=torch.float64)[:, None]
        angles = 2.0 * math.pi * bins * time / FFT_SIZE
        kernels = torch.cat([angles.cos() * window, angles.sin() * window])
        self.register_buffer("fourier", kernels.float()[:, None, :], persistent=False)
        self.register_buffer("mel", mel_filters(MEL_BANDS), persistent=False)
        lowest, highest = PITCH_RANGE_HZ
        pitches_hz = lowest * (highest / lowest) ** torch.linspace(0.0, 1.0, PITCH_BANDS, dtype=torch.float64)
        lag_samples = SAMPLE_RATE_HZ / pitches_hz
        # Inverse Fourier transform of a one-sided power spectrum, read at lags that need not be whole samples.
        weights = torch.full_like(bins, 2.0)
        weights[0] = weights[-1] = 1.0
        audible = (bins * SAMPLE_RATE_HZ / FFT_SIZE <= HIGHEST_HARMONIC_HZ).double()
        self.register_buffer(
            "lags",
            (weights * audible * torch.cos(2.0 * math.pi * bins * lag_samples / FFT_SIZE)).float(),
            persistent=False,
        )
        self.register_buffer("lag_gain", (weights * audible).float(), persistent=False)

    def forward(self, waveform: Tensor) -> Tensor:
        """Compute the features.

        Args:
            waveform: (batch, samples) at 16 kHz, at least one window long.

        Returns:
            (batch, FEATURE_ROWS, frames): log-mel bands, then pitch salience.
        """
        spectrum = nn.functional.conv1d(waveform[:, None, :], self.fourier, stride=HOP_SAMPLES)
        real, imaginary = spectrum.chunk(2, dim=1)
        power = (real.square() + imaginary.square()).transpose(1, 2)
        bands = power @ self.mel
        energy = bands.sum(dim=2, keepdim=True)
        # The energy-weighted mean energy: silence before and after the words does not move it.
        level = energy.square().sum(dim=1, keepdim=True) / energy.sum(dim=1, keepdim=True).clamp(min=SMALLEST_NORM)
        log_mel = torch.log(bands * MEL_BANDS / level.clamp(min=SMALLEST_NORM) + LOWEST_POWER)
        # Amplitudes instead of powers keep one strong harmonic from hiding the others.
        amplitude = torch.sqrt(power.clamp(min=SMALLEST_NORM))
        salience = (amplitude @ self.lags) / (amplitude @ self.lag_gain).clamp(min=SMALLEST_NORM)
        loud = energy / (energy + 1e-3 * level).clamp(min=SMALLEST_NORM)
        rows = torch.cat([log_mel / 4.0 + 1.0, 3.0 * salience * loud], dim=2)
        return rows.transpose(1, 2)


class SqueezeExcite(nn.Module):
    """Scales each channel by what the whole clip shows."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gate = nn.Sequential(
            nn.Linear(channels, channels // 4), nn.ReLU(), nn.Linear(channels // 4, channels), nn.Sigmoid()
        )

    def forward(self, maps: Tensor) -> Tensor:
        """Scale (batch, channels, rows, frames)."""
        gains: Tensor = self.gate(maps.mean(dim=(2, 3)))
        return maps * gains[:, :, None, None]


class ResidualBlock(nn.Module):
    """Two convolutions with squeeze-and-excite, beside a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: tuple[int, int]) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
            SqueezeExcite(outputs),
        )
        self.shortcut = nn.Sequential(
            nn.AvgPool2d(stride, stride, ceil_mode=True),
            nn.Conv2d(inputs, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )

    def forward(self, maps: Tensor) -> Tensor:
        """Transform (batch, inputs, rows, frames) to (batch, outputs, fewer rows, fewer frames)."""
        return nn.functional.relu(self.body(maps) + self.shortcut(maps))


class AttentivePooling(nn.Module):
    """Attention-weighted mean and deviation over time."""

    def __init__(self, channels: int, hidden: int = 64) -> None:
        super().__init__()
        self.score = nn.Sequential(nn.Conv1d(channels, hidden, 1), nn.Tanh(), nn.Conv1d(hidden, channels, 1))

    def forward(self, sequence: Tensor) -> Tensor:
        """Pool (batch, channels, frames) to (batch, 2 * channels)."""
        weights = torch.softmax(self.score(sequence), dim=2)
        mean = (weights * sequence).sum(dim=2)
        variance = (weights * sequence.square()).sum(dim=2) - mean.square()
        return torch.cat([mean, torch.sqrt(variance.clamp(min=1e-5))], dim=1)


class Encoder(nn.Module):
    """Features to embedding: residual blocks over time and frequency, then attentive pooling."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        stem, *stages = shape.channels
        self.scale = nn.BatchNorm1d(FEATURE_ROWS)
        self.stem = nn.Sequential(nn.Conv2d(1, stem, 5, (2, 1), 2, bias=False), nn.BatchNorm2d(stem), nn.ReLU())
        blocks: list[nn.Module] = []
        inputs = stem
        for index, outputs in enumerate(stages):
            blocks.append(ResidualBlock(inputs, outputs, (2, 2) if index < STAGES_THAT_HALVE_TIME else (2, 1)))
            inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        rows = FEATURE_ROWS // 2
        for _ in stages:
            rows = (rows + 1) // 2
        width = shape.embedding_dim
        self.mix = nn.Sequential(nn.Conv1d(inputs * rows, width, 1, bias=False), nn.BatchNorm1d(width), nn.ReLU())
        self.pool = AttentivePooling(width)
        self.embed = nn.Sequential(
            nn.BatchNorm1d(2 * width), nn.Dropout(shape.dropout), nn.Linear(2 * width, width), nn.BatchNorm1d(width)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Embed (batch, FEATURE_ROWS, frames) as (batch, embedding_dim)."""
        maps = self.stem(self.scale(features)[:, None])
        maps = self.blocks(maps)
        sequence = self.mix(maps.flatten(1, 2))
        embedding: Tensor = self.embed(self.pool(sequence))
        return embedding


class Ensemble(nn.Module):
    """Several encoders side by side: their embeddings are joined into one."""

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, features: Tensor) -> Tensor:
        """Embed (batch, FEATURE_ROWS, frames) as (batch, sum of the members' dimensions)."""
        return torch.cat([member(features) for member in self.members], dim=1)


class Embedder(nn.Module):
    """Waveform to embedding: what is exported and served."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.front_end = FrontEnd()
        self.encoder = encoder

    def forward(self, waveform: Tensor) -> Tensor:
        """Embed (batch, samples) at 16 kHz as (batch, embedding_dim)."""
        embedding: Tensor = self.encoder(self.front_end(waveform))
        return embedding
