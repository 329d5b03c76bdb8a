"""The text model's card, after Mitchell et al. (2019), written from its scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ml_models.evaluation.tables import markdown_table

if TYPE_CHECKING:
    from emotion_clf.text.manifest import TextManifest

_INTENSITY: Final = {
    "rule": "by the documented rule in docs/text.md, not by a trained head: this model has no data on intensity",
    "head": "by a head trained on SemEval-2018 EI-reg, which is not passed on",
}
TEMPLATE = """# {title}

## Model details

- Name and version: `{name}` {version}
- What it does: {description}
- Emotions: anger, disgust, fear, happiness, neutral, sadness, surprise; GoEmotions' 28 labels as sub-emotions
- Shape: a pre-trained encoder, contextual attention over {context} sentences on each side, 42 linguistic \
features, heads for emotion and sub-emotion; a linear model over TF-IDF votes beside them
- Intensity: {intensity}
- Size: {size_mb:.1f} MB
- Licence of the weights: {licence}

## Intended use

To say which emotion an English sentence expresses, for research, the study of calls and videos, \
with a person who looks at the answer.

**Not for** decisions about people, and not for judging what someone feels: words are not feelings. In the European \
Union, inferring the emotions of employees or pupils is restricted (Regulation (EU) 2024/1689, Article 5(1)(f), for \
biometric data; texts of employees are personal data all the same).

## Training data

{data}

GoEmotions are comments of Reddit in English, written mostly by young men in the United States, judged by raters in \
India; their humour, slang and topics are in the model. Names and religions are masked in them.

## Evaluation

Everything below was measured on the bundle as it is served, thresholds and calibration fitted on the development split.

### GoEmotions, official test split

{multi_label}

By emotion (F1): {by_emotion}.

"As spoken" is the same text in lower case, without punctuation and with fillers, as rough transcripts have it.

One answer for each text (those with exactly one emotion):

{one_label}

{meld}## Misses

What is most often taken for what, in the test texts with one emotion:

{taken_for}

The surest wrong answers; some are mistakes of the raters, most are irony, missing context or names of things:

{surest}

## Caveats

- English only. Other languages get an answer that means nothing; the product says so where it knows the language.
- Out of the domain of written comments the answers get much worse, as the dialogue figures show.
- F1 of a label that is rare in training rests on few test texts: see the intervals.
"""


def model_card(manifest: TextManifest, figures: dict[str, Any], size: int) -> str:
    """The card as Markdown.

    Args:
        manifest: of the bundle.
        figures: as `evaluating.evaluate` gives them.
        size: of the files served, in bytes.
    """
    written, spoken = figures["goemotions_test"], figures["goemotions_test_as_spoken"]
    return TEMPLATE.format(
        title=manifest.title,
        name=manifest.name,
        version=manifest.version,
        description=manifest.description,
        context=manifest.heads.context,
        intensity=_INTENSITY[manifest.intensity],
        size_mb=size / 1e6,
        licence=manifest.licence,
        data="\n".join(
            f"- {corpus.corpus}: {corpus.sentences:,} texts, {corpus.language}, {corpus.licence}"
            for corpus in manifest.training_data
        ),
        multi_label=_multi_label(written, spoken),
        by_emotion=", ".join(f"{name} {value:.2f}" for name, value in written["ekman"]["f1"].items()),
        one_label=_one_label({"GoEmotions test": written["one_emotion"], "the same, as spoken": spoken["one_emotion"]}),
        meld=_meld(figures),
        taken_for=_taken_for(figures["misses"]),
        surest=_surest(figures["misses"]),
    )


def _multi_label(written: dict[str, Any], spoken: dict[str, Any]) -> str:
    rows = []
    for title, key in (("7 emotions", "ekman"), ("28 labels", "labels_28")):
        low, high = written[key]["macro_f1_interval"]
        rows.append(
            (
                title,
                f"{written[key]['macro_f1']:.3f}",
                f"{low:.3f}–{high:.3f}",  # noqa: RUF001 - a range
                f"{written[key]['micro_f1']:.3f}",
                f"{spoken[key]['macro_f1']:.3f}",
            )
        )
    return markdown_table(("Labels", "macro-F1", "95 % interval", "micro-F1", "macro-F1 as spoken"), rows)


def _one_label(scores: dict[str, dict[str, Any]]) -> str:
    rows = [
        (name, str(one["texts"]), f"{one['accuracy']:.3f}", f"{one['macro_f1']:.3f}", f"{one['ece']:.3f}")
        for name, one in scores.items()
    ]
    return markdown_table(("Texts", "Number", "accuracy", "macro-F1", "ECE"), rows)


def _meld(figures: dict[str, Any]) -> str:
    if "meld_dev" not in figures:
        return ""
    scores = {
        f"MELD {split}, {how.replace('_', ' ')}": figures[f"meld_{split}"][how]
        for split in ("dev", "train")
        for how in ("alone", "within_turns", "whole_dialogue")
    }
    return (
        "### Dialogue (MELD)\n\n"
        "Television dialogue, never trained on: each line alone, as the product reads unless "
        "`CLASSIFICATION_CONTEXT` is set; with its speaker's lines before and after it, as it then reads; and with "
        "whatever lines stand around it:\n\n"
        f"{_one_label(scores)}\n\n"
    )


def _taken_for(misses: dict[str, Any]) -> str:
    rows = [(one["truth"], one["answer"], str(one["texts"])) for one in misses["taken_for"]]
    return markdown_table(("Raters said", "Answer", "Texts"), rows)


def _surest(misses: dict[str, Any]) -> str:
    rows = [
        (one["text"].replace("|", "\\|"), one["truth"], one["answer"], f"{one['confidence']:.2f}")
        for one in misses["surest"]
    ]
    return markdown_table(("Text", "Raters said", "Answer", "Confidence"), rows)
