"""Adaptation to a speaker: an embedding is normalised by what is known of the voice, not by everybody's statistics.

With no clip of a voice this is the scaler of the head; with many it is the voice's own mean and deviation. The
product does the same in `emotion_clf.speech.voice`; a test holds the two together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from sklearn.preprocessing import StandardScaler

    Floats = npt.NDArray[np.floating]
    Ints = npt.NDArray[np.integer]

# How many clips of a voice weigh as much as everybody's statistics.
PRIOR_CLIPS = 8.0
SKEWED_SHARE = 0.7


def normalise_by_voice(embeddings: Floats, voice: Floats, scaler: StandardScaler, prior_clips: float) -> Floats:
    """Normalise embeddings by the statistics of one voice, drawn towards everybody's.

    Args:
        embeddings: (n, dim) to normalise.
        voice: (clips, dim) what is known of the voice, the embeddings themselves included.
        scaler: fitted on everybody.
        prior_clips: how many clips everybody's statistics count as.
    """
    count = len(voice)
    if count == 0:
        unknown: Floats = scaler.transform(np.atleast_2d(embeddings)).reshape(embeddings.shape)
        return unknown
    mean = (prior_clips * scaler.mean_ + voice.sum(axis=0)) / (prior_clips + count)
    variance = (prior_clips * scaler.var_ + count * voice.var(axis=0)) / (prior_clips + count)
    normalised: Floats = (embeddings - mean) / np.sqrt(variance)
    return normalised


def adapt_to_speakers(
    embeddings: Floats, speakers: Sequence[str], scaler: StandardScaler, *, prior_clips: float = PRIOR_CLIPS
) -> Floats:
    """Normalise each speaker's embeddings by all clips of this speaker; no label is needed.

    Args:
        embeddings: (clips, dim).
        speakers: (clips,) who speaks.
        scaler: fitted on everybody.
        prior_clips: how many clips everybody's statistics count as.
    """
    owners = np.asarray(speakers)
    adapted = np.empty_like(embeddings)
    for speaker in np.unique(owners):
        mine = owners == speaker
        adapted[mine] = normalise_by_voice(embeddings[mine], embeddings[mine], scaler, prior_clips)
    return adapted


def adapt_to_earlier(
    embeddings: Floats,
    earlier: Sequence[Ints],
    scaler: StandardScaler,
    *,
    prior_clips: float = PRIOR_CLIPS,
) -> Floats:
    """Normalise each clip by itself and some earlier clips of its speaker.

    Args:
        embeddings: (clips, dim).
        earlier: for each clip the positions of the earlier ones; none leaves it unadapted.
        scaler: fitted on everybody.
        prior_clips: how many clips everybody's statistics count as.
    """
    adapted = np.empty_like(embeddings)
    for index, others in enumerate(earlier):
        voice = embeddings[[*others, index]] if len(others) else embeddings[:0]
        adapted[index] = normalise_by_voice(embeddings[index], voice, scaler, prior_clips)
    return adapted


def draw_earlier(
    speakers: Sequence[str], emotions: Sequence[str], *, clips: int, seed: int, skewed: bool = False
) -> list[Ints]:
    """Draw earlier clips of the same speaker for every clip.

    Args:
        speakers: (n,) who speaks.
        emotions: (n,) what was acted.
        clips: how many to draw; fewer where the speaker has fewer others.
        seed: of the draw.
        skewed: let most of them be of one emotion, drawn anew for every clip, as in a voice's ordinary day.
    """
    rng = np.random.default_rng(seed)
    owners, acted = np.asarray(speakers), np.asarray(emotions)
    drawn = []
    for index, speaker in enumerate(speakers):
        others = np.flatnonzero(owners == speaker)
        others = others[others != index]
        if skewed and len(others):
            drawn.append(_skewed(others, acted, clips, rng))
        else:
            drawn.append(rng.choice(others, size=min(clips, len(others)), replace=False))
    return drawn


def _skewed(others: Ints, acted: npt.NDArray[np.str_], clips: int, rng: np.random.Generator) -> Ints:
    favourite = rng.choice(np.unique(acted[others]))
    same, rest = others[acted[others] == favourite], others[acted[others] != favourite]
    wanted = min(round(SKEWED_SHARE * clips), len(same))
    chosen: Ints = np.concatenate(
        [
            rng.choice(same, size=wanted, replace=False),
            rng.choice(rest, size=min(clips - wanted, len(rest)), replace=False),
        ]
    )
    return chosen
