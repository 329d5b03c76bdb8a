"""Speaker-independent folds: nobody is heard both in training and in testing; and the split that breaks this rule."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ml_models.data.sources.cremad_split import standard_split
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
SPLIT_SPEAKERS = 10


class Split(Protocol):
    """A numbered way to part clips."""

    @property
    def number(self) -> int:
        """From 1."""

    def split(self, clips: Sequence[Clip]) -> tuple[list[int], list[int]]:
        """Give the positions of the training clips and of the test clips."""

    def validation(self, clips: Sequence[Clip]) -> list[int]:
        """Give the positions of clips for calibration, by speakers who are neither; none where other splits serve."""


@dataclass(frozen=True)
class RandomSplit:
    """One of five random parts of the clips is tested, regardless of who speaks: every speaker is in training too.

    It is measured to show what this leak is worth, never as a result.

    Attributes:
        number: after the folds.
        seed: of the shuffle.
        part: which of the five parts is tested, from 0.
    """

    number: int = FOLDS + 1
    seed: int = 0
    part: int = 0

    def split(self, clips: Sequence[Clip]) -> tuple[list[int], list[int]]:
        """Give the positions of the training clips and of the test clips."""
        order = np.random.default_rng(self.seed).permutation(len(clips)).tolist()
        return _cut(order, self.part)

    def validation(self, clips: Sequence[Clip]) -> list[int]:
        """Give none: everybody is in training."""
        return []


@dataclass(frozen=True)
class DoubledSplit:
    """A random split of a copy that holds every file twice: most tested clips are themselves in training.

    The usual download of RAVDESS is such a copy. It is measured to show what this leak is worth.

    Attributes:
        number: after the random splits.
        seed: of the shuffle.
    """

    number: int = 2 * FOLDS + 1
    seed: int = 0

    def split(self, clips: Sequence[Clip]) -> tuple[list[int], list[int]]:
        """Give the positions of the training clips and of the test clips; one may occur twice, and in both."""
        order = np.random.default_rng(self.seed).permutation(2 * len(clips)).tolist()
        return _cut([position % len(clips) for position in order], 0)

    def validation(self, clips: Sequence[Clip]) -> list[int]:
        """Give none: everybody is in training."""
        return []


def _cut(order: list[int], part: int) -> tuple[list[int], list[int]]:
    start, end = part * len(order) // FOLDS, (part + 1) * len(order) // FOLDS
    return sorted(order[:start] + order[end:]), sorted(order[start:end])


@dataclass(frozen=True)
class Fold:
    """One split of the speakers.

    Attributes:
        number: from 1.
        train_speakers: who is heard in training.
        test_speakers: who is heard in testing only.
        validation_speakers: who is heard in calibration only; none where the other folds serve for that.
    """

    number: int
    train_speakers: frozenset[str]
    test_speakers: frozenset[str]
    validation_speakers: frozenset[str] = frozenset()

    def split(self, clips: Sequence[Clip]) -> tuple[list[int], list[int]]:
        """Give the positions of the training clips and of the test clips."""
        return _by(clips, self.train_speakers), _by(clips, self.test_speakers)

    def validation(self, clips: Sequence[Clip]) -> list[int]:
        """Give the positions of the calibration clips."""
        return _by(clips, self.validation_speakers)


def _by(clips: Sequence[Clip], speakers: frozenset[str]) -> list[int]:
    return [position for position, clip in enumerate(clips) if clip.speaker in speakers]


@dataclass(frozen=True)
class UnheardCorpus:
    """One corpus is tested whole, and nothing of it is heard in training: the nearest to a user's own recordings.

    Attributes:
        number: after the other splits.
        corpus: which one.
    """

    number: int
    corpus: str

    def split(self, clips: Sequence[Clip]) -> tuple[list[int], list[int]]:
        """Give the positions of the training clips and of the test clips."""
        heard = [position for position, clip in enumerate(clips) if clip.corpus != self.corpus]
        return heard, [position for position, clip in enumerate(clips) if clip.corpus == self.corpus]

    def validation(self, clips: Sequence[Clip]) -> list[int]:
        """Give none: the speaker-independent folds serve for calibration."""
        return []


@dataclass(frozen=True)
class LimitedSplit:
    """A split of some corpora alone; clips of others are on neither side.

    Attributes:
        whole: the split.
        corpora: those it is limited to.
    """

    whole: Split
    corpora: tuple[str, ...]

    @property
    def number(self) -> int:
        """See `Split.number`."""
        return self.whole.number

    def split(self, clips: Sequence[Clip]) -> tuple[list[int], list[int]]:
        """See `Split.split`."""
        train, test = self.whole.split(clips)
        return self._kept(clips, train), self._kept(clips, test)

    def validation(self, clips: Sequence[Clip]) -> list[int]:
        """See `Split.validation`."""
        return self._kept(clips, self.whole.validation(clips))

    def _kept(self, clips: Sequence[Clip], positions: list[int]) -> list[int]:
        return [position for position in positions if clips[position].corpus in self.corpora]


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


def standard_fold(clips: Sequence[Clip]) -> Fold:
    """CREMA-D's usual split as a fold with validation speakers.

    Raises:
        TrainingDataError: too few actors for three parts.
    """
    parts = standard_split(clips)
    train, validation, test = (
        frozenset(clip.speaker for clip in part) for part in (parts.train, parts.validation, parts.test)
    )
    if not (train and validation and test):
        raise TrainingDataError(
            f"The standard split needs at least {SPLIT_SPEAKERS} speakers; these clips have "
            f"{len({clip.speaker for clip in clips})}."
        )
    return Fold(1, train, test, validation)


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
