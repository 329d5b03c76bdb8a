"""Speaker-independent folds: nobody is heard both in training and in testing; and the split that breaks this rule."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ml_models.data.corpora import Clip

# EmoBox's partition of RAVDESS by actor; what is missing from a copy of the corpus is skipped.
RAVDESS_TEST_ACTORS = (
    (1, 11, 20, 21),
    (4, 10, 12, 14),
    (8, 9, 19, 23),
    (3, 5, 7, 24),
    (2, 15, 16, 18),
)
FOLDS = len(RAVDESS_TEST_ACTORS)


class Split(Protocol):
    """A numbered way to part clips."""

    @property
    def number(self) -> int:
        """From 1."""

    def split(self, clips: Sequence[Clip]) -> tuple[list[int], list[int]]:
        """Give the indices of the training clips and of the test clips."""


@dataclass(frozen=True)
class RandomSplit:
    """A fifth of the clips, drawn regardless of who speaks: every speaker is in training too.

    It is measured to show what this leak is worth, never as a result.

    Attributes:
        number: after the folds.
        seed: of the draw.
    """

    number: int = FOLDS + 1
    seed: int = 0

    def split(self, clips: Sequence[Clip]) -> tuple[list[int], list[int]]:
        """Give the indices of the training clips and of the test clips."""
        order = np.random.default_rng(self.seed).permutation(len(clips)).tolist()
        cut = len(clips) // FOLDS
        return sorted(order[cut:]), sorted(order[:cut])


@dataclass(frozen=True)
class Fold:
    """One split of the speakers.

    Attributes:
        number: from 1.
        train_speakers: who is heard in training.
        test_speakers: who is heard in testing only.
    """

    number: int
    train_speakers: frozenset[str]
    test_speakers: frozenset[str]

    def split(self, clips: Sequence[Clip]) -> tuple[list[int], list[int]]:
        """Give the indices of the training clips and of the test clips."""
        train = [index for index, clip in enumerate(clips) if clip.speaker in self.train_speakers]
        test = [index for index, clip in enumerate(clips) if clip.speaker in self.test_speakers]
        return train, test


def speaker_folds(clips: Sequence[Clip]) -> tuple[Fold, ...]:
    """Split the speakers of every corpus five times; each speaker is tested exactly once.

    RAVDESS follows EmoBox's published folds; RAVDESS actors outside them, and the speakers of the other corpora,
    are dealt out by number of clips, largest first, each to the fold with the fewest clips so far.

    Raises:
        TrainingDataError: a corpus has fewer speakers than there are folds.
    """
    tested: list[set[str]] = [set() for _ in range(FOLDS)]
    for corpus, sizes in _clips_per_speaker(clips):
        if len(sizes) < FOLDS:
            raise TrainingDataError(
                f"{corpus} has {len(sizes)} speaker(s); speaker-independent evaluation needs at least {FOLDS}."
            )
        published = _published_folds(corpus, sizes)
        loads = [sum(sizes[speaker] for speaker in speakers) for speakers in published]
        dealt = {speaker for speakers in published for speaker in speakers}
        for fold, speakers in enumerate(published):
            tested[fold] |= speakers
        for speaker in sorted(sizes.keys() - dealt, key=lambda name: (-sizes[name], name)):
            fold = loads.index(min(loads))
            tested[fold].add(speaker)
            loads[fold] += sizes[speaker]
    everybody = frozenset(clip.speaker for clip in clips)
    return tuple(
        Fold(number, everybody - speakers, frozenset(speakers)) for number, speakers in enumerate(tested, start=1)
    )


def _clips_per_speaker(clips: Sequence[Clip]) -> Iterator[tuple[str, dict[str, int]]]:
    sizes: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for clip in clips:
        sizes[clip.corpus][clip.speaker] += 1
    for corpus in sorted(sizes):
        yield corpus, dict(sizes[corpus])


def _published_folds(corpus: str, sizes: dict[str, int]) -> list[set[str]]:
    if corpus != "ravdess":
        return [set() for _ in range(FOLDS)]
    return [
        {name for actor in actors if (name := f"ravdess:Actor_{actor:02d}") in sizes} for actors in RAVDESS_TEST_ACTORS
    ]
