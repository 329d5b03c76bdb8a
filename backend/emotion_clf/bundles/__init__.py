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
from emotion_clf.bundles.reference import REFERENCE_NAME, Binned, Reference, reference_id, reference_of
from emotion_clf.bundles.registry import BundleRegistry

__all__ = [
    "CARD_NAME",
    "MANIFEST_NAME",
    "REFERENCE_NAME",
    "Binned",
    "BundleManifest",
    "BundleRegistry",
    "Described",
    "FileRecord",
    "Graphs",
    "Reference",
    "check_file",
    "fingerprints",
    "reference_id",
    "reference_of",
    "sha256_of",
]
