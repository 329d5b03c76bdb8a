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
from emotion_clf.bundles.manifest import BundleManifest
from emotion_clf.bundles.registry import BundleRegistry

__all__ = [
    "CARD_NAME",
    "MANIFEST_NAME",
    "BundleManifest",
    "BundleRegistry",
    "Described",
    "FileRecord",
    "Graphs",
    "check_file",
    "fingerprints",
    "sha256_of",
]
