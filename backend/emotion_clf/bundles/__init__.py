"""Folders of model files that prove what they are."""

from emotion_clf.bundles.files import (
    CARD_NAME,
    MANIFEST_NAME,
    Described,
    FileRecord,
    check_file,
    fingerprints,
    sha256_of,
)
from emotion_clf.bundles.graphs import Graphs

__all__ = [
    "CARD_NAME",
    "MANIFEST_NAME",
    "Described",
    "FileRecord",
    "Graphs",
    "check_file",
    "fingerprints",
    "sha256_of",
]
