"""The networks are those that their names promise."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ml_models.networks.architectures import Standardise, build, trainable_parameters
from ml_models.recipe import NetworkRecipe

ARCHITECTURES = ["cnn", "transformer", "cnn_lstm", "ravdess_cnn"]
FRAMES = 94


def network(architecture, labels: int = 8) -> nn.Module:
    return build(NetworkRecipe(architecture=architecture), FRAMES, labels).eval()


def parts(architecture, kind: type[nn.Module]) -> list[nn.Module]:
    return [part for part in network(architecture).modules() if isinstance(part, kind)]


def test_the_ravdess_network_has_the_published_number_of_parameters() -> None:
    assert trainable_parameters(network("ravdess_cnn")) == 2_603_144


def test_the_ravdess_network_has_three_normalised_blocks_with_dropout() -> None:
    assert [part.out_channels for part in parts("ravdess_cnn", nn.Conv2d)] == [64, 128, 256]
    assert len(parts("ravdess_cnn", nn.BatchNorm2d)) == 3
    assert len(parts("ravdess_cnn", nn.Dropout)) >= 3


def test_the_cnn_has_two_convolutions_of_kernel_three_and_a_dense_layer_of_128() -> None:
    convolutions = parts("cnn", nn.Conv1d)
    assert [(part.out_channels, part.kernel_size) for part in convolutions] == [(32, (3,)), (64, (3,))]
    assert [part.kernel_size for part in parts("cnn", nn.MaxPool1d)] == [2, 2]
    assert [part.out_features for part in parts("cnn", nn.Linear)] == [128, 8]


def test_the_transformer_has_one_block_and_knows_positions() -> None:
    assert len(parts("transformer", nn.TransformerEncoderLayer)) == 1
    model, features = network("transformer"), torch.randn(1, 40, FRAMES)
    turned = features.flip(2)
    assert not torch.allclose(model(features), model(turned), atol=1e-5)
    model.positions.data.zero_()
    torch.testing.assert_close(model(features), model(turned), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("labels", [6, 8])
def test_every_network_scores_every_label_and_each_clip_for_itself(architecture, labels: int) -> None:
    torch.manual_seed(1)
    model, features = network(architecture, labels), torch.randn(5, 40, FRAMES)
    scores = model(features)
    assert scores.shape == (5, labels)
    torch.testing.assert_close(model(features[2:3]), scores[2:3], atol=1e-5, rtol=1e-4)


def test_standardised_training_features_have_mean_zero_and_deviation_one() -> None:
    features = 30.0 * torch.randn(20, 40, FRAMES) + torch.arange(40.0)[:, None]
    scaled = Standardise(features)(features)
    torch.testing.assert_close(scaled.mean(dim=(0, 2)), torch.zeros(40), atol=1e-4, rtol=0)
    torch.testing.assert_close(scaled.std(dim=(0, 2)), torch.ones(40), atol=1e-4, rtol=0)


def test_a_constant_coefficient_stays_a_number() -> None:
    features = torch.ones(3, 2, 5)
    assert torch.equal(Standardise(features)(features), torch.zeros(3, 2, 5))
