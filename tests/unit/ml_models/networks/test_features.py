"""Features are computed once, of the clips that are asked for, and a copy belongs to one speaker."""

from __future__ import annotations

import torch

from ml_models.data.sounds import Sounds
from ml_models.networks.features import FeatureBank
from ml_models.networks.front_end import StretchedMfcc
from tests.unit.ml_models.networks.speakers import cast

EVERYTHING = ("noise", "babble", "codec", "speed", "pitch", "gain", "room", "microphone")


class Listened(Sounds):
    """Sounds that remember which of them were heard."""

    def __getitem__(self, index: int):
        self.heard.add(index)
        return super().__getitem__(index)

    @property
    def heard(self) -> set[int]:
        return self.__dict__.setdefault("_heard", set())


def bank_of(clips, sounds: Sounds, seed: int = 0, augmentations=EVERYTHING) -> FeatureBank:
    return FeatureBank(clips, sounds, StretchedMfcc(13, 1.0), augmentations, seed=seed)


def test_copies_are_decided_by_seed_number_and_clip_alone() -> None:
    clips, sounds = cast()
    forth = bank_of(clips, sounds).features([3, 4], 1, title="")
    back = bank_of(clips, sounds).features([4, 3], 1, title="")
    assert torch.equal(forth[0], back[1])
    assert torch.equal(forth[1], back[0])
    other_copy = bank_of(clips, sounds).features([3], 2, title="")[0]
    other_seed = bank_of(clips, sounds, seed=1).features([3], 1, title="")[0]
    assert not torch.equal(forth[0], other_copy)
    assert not torch.equal(forth[0], other_seed)


def test_copy_zero_is_the_clean_clip() -> None:
    clips, sounds = cast()
    (features,) = bank_of(clips, sounds).features([5], 0, title="")
    assert torch.equal(features, StretchedMfcc(13, 1.0)(torch.from_numpy(sounds[5])[None])[0])


def test_a_sound_is_heard_once() -> None:
    clips, sounds = cast()
    listened = Listened(sounds.folder, sounds.waveforms)
    bank = bank_of(clips, listened)
    first = bank.features([1, 2], 0, title="")
    assert listened.heard == {1, 2}
    listened.heard.clear()
    again = bank.features([2, 1], 0, title="")
    assert not listened.heard
    assert again[0] is first[1]


def test_no_copy_holds_another_speakers_voice() -> None:
    clips, sounds = cast()
    listened = Listened(sounds.folder, sounds.waveforms)
    bank = bank_of(clips, listened, augmentations=("babble",))
    bank.features([0, 1, 2, 3], 1, title="")
    assert len(listened.heard) > 4
    assert {clips[index].speaker for index in listened.heard} == {clips[0].speaker}


def test_features_can_be_learnt_from() -> None:
    clips, sounds = cast()
    weight = torch.ones(1, requires_grad=True)
    (features,) = bank_of(clips, sounds).features([0], 0, title="")
    torch.autograd.backward((features * weight).sum())
    assert weight.grad is not None
