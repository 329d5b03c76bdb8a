"""Neutral natural speech out of Debian's packages: telephone prompts, and words read by volunteers.

Nobody acts in it. It teaches a model what a calm voice is away from a stage, and tests whether it has learnt that: the
Nobody acts in it. It teaches a model what a calm voice is away from a stage, and tests whether it has learnt that. The
since their speaker is the one of the English ones.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from math import gcd
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy.signal

from emotion_clf.audio import SAMPLE_RATE_HZ, Waveform
from emotion_clf.audio.voice_activity import FRAME_SAMPLES, SPEECH_PROBABILITY, speech_probabilities
from ml_models.data.corpora import Clip
from ml_models.data.sources.table import write_table
from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]

LEARNT, TESTED = "natural", "natural_test"
_TESTED_LANGUAGES: Final = ("en", "fr")
_SHORTEST_S: Final = 1.0
_PAUSE_S, _MARGIN_S = 0.12, 0.06
_LEVEL_RMS: Final = 0.06
_LOWEST_RMS: Final = 1e-4
_WORDS_JOINED: Final = 3
_SYLLABLES_JOINED: Final = 4
_MOST_OF_A_VOICE: Final = 30
_DIGITS_JOINED, _ROWS_OF_DIGITS = 8, 24
_SILENT_FOLDERS: Final = frozenset({"silence", "phonetic"})


@dataclass(frozen=True)
class Package:
    """One package of recordings.

    Attributes:
        name: Debian's.
        voice: who speaks in it; None: one volunteer or more for each language, in a folder of its own.
        language: of the voice; None: the folder says it.
        joined: how many short recordings make one clip.
    """

    name: str
    voice: str | None = None
    language: str | None = None
    joined: int = _WORDS_JOINED


PACKAGES: Final = (
    Package("asterisk-core-sounds-it-wav", "carlo", "it"),
    Package("asterisk-core-sounds-ru-wav", "maxim", "ru"),
    Package("asterisk-prompt-it-menardi-wav", "paola", "it"),
    Package("asterisk-core-sounds-en-wav", "allison", "en"),
    Package("asterisk-core-sounds-fr-wav", "june", "fr"),
    Package("ktuberling-data"),
    Package("klettres-data", joined=_SYLLABLES_JOINED),
)


@dataclass(frozen=True)
class _Recipe:
    """One clip to make.

    Attributes:
        parts: the recordings that are joined.
        voice: who speaks.
        language: ISO 639-1 code.
        kind: "prompts", "words" or "digits".
    """

    parts: tuple[Path, ...]
    voice: str
    language: str
    kind: str

    @property
    def corpus(self) -> str:
        """Whether it may be learnt from."""
        return TESTED if self.language.split("_")[0] in _TESTED_LANGUAGES else LEARNT


def make_natural_speech(out: Path, unpacked: Path | None = None) -> list[Clip]:
    """Write the clips as FLAC with a `manifest.csv`.

    Args:
        out: folder to write.
        unpacked: folder with one folder for each package; None fetches the packages with apt-get.

    Returns:
        The clips.

    Raises:
        TrainingDataError: the packages cannot be had.
    """
    if unpacked is None:
        with tempfile.TemporaryDirectory() as folder:
            _fetch(Path(folder))
            return make_natural_speech(out, Path(folder))
    clips = []
    for package in PACKAGES:
        for number, recipe in enumerate(_recipes(package, unpacked / package.name)):
            clips += _write(recipe, out, f"{package.name}-{number:03d}")
    write_table(out / "manifest.csv", clips)
    return clips


def _fetch(folder: Path) -> None:
    for package in PACKAGES:
        try:
            subprocess.run(["apt-get", "download", "-qq", package.name], cwd=folder, check=True, capture_output=True)  # noqa: S607
            archive = next(folder.glob(f"{package.name}_*.deb"))
            subprocess.run(["dpkg-deb", "-x", str(archive), str(folder / package.name)], check=True)  # noqa: S607
        except (OSError, subprocess.CalledProcessError, StopIteration) as error:
            raise TrainingDataError(
                f"The package {package.name} cannot be fetched. On a machine without apt-get, fetch and unpack the "
                "packages elsewhere and name their folder with --unpacked."
            ) from error


def _recipes(package: Package, folder: Path) -> Iterator[_Recipe]:
    sounds = sorted(path for path in folder.rglob("*") if path.suffix in {".wav", ".ogg"})
    if not sounds:
        raise TrainingDataError(f"{folder} holds no recordings of the package {package.name}.")
    if package.voice is not None and package.language is not None:
        yield from _prompts(sounds, package.voice, package.language)
        return
    languages: dict[str, list[Path]] = {}
    known: set[bytes] = set()
    for path in sounds:
        # A language in two scripts has the same recordings twice, by the same volunteer.
        if (content := path.read_bytes()) not in known:
            known.add(content)
            languages.setdefault(path.parts[-_depth(path)].split("@")[0], []).append(path)
    for language, paths in sorted(languages.items()):
        order = np.random.default_rng(0).permutation(len(paths))
        shuffled = [paths[position] for position in order.tolist()]
        for parts in _groups(shuffled, package.joined)[:_MOST_OF_A_VOICE]:
            yield _Recipe(parts, f"{package.name.split('-')[0]}-{language}", language, "words")


def _depth(path: Path) -> int:
    """How far above the file the folder of its language is."""
    return 3 if path.parent.name in {"alpha", "syllab"} else 2


def _prompts(sounds: Sequence[Path], voice: str, language: str) -> Iterator[_Recipe]:
    digits = [path for path in sounds if path.parent.name == "digits" and re.fullmatch(r"\d", path.stem)]
    rest = [path for path in sounds if path not in set(digits) and path.parent.name not in _SILENT_FOLDERS]
    lengths_s = {path: len(_decoded(path)) / SAMPLE_RATE_HZ for path in rest}
    long = [path for path in rest if lengths_s[path] >= _SHORTEST_S]
    short = [path for path in rest if lengths_s[path] < _SHORTEST_S]
    for parts in [*((path,) for path in long), *_groups(short, _WORDS_JOINED)]:
        yield _Recipe(parts, voice, language, "prompts")
    rng = np.random.default_rng(0)
    rows = _ROWS_OF_DIGITS if language in _TESTED_LANGUAGES and len(digits) >= _DIGITS_JOINED else 0
    for _ in range(rows):
        row = rng.choice(len(digits), _DIGITS_JOINED, replace=False).tolist()
        yield _Recipe(tuple(digits[position] for position in row), voice, language, "digits")


def _groups(paths: Sequence[Path], size: int) -> list[tuple[Path, ...]]:
    return [tuple(paths[start : start + size]) for start in range(0, len(paths) - size + 1, size)]


def _write(recipe: _Recipe, out: Path, name: str) -> list[Clip]:
    """Write one clip; nothing where it holds no speech to speak of."""
    import soundfile

    pieces = [_decoded(path) for path in recipe.parts]
    sound = pieces[0] if len(pieces) == 1 else _joined(pieces)
    if len(sound) < SAMPLE_RATE_HZ // 2:
        return []
    path = out / "audio" / f"{name}.flac"
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.clip(sound, -1.0, 1.0), SAMPLE_RATE_HZ, subtype="PCM_16")
    return [
        Clip(
            path=path,
            corpus=recipe.corpus,
            speaker=f"{recipe.corpus}:{recipe.voice}",
            sex="",
            language=recipe.language.split("_")[0],
            emotion="neutral",
            sentence=recipe.kind,
        )
    ]


@cache
def _decoded(path: Path) -> Samples:
    """Read a recording as 16 kHz mono."""
    import soundfile

    samples, sample_rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    common = gcd(sample_rate_hz, SAMPLE_RATE_HZ)
    return np.asarray(
        scipy.signal.resample_poly(samples.mean(axis=1), SAMPLE_RATE_HZ // common, sample_rate_hz // common),
        dtype=np.float32,
    )


def _joined(pieces: Sequence[Samples]) -> Samples:
    """Put recordings one behind the other, without the silence around each and at one level."""
    pause = np.zeros(round(_PAUSE_S * SAMPLE_RATE_HZ), dtype=np.float32)
    parts = [part for piece in pieces for part in (pause, _levelled(_speech_of(piece)))]
    return np.concatenate(parts[1:])


def _speech_of(samples: Samples) -> Samples:
    spoken = np.flatnonzero(speech_probabilities(Waveform(_levelled(samples))) > SPEECH_PROBABILITY)
    if not len(spoken):
        return samples
    margin = round(_MARGIN_S * SAMPLE_RATE_HZ)
    start, stop = spoken[0] * FRAME_SAMPLES - margin, (spoken[-1] + 1) * FRAME_SAMPLES + margin
    return samples[max(start, 0) : stop]


def _levelled(samples: Samples) -> Samples:
    rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0
    return np.asarray(samples * (_LEVEL_RMS / max(rms, _LOWEST_RMS)), dtype=np.float32)
