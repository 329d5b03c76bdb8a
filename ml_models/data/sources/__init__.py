"""The corpora this package can read, as their users have them on disk: one file each."""

from ml_models.data.sources.ased import ASED
from ml_models.data.sources.corpus import Corpus, LeftOut, Reading, Reason
from ml_models.data.sources.cremad import CREMAD
from ml_models.data.sources.emodb import EMODB
from ml_models.data.sources.folders import FOLDERS
from ml_models.data.sources.nemo import NEMO
from ml_models.data.sources.people import EMOSPEECH_IN, NATURAL, NATURAL_TEST
from ml_models.data.sources.ravdess import RAVDESS
from ml_models.data.sources.savee import SAVEE
from ml_models.data.sources.table import TABLE
from ml_models.data.sources.tess import TESS

CORPORA: dict[str, Corpus] = {
    corpus.name: corpus
    for corpus in (CREMAD, RAVDESS, EMODB, NEMO, ASED, TESS, SAVEE, EMOSPEECH_IN, NATURAL, NATURAL_TEST, FOLDERS, TABLE)
}

__all__ = ["CORPORA", "Corpus", "LeftOut", "Reading", "Reason"]
