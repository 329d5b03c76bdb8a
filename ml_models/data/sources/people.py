"""People who are no actors: recordings by their own microphones, and calm speech that nobody acted.

Both come as a folder with a `manifest.csv`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_models.data.sources.corpus import Corpus, Reading
from ml_models.data.sources.table import read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _reader(name: str) -> Callable[[Path], Reading]:
    return lambda place: Reading(read_table(place, corpora=[name]))


_FREE = "CC BY 3.0, CC BY-SA 3.0 and GPL-2.0-or-later, by package"
_PACKAGES = "Debian packages, by `emotion-clf corpus natural`"
_LAYOUT = "a folder with manifest.csv"

EMOSPEECH_IN = Corpus(
    name="emospeech_in",
    title="EmoSpeechCommands-IN",
    languages=("en", "hi"),
    emotions=("calm", "angry", "happy", "fearful"),
    licence="CC BY-NC-SA 4.0",
    source="https://huggingface.co/datasets/RakshakTeam/emospeech-dataset-v1",
    layout=_LAYOUT,
    grammar="none; the table says it",
    reader=_reader("emospeech_in"),
)
NATURAL = Corpus(
    name="natural",
    title="calm natural speech",
    languages=(),
    emotions=("neutral",),
    licence=_FREE,
    source=_PACKAGES,
    layout=_LAYOUT,
    grammar="none; the table says it",
    reader=_reader("natural"),
)
NATURAL_TEST = Corpus(
    name="natural_test",
    title="calm natural speech, for testing",
    languages=("en", "fr"),
    emotions=("neutral",),
    licence=_FREE,
    source=_PACKAGES,
    layout=_LAYOUT,
    grammar="none; the table says it",
    reader=_reader("natural_test"),
)
