"""The sounds of clips, decoded and heard as the product does, and kept by the bytes they came from."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import joblib
from tqdm import tqdm

from emotion_clf.audio import decode_path, hear
from emotion_clf.errors import AudioError, InvalidRequestError, UnsupportedAudioError
from ml_models.embedding.backends import as_they_come

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from emotion_clf.audio import DecodeOptions
    from ml_models.embedding.files import ArrayStore
    from ml_models.embedding.listing import ListedClip


def decode_into(
    store: ArrayStore, clips: Sequence[ListedClip], options: DecodeOptions, workers: int
) -> Generator[tuple[ListedClip, str]]:
    """Decode the clips whose sounds are not stored yet.

    Args:
        store: of sounds, under the SHA-256 of their files.
        clips: the recordings.
        options: limits of a decode.
        workers: decoders at a time.

    Yields:
        Each clip that cannot be decoded, with a sentence that says why.

    Raises:
        DecoderMissingError: there is no decoder.
    """
    missing = [clip for clip in clips if clip.sha256 not in store]
    tasks = (joblib.delayed(_decode)(store, clip, options) for clip in missing)
    known = len(clips) - len(missing)
    with closing(as_they_come(tasks, n_jobs=workers, prefer="threads")) as decoded:
        for clip, fault in tqdm(decoded, "decoding", total=len(clips), initial=known, unit="clip"):
            if fault is not None:
                yield clip, fault


def _decode(store: ArrayStore, clip: ListedClip, options: DecodeOptions) -> tuple[ListedClip, str | None]:
    """Store a clip's sound, or say what is the matter with it."""
    try:
        store[clip.sha256] = hear(decode_path(clip.path, options).waveform).waveform.samples
    except (AudioError, UnsupportedAudioError, InvalidRequestError) as error:
        return clip, error.message
    return clip, None
