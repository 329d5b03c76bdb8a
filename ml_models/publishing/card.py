"""The model card, after Mitchell et al. (2019), written from a run's scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ml_models.evaluation.robustness import CONDITIONS
from ml_models.evaluation.sections import corpus_title
from ml_models.evaluation.tables import markdown_table
from ml_models.publishing.beyond import beyond_the_corpora
from ml_models.recipe import EncoderRecipe, FrozenRecipe, NetworkRecipe, WhisperRecipe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ml_models.data.corpora import LabelSet
    from ml_models.recipe import Recipe

LANGUAGES = {"en": "English", "de": "German", "pl": "Polish", "am": "Amharic"}
SEXES = {"F": "women", "M": "men"}
NON_COMMERCIAL = "NC"
WAYS = {
    "cold": "unknown voice",
    "1_earlier": "1 earlier clip",
    "4_earlier": "4 earlier clips",
    "16_earlier": "16 earlier clips",
    "16_earlier_mostly_one_emotion": "16 earlier clips, mostly of one emotion",
    "all_clips": "all clips of the voice, balanced",
}
HEADS = {
    "svm": "one support vector machine for each emotion → one sigmoid for each",
    "ensemble": "support vectors, logistic regression and random forest → calibration",
    "logistic": "logistic regression → temperature scaling",
}
TEMPLATE = """# {title}

## Model details

- Name and version: `{name}` {version}
- What it does: {description}
- Labels: {labels}
- Shape: {shape}
{cost}- Licence of the weights: {licence}{licence_reason}
{notes}
## Intended use

To describe which *acted* emotion a short clip of speech resembles, for research, teaching, demonstrations and the \
study of calls, with a person who looks at the answer.

**Not for** decisions about people: not for hiring, employment, performance, credit, insurance, health, policing or \
migration, and not for judging what someone feels. In the European Union, inferring the emotions of employees or \
pupils from their voice is prohibited (Regulation (EU) 2024/1689, Article 5(1)(f)).

## Factors

Language, sex, age, speaker, acting style, recording room and codec. Accent, illness and spontaneous speech were not \
measured: the corpora do not cover them.

## Metrics

- UA: mean recall of the emotions that occur (chance is one divided by their number). WA: share of clips that are right.
- Intervals: 95 %, by drawing whole speakers with replacement.
- ECE: expected gap between confidence and accuracy, in ten bins.

## Evaluation data

Protocol: {protocol}. No tested speaker is heard by any part of the model that is tested on that speaker: network, \
scaler, components, classifier and calibration are all fitted on others.

{score_table}

Over all clips the ECE is {ece:.3f}. Recall on {reference_name}, by emotion: {recalls}.

The answer is "uncertain" below a confidence of {threshold:.2f}: that answers {answered:.0%} of the held-out clips \
(each corpus counted alike), {answered_accuracy:.0%} of them rightly; without the threshold {all_accuracy:.0%} \
are right.

{beyond}{adapted}{leaks}## Training data

{data_table}

{acting} {augmentation}

## Quantitative analyses

### Groups

UA, by sex:

{sex_table}

{other_gaps}{robustness}{windows}## Ethical considerations

Acted emotion is louder than life. People differ in how they show what they feel, cultures differ more, and a voice \
does not tell why. A confident answer is a statement about likeness to acted recordings, not about a person. \
Recordings of voices are personal data; tell people when they are analysed.

## Caveats and recommendations

- Accuracy on spontaneous speech is expected to be far lower than here; measure it on your own data first.
- Where a corpus has few speakers, its interval is rough.
- Among six emotions calm counts as neutral; surprise and boredom have no place there.
- Settings of the recipe were chosen on some of these very folds: the figures are slightly hopeful.
- One calibration serves all languages, so confidence is too high where recognition is hardest (see ECE by corpus).
- Longer recordings should be cut into windows of about three seconds.
"""


def model_card(recipe: Recipe, label_set: LabelSet, metrics: dict[str, Any]) -> str:
    """Fill the card in.

    Args:
        recipe: names, version, licence.
        label_set: the one the bundle answers with.
        metrics: a run's scores; every number of the card is among them.
    """
    scores = metrics["label_sets"][label_set.name]
    reference = recipe.corpora[0]
    return TEMPLATE.format(
        title=recipe.title if label_set.name == recipe.label_sets[0] else f"{recipe.title}, {label_set.name} emotions",
        name=recipe.name,
        version=recipe.version,
        description=recipe.description,
        labels=", ".join(label_set.labels),
        shape=_shape(recipe),
        cost=_cost(metrics["cost"]),
        licence=recipe.licence,
        licence_reason=_licence_reason(metrics["data"]),
        notes="".join(f"- Note: {note}\n" for note in metrics["notes"]),
        protocol=metrics["protocol"],
        score_table=_score_table(scores["corpora"]),
        ece=scores["ece"],
        reference_name=corpus_title(reference),
        recalls=", ".join(
            f"{label} {row['recall']:.2f}" for label, row in scores["corpora"][reference]["per_class"].items()
        ),
        threshold=scores["uncertain"]["threshold"],
        answered=scores["uncertain"]["answered"],
        answered_accuracy=scores["uncertain"]["accuracy_of_answered"],
        all_accuracy=scores["uncertain"]["accuracy_of_all"],
        beyond=beyond_the_corpora(scores),
        acting=_acting(recipe),
        adapted=_adapted(scores),
        leaks=_leaks(scores.get("leaks", {})),
        data_table=_data_table(metrics["data"]),
        augmentation=_augmentation(recipe),
        sex_table=_sex_table(scores["corpora"]),
        other_gaps=_other_gaps(scores, reference),
        robustness=_robustness(scores),
        windows=_windows(scores),
    )


def _shape(recipe: Recipe) -> str:
    learner = recipe.learner
    behind = f"scaler → principal components → {HEADS[recipe.head.kind]}"
    if isinstance(learner, EncoderRecipe):
        return (
            "waveform (16 kHz, mono) → log-mel bands and pitch salience → residual network with attentive pooling "
            f"(members: {learner.members}), trained from scratch → {learner.members * learner.embedding_dim} values → "
            f"{behind}"
        )
    if isinstance(learner, FrozenRecipe):
        return f"waveform → {learner.source}, frozen, layer {learner.layer}, {learner.pooling} over time → {behind}"
    if isinstance(learner, WhisperRecipe):
        layers = f"{'layers' if len(learner.layers) > 1 else 'layer'} {', '.join(map(str, learner.layers))}"
        return (
            "waveform (16 kHz, mono) → log-mel spectrum → the encoder of Whisper base, frozen, in 8-bit integers → "
            f"mean and deviation over time of {layers} → {learner.dim} components → {behind}"
        )
    if isinstance(learner, NetworkRecipe):
        return f"waveform → {learner.mfcc} MFCC of {learner.seconds:g} s → {learner.architecture} → temperature scaling"
    return f"waveform of {learner.seconds:g} s → {learner.source}, fine-tuned → temperature scaling"


def _cost(cost: Mapping[str, Any]) -> str:
    if "size_bytes" not in cost:
        return ""
    return (
        f"- Size of the network: {cost['size_bytes'] / 1e6:.1f} MB; time for a three-second clip: "
        f"{cost['embedder_ms_per_3_s_clip']:.1f} ms on {cost['threads']} threads\n"
    )


def _licence_reason(data: Iterable[Mapping[str, Any]]) -> str:
    bound = [fact["corpus"] for fact in data if NON_COMMERCIAL in fact["licence"]]
    return f": not for commercial use, because of {' and '.join(bound)}" if bound else ""


def _augmentation(recipe: Recipe) -> str:
    copies = getattr(recipe.learner, "augmented_copies", 0)
    if not copies:
        return "The clips were used as recorded."
    return (
        f"Every training clip was also heard in {copies} disturbed copies (such as speed, microphone, room, noise, "
        "babble of the same speaker, band limit, telephone), so that a codec or a room does not give the corpus away."
    )


def _acting(recipe: Recipe) -> str:
    people = [corpus_title(name) for name in recipe.corpora if name.startswith("natural")]
    return f"All of it is acted but {' and '.join(people)}." if people else "All of it is acted."


def _adapted(scores: Mapping[str, Any]) -> str:
    if "adapted_to_speaker" not in scores:
        return ""
    found = scores["adapted_to_speaker"]
    rows = (
        (corpus_title(corpus), *(f"{ways[way]['ua']:.3f}" for way in WAYS if way in ways))
        for corpus, ways in found.items()
    )
    head = ("UA", *(WAYS[way] for way in WAYS if way in next(iter(found.values()))))
    return (
        "### Adapted to the speaker\n\nWhere earlier clips of the same voice are at hand, the embedding is normalised "
        "by them; no label is needed.\n\n"
        f"{markdown_table(head, list(rows))}\n\n"
        "The last column flatters: the clips of an actor are balanced over the emotions.\n\n"
    )


def _leaks(leaks: Mapping[str, Any]) -> str:
    if not leaks:
        return ""
    names = {"random_split": "clips drawn at random", "doubled_files": "every file twice, then drawn at random"}
    corpora = sorted({corpus for found in leaks.values() for corpus in found})
    rows = (
        (names[kind], *(f"{found[corpus]['ua']:.3f}" if corpus in found else "" for corpus in corpora))
        for kind, found in leaks.items()
    )
    return (
        "### What a leak would claim\n\nUA of the same recipe where the tested speakers are heard in training too. "
        "These are leaks, not results: many published numbers are measured so.\n\n"
        f"{markdown_table(('split', *map(corpus_title, corpora)), rows)}\n\n"
    )


def _other_gaps(scores: Mapping[str, Any], reference: str) -> str:
    parts = []
    ages = scores["corpora"][reference]["gaps"].get("age_band", {})
    groups = {"age": ages, "language": scores["gaps"].get("language", {})}
    for name, found in groups.items():
        rows = [(group, values) for group, values in found.items() if isinstance(values, dict)]
        if len(rows) > 1:
            cells = (
                (LANGUAGES.get(group, group), f"{values['ua']:.3f}", str(values["speakers"])) for group, values in rows
            )
            parts.append(f"UA, by {name}:\n\n{markdown_table((name, 'UA', 'speakers'), cells)}\n\n")
    return "".join(parts)


def _robustness(scores: Mapping[str, Any]) -> str:
    if "robustness" not in scores:
        return ""
    found = scores["robustness"]
    measured = {
        "as recorded": found["clean"],
        **{CONDITIONS[name].title: value for name, value in found["conditions"].items()},
    }
    rows = ((title, f"{value:.3f}") for title, value in measured.items())
    return f"### Robustness on {corpus_title(found['corpus'])}\n\n{markdown_table(('sound', 'UA'), rows)}\n\n"


def _windows(scores: Mapping[str, Any]) -> str:
    if "windows_3_s" not in scores:
        return ""
    found = scores["windows_3_s"]
    return (
        f"### Three-second windows on {corpus_title(found['corpus'])}\n\nUA of the whole clip "
        f"{found['whole_clip']:.3f}, of its first three seconds alone {found['one_window']:.3f}, "
        f"of the mean over its windows {found['mean_of_windows']:.3f}.\n\n"
    )


def _score_table(corpora: Mapping[str, Any]) -> str:
    head = ("corpus", "clips", "speakers", "UA, mean of folds", "UA, all clips (95 %)", "WA", "macro-F1", "ECE")
    rows = (
        (
            corpus_title(name),
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
    return markdown_table(head, rows)


def _sex_table(corpora: Mapping[str, Any]) -> str:
    rows = (
        (
            corpus_title(name),
            *(
                f"{scores['gaps']['sex'][sex]['ua']:.3f}" if sex in scores["gaps"].get("sex", {}) else "not heard"
                for sex in SEXES
            ),
        )
        for name, scores in corpora.items()
    )
    return markdown_table(("corpus", *SEXES.values()), rows)


def _data_table(facts: Iterable[Mapping[str, Any]]) -> str:
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
    return markdown_table(("corpus", "language", "speakers", "clips", "licence"), rows)
