"""The model card, after Mitchell et al. (2019), written from a run's scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ml_models.recipe import Recipe

LANGUAGES = {"en": "English", "de": "German", "pl": "Polish", "am": "Amharic"}
SEXES = {"F": "women", "M": "men"}

TEMPLATE = """# {title}

## Model details

- Name and version: `{name}` {version}
- What it does: {description}
- Shape: waveform (16 kHz, mono) → log-mel bands and pitch salience → residual network with attentive pooling \
(members: {members}) → {dim} values → scaler → principal components → one support vector machine for each emotion → \
temperature scaling
- Size of the embedder: {size_mb:.1f} MB; time for a three-second clip: {speed_ms:.1f} ms on {threads} threads
- Licence of the weights: {licence}, because RAVDESS and nEMO are CC BY-NC-SA 4.0: not for commercial use
- Trained from scratch; no other model's weights are inside

## Intended use

To describe which *acted* emotion a short clip of speech resembles, for research, teaching, demonstrations and the \
non-commercial study of calls, with a person who looks at the answer.

**Not for** decisions about people: not for hiring, employment, performance, credit, insurance, health, policing or \
migration, and not for judging what someone feels. In the European Union, inferring the emotions of employees or \
pupils from their voice is prohibited (Regulation (EU) 2024/1689, Article 5(1)(f)).

## Factors

Language, sex, speaker, acting style, recording room and codec. Age, accent, illness and spontaneous speech were not \
measured: the corpora do not cover them.

## Metrics

- UA: mean recall of the emotions that occur (chance is one divided by their number). WA: share of clips that are right.
- Intervals: 95 %, by drawing whole speakers with replacement.
- ECE: expected gap between confidence and accuracy, in ten bins.

## Evaluation data

Five folds; every speaker is tested once, by a model whose every part (encoder, scaler, components, support vectors, \
calibration) was fitted without that speaker. RAVDESS follows EmoBox's published folds.

### Six emotions: {six_labels}

{six_table}

Recall on RAVDESS, by emotion: {six_recall}.

The answer is "uncertain" below a confidence of {threshold:.2f}: that answers {answered:.0%} of the held-out clips \
(each corpus counted alike), {answered_accuracy:.0%} of them rightly; without the threshold {all_accuracy:.0%} \
are right.

### Eight emotions on RAVDESS: {eight_labels}

{eight_table}

Recall by emotion: {eight_recall}.

### Adapted to the speaker

Where each speaker's embeddings are first normalised by that speaker's own mean and deviation (over all of that \
speaker's clips, without their labels), the UA on RAVDESS is {adapted_six:.3f} for six and {adapted_eight:.3f} for \
eight emotions. The clips of a RAVDESS actor are balanced over the emotions, which flatters this figure.

{leak}## Training data

{data_table}

All of it is acted. Every clip was also heard in {copies} disturbed copies (speed, microphone, room, noise, babble \
of the same speaker, band limit, telephone), so that a codec or a room does not give the corpus away.

## Quantitative analyses: gaps

UA for six emotions, by sex:

{sex_table}

## Ethical considerations

Acted emotion is louder than life. People differ in how they show what they feel, cultures differ more, and a voice \
does not tell why. A confident answer is a statement about likeness to acted recordings, not about a person. \
Recordings of voices are personal data; tell people when they are analysed.

## Caveats and recommendations

- Accuracy on spontaneous speech is expected to be far lower than here; measure it on your own data first.
- Disgust is learnt from RAVDESS and EmoDB only, calm from RAVDESS only.
- nEMO and EmoDB have few speakers, so their intervals are rough.
- Calm counts as neutral among six emotions; surprise and boredom have no place there.
- The encoder's hyper-parameters were chosen on one fold of RAVDESS, the kind of head and of calibration on all five: \
the figures are slightly hopeful.
- One calibration serves all languages, so confidence is too high where recognition is hardest (see ECE by corpus).
- Trained on clips of about one to nine seconds; longer recordings should be cut into windows of about three seconds.
"""


LEAK = """### What a random split would claim

Drawn at random, so that every tested speaker is also heard in training, a fifth of the clips of RAVDESS gives the \
same recipe a UA of {six:.3f} for six and {eight:.3f} for eight emotions. That is a leak, not a result: many published \
numbers are measured so.

"""


def model_card(recipe: Recipe, metrics: dict[str, Any]) -> str:
    """Fill the card in.

    Args:
        recipe: names, version, licence.
        metrics: a run's scores; every number of the card is among them.
    """
    six, eight, export = metrics["six"], metrics["eight"], metrics["export"]
    reference = "ravdess" if "ravdess" in six["corpora"] else next(iter(six["corpora"]))
    return TEMPLATE.format(
        title=recipe.title,
        name=recipe.name,
        version=recipe.version,
        description=recipe.description,
        licence=recipe.licence,
        members=recipe.encoder.members,
        dim=recipe.encoder.members * recipe.encoder.embedding_dim,
        copies=recipe.encoder.augmented_copies,
        size_mb=export["embedder_size_bytes"] / 1e6,
        speed_ms=export["embedder_ms_per_3_s_clip"],
        threads=export["threads"],
        six_labels=", ".join(six["labels"]),
        six_table=_score_table(six["corpora"]),
        six_recall=_recalls(six["corpora"][reference]),
        threshold=six["uncertain"]["threshold"],
        answered=six["uncertain"]["answered"],
        answered_accuracy=six["uncertain"]["accuracy_of_answered"],
        all_accuracy=six["uncertain"]["accuracy_of_all"],
        eight_labels=", ".join(eight["labels"]),
        eight_table=_score_table({reference: eight["corpora"][reference]}),
        eight_recall=_recalls(eight["corpora"][reference]),
        adapted_six=six["adapted_to_speaker"]["corpora"][reference]["ua_mean_of_folds"],
        adapted_eight=eight["adapted_to_speaker"]["corpora"][reference]["ua_mean_of_folds"],
        leak=_leak(six, eight, reference),
        data_table=_data_table(metrics["data"]),
        sex_table=_sex_table(six["corpora"]),
    )


def _leak(six: dict[str, Any], eight: dict[str, Any], reference: str) -> str:
    if "leak_of_a_random_split" not in six:
        return ""
    found = (scores["leak_of_a_random_split"][reference]["ua"] for scores in (six, eight))
    return LEAK.format(**dict(zip(("six", "eight"), found, strict=True)))


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    cells = [list(head), *map(list, rows)]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join([lines[0], f"| {' | '.join('---' for _ in cells[0])} |", *lines[1:]])


def _score_table(corpora: dict[str, Any]) -> str:
    head = ("corpus", "clips", "speakers", "UA, mean of folds", "UA, all clips (95 %)", "WA", "macro-F1", "ECE")
    rows = (
        (
            name,
            str(scores["clips"]),
            str(scores["speakers"]),
            f"{scores['ua_mean_of_folds']:.3f}",
            f"{scores['ua']:.3f} ({scores['ua_interval'][0]:.3f} to {scores['ua_interval'][1]:.3f})",
            f"{scores['wa']:.3f}",
            f"{scores['macro_f1']:.3f}",
            f"{scores['ece']:.3f}",
        )
        for name, scores in corpora.items()
    )
    return _table(head, rows)


def _recalls(scores: dict[str, Any]) -> str:
    return ", ".join(f"{label} {value:.2f}" for label, value in scores["recall"].items())


def _sex_table(corpora: dict[str, Any]) -> str:
    rows = (
        (name, *(f"{scores['ua_by_sex'][sex]:.3f}" if sex in scores["ua_by_sex"] else "not heard" for sex in SEXES))
        for name, scores in corpora.items()
    )
    return _table(("corpus", *SEXES.values()), rows)


def _data_table(facts: list[dict[str, Any]]) -> str:
    rows = (
        (
            fact["corpus"],
            LANGUAGES.get(fact["language"], fact["language"]),
            str(fact["speakers"]),
            str(fact["clips"]),
            fact["licence"],
        )
        for fact in facts
    )
    return _table(("corpus", "language", "speakers", "clips", "licence"), rows)
