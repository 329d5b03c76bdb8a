"""The part of a model card that says what to expect away from the corpora."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ml_models.evaluation.sections import corpus_title
from ml_models.evaluation.tables import markdown_table

if TYPE_CHECKING:
    from collections.abc import Mapping

UNHEARD = """### Corpora that were not learnt from

Each corpus in turn, by a model that had heard nothing of it. This is what to expect of recordings of one's own. UA is
the mean recall of the emotions that the corpus has; an answer that it does not have counts as wrong.

{table}

Mean UA {mean:.3f}.

"""
NATURAL = """### Natural speech

Calm people who do not act, with voices that no part of the model has heard; the mean of the folds' models.

{table}

"""
UNFAMILIAR = """### Unfamiliar sounds

Where a sound is unlike all that was learnt from, the answer is uncertain. How often that happens to clips of speakers
who were held out:

{table}

"""


def beyond_the_corpora(scores: Mapping[str, Any]) -> str:
    """Write the sections for which the scores of a label set have figures."""
    return _unheard(scores) + _natural(scores) + _unfamiliar(scores)


def _unheard(scores: Mapping[str, Any]) -> str:
    found = scores.get("leave_one_corpus_out")
    if not found:
        return ""
    rows = (
        (
            corpus_title(corpus),
            str(row["classes"]),
            f"{row['ua']:.3f}",
            f"{row['ua_voice_known']:.3f}" if "ua_voice_known" in row else "",
            f"{row['certain_and_wrong']:.0%}",
        )
        for corpus, row in found["corpora"].items()
    )
    head = ("corpus nobody learnt from", "its emotions", "UA", "UA, voice known", "certain and wrong")
    return UNHEARD.format(table=markdown_table(head, rows), mean=found["mean"]["ua"])


def _natural(scores: Mapping[str, Any]) -> str:
    if "natural_speech" not in scores:
        return ""
    rows = (
        (kind, str(row["clips"]), f"{row['neutral']:.0%}", f"{row['certain_and_wrong']:.0%}")
        for kind, row in scores["natural_speech"].items()
    )
    head = ("source and language", "clips", "called neutral", "certain and wrong")
    return NATURAL.format(table=markdown_table(head, rows))


def _unfamiliar(scores: Mapping[str, Any]) -> str:
    if "strangeness" not in scores:
        return ""
    alarms = scores["strangeness"]["false_alarms"]
    rows = ((corpus_title(corpus), f"{share:.1%}") for corpus, share in alarms.items())
    return UNFAMILIAR.format(table=markdown_table(("corpus", "false alarms"), rows))
