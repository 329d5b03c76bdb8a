"""The networks a recipe can name: features (batch, coefficients, frames) in, class scores (batch, labels) out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from ml_models.recipe import NetworkRecipe

ATTENTION_WIDTH = 64
ATTENTION_HEADS = 4
LSTM_WIDTH = 64
POOLED = (4, 4)
SMALLEST_DEVIATION = 1e-5


class Standardise(nn.Module):
    """Shifts and scales every coefficient so that it has mean 0 and deviation 1 over the training clips."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, features: Tensor) -> None:
        """Learn from training features (clips, rows, frames)."""
        super().__init__()
        self.register_buffer("mean", features.mean(dim=(0, 2))[:, None])
        self.register_buffer("deviation", features.std(dim=(0, 2)).clamp(min=SMALLEST_DEVIATION)[:, None])

    def forward(self, features: Tensor) -> Tensor:
        """Standardise (batch, rows, frames)."""
        return (features - self.mean) / self.deviation


def _convolutions(rows: int) -> nn.Sequential:
    """Two convolutions over time; frames are halved twice."""
    return nn.Sequential(
        nn.Conv1d(rows, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool1d(2),
        nn.Conv1d(32, 64, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool1d(2),
    )


def cnn(rows: int, frames: int, labels: int, dropout: float) -> nn.Module:
    """Two convolutions over time, then a dense layer over all that is left of it."""
    return nn.Sequential(
        _convolutions(rows),
        nn.Flatten(),
        nn.Linear(64 * (frames // 4), 128),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(128, labels),
    )


class CnnLstm(nn.Module):
    """Two convolutions over time, then an LSTM that reads what they found in both directions."""

    def __init__(self, rows: int, labels: int, dropout: float) -> None:
        super().__init__()
        self.convolutions = _convolutions(rows)
        self.lstm = nn.LSTM(64, LSTM_WIDTH, batch_first=True, bidirectional=True)
        self.classify = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * LSTM_WIDTH, labels))

    def forward(self, features: Tensor) -> Tensor:
        """Give the class scores (batch, labels)."""
        states, _ = self.lstm(self.convolutions(features).transpose(1, 2))
        scores: Tensor = self.classify(states.mean(dim=1))
        return scores


class Transformer(nn.Module):
    """Frames with a learnt embedding of their position, one transformer block, and their average."""

    def __init__(self, rows: int, frames: int, labels: int, dropout: float) -> None:
        super().__init__()
        self.widen = nn.Linear(rows, ATTENTION_WIDTH)
        self.positions = nn.Parameter(0.02 * torch.randn(frames, ATTENTION_WIDTH))
        self.block = nn.TransformerEncoderLayer(
            ATTENTION_WIDTH, ATTENTION_HEADS, 2 * ATTENTION_WIDTH, dropout, batch_first=True, norm_first=True
        )
        self.classify = nn.Sequential(
            nn.LayerNorm(ATTENTION_WIDTH), nn.Dropout(dropout), nn.Linear(ATTENTION_WIDTH, labels)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Give the class scores (batch, labels)."""
        sequence = self.block(self.widen(features.transpose(1, 2)) + self.positions)
        scores: Tensor = self.classify(sequence.mean(dim=1))
        return scores


def _block(inputs: int, outputs: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(dropout),
    )


def _dense(inputs: int, outputs: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.ReLU(), nn.Dropout(dropout))


def ravdess_cnn(labels: int, dropout: float) -> nn.Module:
    """Three blocks of convolutions over coefficients and time, and two dense layers.

    With 8 classes it has 2,603,144 trainable parameters, whatever the number of coefficients and frames:

    * blocks of 64, 128 and 256 channels: 369,664 in the convolutions of 3 by 3, 896 in their batch norms;
    * maps averaged to 4 by 4, then dense layers of 512 and 256 and the classes: 2,231,048;
    * batch norms of the dense layers: 1,536.

    The batch norms' running means and variances are no parameters and are not counted.
    """
    return nn.Sequential(
        nn.Unflatten(1, (1, -1)),
        _block(1, 64, dropout),
        _block(64, 128, dropout),
        _block(128, 256, dropout),
        nn.AdaptiveAvgPool2d(POOLED),
        nn.Flatten(),
        _dense(256 * POOLED[0] * POOLED[1], 512, dropout),
        _dense(512, 256, dropout),
        nn.Linear(256, labels),
    )


def build(recipe: NetworkRecipe, frames: int, labels: int) -> nn.Module:
    """Build the network a recipe names, with the generator's next random weights.

    Args:
        recipe: architecture, coefficients and dropout.
        frames: of the features.
        labels: number of classes.
    """
    match recipe.architecture:
        case "cnn":
            return cnn(recipe.mfcc, frames, labels, recipe.dropout)
        case "transformer":
            return Transformer(recipe.mfcc, frames, labels, recipe.dropout)
        case "cnn_lstm":
            return CnnLstm(recipe.mfcc, labels, recipe.dropout)
        case "ravdess_cnn":
            return ravdess_cnn(labels, recipe.dropout)


def trainable_parameters(network: nn.Module) -> int:
    """Count the numbers that training changes."""
    return sum(weights.numel() for weights in network.parameters() if weights.requires_grad)
