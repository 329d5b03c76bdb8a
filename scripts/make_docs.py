"""Write the parts of the documentation that follow from the code and the measurements: `make docs`."""

from __future__ import annotations

import json
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from emotion_clf.settings import PROJECT_DIR, Settings
from ml_models.data.survey import markdown_tables

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CONFIGURATION = """# Configuration

Every limit and switch, in this order of precedence: environment variables, `.env` and `config.yaml` in the working
directory (there in lower case), then these defaults. An empty variable counts as unset. This page is written by
`make docs` from `backend/emotion_clf/settings.py`.

| Variable | Default | Meaning |
| --- | --- | --- |
"""
EARLIER = 16
NAMES = {
    "ravdess": "RAVDESS",
    "emodb": "EmoDB",
    "nemo": "nEMO",
    "ased": "ASED",
    "emospeech_in": "EmoSpeechCommands-IN",
    "natural": "calm natural speech",
}
LANGUAGES = {
    "ravdess": "English",
    "emodb": "German",
    "nemo": "Polish",
    "ased": "Amharic",
    "emospeech_in": "English, Hindi",
    "natural": "about thirty",
}
TEXT_METRICS = "ml_models/reports/text/text-embedded/metrics.json"
SHOWN_DEFAULTS = {
    "instance_dir": "`instance`",
    "models_dir": "`ml_models/models`",
    "trusted_hosts": "",
    "fetch_hosts": "those of YouTube",
    "fetch_caption_languages": '`["en"]`',
}


def configuration() -> str:
    """The table of settings."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{field.default}`"
        rows.append(f"| `{name.upper()}` | {SHOWN_DEFAULTS.get(name, default)} | {field.description} |")
    return CONFIGURATION + "\n".join(rows) + "\n"


def three(value: float) -> str:
    """A score to three decimals; halves go up, as on the model card."""
    return str(Decimal(str(value)).quantize(Decimal("0.001"), ROUND_HALF_UP))


def scores(metrics: dict[str, Any]) -> str:
    """The README's tables of scores: first what to expect, then the corpora's own."""
    six, eight = (metrics["label_sets"][name] for name in ("six", "eight"))
    return "\n".join([*expected(six), "", *by_corpus(six), "", *remarks(six, eight)])


def expected(six: dict[str, Any]) -> list[str]:
    """The rows a user should expect: corpora that were not learnt from, and calm people who do not act."""
    unheard, natural = six["leave_one_corpus_out"], six["natural_speech"]["all"]
    corpora, mean = ", ".join(names_of(unheard["corpora"])), unheard["mean"]
    told = {
        f"A corpus that was not learnt from (mean of {corpora})": (
            f"UA **{three(mean['ua'])}**",
            percent(mean["certain_and_wrong"]),
        ),
        "The same, where other clips of the voice are known": (f"UA {three(mean['ua_voice_known'])}", ""),
        f"Calm natural speech, {natural['clips']} clips of voices that were not learnt from, called neutral": (
            f"**{percent(natural['neutral'])}**",
            percent(natural["certain_and_wrong"]),
        ),
    }
    rows = [f"| {what} | {right} | {wrong} |" for what, (right, wrong) in told.items()]
    return ["| What to expect | Right | Certain, and wrong |", "| --- | --- | --- |", *rows]


def by_corpus(six: dict[str, Any]) -> list[str]:
    """Speakers who were held out, of corpora that were learnt from."""
    known = six["adapted_to_speaker"]
    rows = [
        "| Corpus | Language | Held-out speakers | UA | 95 % interval | UA, voice known | macro-F1 | ECE |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for corpus, name in zip(six["corpora"], names_of(six["corpora"]), strict=True):
        score = six["corpora"][corpus]
        low, high = map(three, score["ua_interval"])
        rows.append(
            f"| {name} | {LANGUAGES[corpus]} | {score['speakers']} | **{three(score['ua'])}** | {low} to {high} "
            f"| {three(known[corpus]['all_clips']['ua'])} | {three(score['macro_f1'])} | {three(score['ece'])} |"
        )
    return rows


def remarks(six: dict[str, Any], eight: dict[str, Any]) -> list[str]:
    """What else is to be known of the scores."""
    acted, disturbed = eight["corpora"]["ravdess"], six["robustness"]["conditions"]
    low, high = map(three, acted["ua_interval"])
    known = eight["adapted_to_speaker"]["ravdess"]["all_clips"]["ua"]
    earlier = six["adapted_to_speaker"]["ravdess"][f"{EARLIER}_earlier"]["ua"]
    leak = six["leaks"]["random_split"]["ravdess"]["ua"]
    return [
        f"Over all clips the expected calibration error (ECE) is {three(six['ece'])}. With RAVDESS' own eight",
        f"emotions the same encoder reaches {three(acted['ua'])} ({low} to {high}), with the voice known",
        f"{three(known)}. With {EARLIER} earlier clips of the voice, six emotions on RAVDESS reach {three(earlier)};",
        f"in babble of 10 dB {three(disturbed['babble_10db'])}, over a telephone {three(disturbed['mu_law_8khz'])}.",
        f"Splitting its clips at random, so that every speaker is in training too, gives {three(leak)}: that is what",
        "such a leak is worth, and what many published numbers measure. The [leaderboard](docs/leaderboard.md) has",
        "every recipe, robustness and gaps between groups.",
    ]


def names_of(corpora: Iterable[str]) -> list[str]:
    """Corpora as people know them."""
    return [NAMES[corpus] for corpus in corpora]


def percent(share: float) -> str:
    """A share in whole per cent."""
    return f"{Decimal(str(100 * share)).quantize(Decimal(1), ROUND_HALF_UP)} %"


def speed(result: dict[str, Any]) -> str:
    """The README's sentence on speed."""
    whole = result["file to answer"]
    return (
        f"A clip of {result['clip_s']:.1f} s takes {whole['ours_ms']:.0f} ms from file to answer on "
        f"{result['machine']['threads']} threads of a processor, most of it\n"
        f"the start of the confined ffmpeg; `librosa.load` and HuBERT-large in float32 take {whole['naive_ms']:.0f} ms "
        "in the same run\n(medians of "
        f"{result['rounds']} rounds, [benchmarks/results/clips.json](benchmarks/results/clips.json), `make bench`)."
    )


def calls_speed(result: dict[str, Any], live: dict[str, Any]) -> str:
    """The README's sentences on calls."""
    ours, naive = result["ours"]["60 min"], result["naive"]["60 min"]
    more, waits = result["memory growth in MiB"], live["end of window to display"]
    measured = {name: f"[benchmarks/results/{name}.json](benchmarks/results/{name}.json)" for name in ("calls", "live")}
    return "\n".join(
        [
            f"An hour of a call in two channels takes {ours['seconds']:.0f} s on {result['machine']['threads']}",
            f"threads, {ours['times_real_time']:.0f} times as fast as it was spoken, and {more['ours']} MiB more than",
            "ten minutes;",
            "loading all of it and hearing every window with the same model, and nothing else, takes",
            f"{naive['seconds']:.0f} s and {more['naive']:,} MiB more",
            f"({measured['calls']}, `make bench-calls`).",
            f"Live, an answer is on the screen {waits['median_ms']:.0f} ms after its window's end (p95",
            f"{waits['p95_ms']:.0f} ms; {measured['live']}, `make bench-live`).",
            "How far a score is from that of a call's true emotions is measured in [docs/scoring.md](docs/scoring.md).",
        ]
    )


def true_scores(result: dict[str, Any]) -> str:
    """How far a call's score is from that of its true emotions."""
    columns = (
        "Corpus",
        "Calls",
        "Angry, then neutral",
        "Neutral, then angry",
        "The first is higher",
        "Correlation",
        "Mean distance",
        "Interval holds it",
        "Half interval",
    )
    rows = [f"| {' | '.join(columns)} |", f"| {' | '.join('---' for _ in columns)} |"]
    rows += [
        f"| {name} | {found['calls']} | {found['rising']:.1f} | {found['falling']:.1f} "
        f"| {100 * found['rising_above_falling']:.0f} % | {found['correlation']:.2f} | {found['mean_distance']:.1f} "
        f"| {100 * found['interval_holds']:.0f} % | {found['half_interval']:.1f} |"
        for name, found in result["corpora"].items()
    ]
    return "\n".join(rows)


def live_speed(result: dict[str, Any]) -> str:
    """How fast the live page answers."""
    ours, naive = result["end of window to display"], result["naive: the same window as a WAV file through the upload"]
    return "\n".join(
        [
            f"From a window's end to its answer on the screen it takes {ours['median_ms']:.0f} ms (95th percentile",
            f"{ours['p95_ms']:.0f} ms) on {result['machine']['cores']} cores, in a real browser; the same window",
            f"as a WAV file through the upload of a clip, without any display, {naive['median_ms']:.0f} ms",
            f"({naive['p95_ms']:.0f} ms) in the same run. {result['skipped']} of {result['windows']} windows were",
            "skipped",
            "([benchmarks/results/live.json](../benchmarks/results/live.json), `make bench-live`).",
        ]
    )


def faithfulness(result: dict[str, Any]) -> str:
    """Whether explanations find what answers rest on."""
    ours = result["explained_by"]["background"]["tested_by_background"]
    silent = result["explained_by"]["silence"]["tested_by_silence"]["mean_drop_salient"]
    points = {name: f"{100 * value:.0f}" for name, value in ours.items()}
    return "\n".join(
        [
            f"Over {result['clips']} clips of real speech, leaving out the fifth of the time that speaks most for an",
            f"answer lowers its probability by {points['mean_drop_salient']} points; as much time elsewhere, the same",
            f"mask moved by chance, by {points['mean_drop_moved']}; the loudest fifth by",
            f"{points['mean_drop_loudest']}.",
            f"It beats chance in {points['share_of_clips_above_moved']} % of the clips, the loudest fifth in",
            f"{points['share_of_clips_above_loudest']} %. With digital silence in place of the background the first of",
            f"these is {100 * silent:.0f} points",
            "([benchmarks/results/why.json](../benchmarks/results/why.json), `make bench-why`).",
        ]
    )


def drift_told(result: dict[str, Any]) -> str:
    """Where drift is told, and where it is not."""
    measures = ("embedding", "most moved component", "label", "confidence")
    rows = [f"| {' | '.join(('Clips', *measures))} |", f"| {' | '.join('---' for _ in ('', *measures))} |"]
    for name, lot in result["lots"].items():
        told = (f"{lot[measure]['psi']:.2f}, {lot[measure]['verdict']}" for measure in measures)
        rows.append(f"| {name} | {' | '.join(told)} |")
    others = result["held-out answers, one half of the speakers against the other"]
    notes = [
        f"PSI of {result['clips']} real clips of the training corpora against the reference of",
        f"`{result['model']['name']}` {result['model']['version']}, as they are, one corpus at a time",
        f"({result['clips'] // 2} clips), and disturbed. All of them were learnt from.",
        "",
        *rows,
        "",
        "Where nothing but the speakers changes, held-out answers to one half of them are compared with those to the",
        "other half; so often that is called",
        "",
        "| Answers | moved or drifted by label | drifted by label | moved or drifted by confidence | drifted |",
        "| --- | --- | --- | --- | --- |",
        *(f"| {size.removesuffix(' answers')} | {_shares_told(found)} |" for size, found in others.items()),
        "",
        "[benchmarks/results/drift.json](../benchmarks/results/drift.json), `make bench-drift`.",
    ]
    return "\n".join(notes)


def load_told(result: dict[str, Any]) -> str:
    """How quickly mixed requests were answered, by how many clients sent clips."""
    machine, floor = result["machine"], result["floor"]
    rows = [
        f"| {level['clip_clients']} | {kind} | {found['requests_per_min']:,.0f} | {found['p50_ms']:,.0f} | "
        f"{found['p95_ms']:,.0f} | {found['p99_ms']:,.0f} | {found['errors']} |"
        for level in result["levels"]
        for kind, found in level["kinds"].items()
    ]
    told = f"""`make load` sends pages, texts, jobs and clips at once to a server of its own, on {machine["cores"]}
cores that the clients use too; each client of clips sends one a second. The most clips that were answered with
a p95 below {floor["p95_ms"]:,.0f} ms, and without an error of any kind:
**{result["quick_clips_per_min"]:,.0f} a minute**.

| Clients of clips | Kind | Requests a minute | p50 ms | p95 ms | p99 ms | Errors |
| --- | --- | --- | --- | --- | --- | --- |
"""
    source = "[benchmarks/results/load.json](../benchmarks/results/load.json)"
    return "\n".join([told + "\n".join(rows), "", f"Each level took {result['seconds_per_level']} s ({source})."])


def _shares_told(found: dict[str, Any]) -> str:
    shares = (
        found[measure][called]
        for measure in ("label", "confidence")
        for called in ("called_moved_or_drifted", "called_drifted")
    )
    return " | ".join(f"{100 * share:.1f} %" for share in shares)


def text_scores(metrics: dict[str, Any], measured: dict[str, Any]) -> str:
    """The README's figures of the embedded text model."""
    test, spoken = metrics["goemotions_test"], metrics["goemotions_test_as_spoken"]
    rows = [
        "| GoEmotions, official test split | macro-F1 | 95 % interval | micro-F1 | macro-F1 as spoken |",
        "| --- | --- | --- | --- | --- |",
    ]
    for title, key in (("7 emotions", "ekman"), ("28 labels", "labels_28")):
        low, high = map(three, test[key]["macro_f1_interval"])
        rows.append(
            f"| {title} | {three(test[key]['macro_f1'])} | {low} to {high} | {three(test[key]['micro_f1'])} "
            f"| {three(spoken[key]['macro_f1'])} |"
        )
    alone, together = metrics["meld_dev"]["alone"], metrics["meld_dev"]["within_turns"]
    pace = measured["sentences_a_minute"]
    one = test["one_emotion"]
    model, bench = "ml_models/models/text/embedded/model_card.md", "benchmarks/results/text.json"
    wait, threads = measured["one_sentence_ms"], measured["machine"]["threads"]
    notes = [
        '"As spoken" is the same text in lower case, without punctuation, with fillers. One answer for each text with',
        f"one emotion is right in {three(one['accuracy'])} of them (ECE {three(one['ece'])}). On the dialogue of a",
        f"television series (MELD, never trained on) it is right in {three(alone['accuracy'])} of the lines with",
        f"macro-F1 {three(alone['macro_f1'])}; with the speaker's own lines around it, in",
        f"{three(together['accuracy'])} with {three(together['macro_f1'])}. Away from written comments every model of",
        "this kind gets much worse. The",
        f"[model card]({model}) lists its misses.",
        "",
        f"{pace['ours']:,} sentences a minute on {threads} threads; BERT-base in float32, one sentence at a time,",
        f"{pace['naive BERT-base, float32']:,} in the same run. One sentence takes {wait['median']:.1f} ms",
        f"(p95 {wait['p95']:.1f} ms; [{bench}]({bench}), `make bench-text`).",
    ]
    return "\n".join([*rows, "", *notes])


def fill(text: str, name: str, content: str) -> str:
    """Replace what stands between the two markers of a generated block."""
    start, end = f"<!-- {name} -->", f"<!-- end {name} -->"
    pattern = re.compile(f"{re.escape(start)}.*?{re.escape(end)}", re.DOTALL)
    filled, count = pattern.subn(lambda _: f"{start}\n{content}\n{end}", text)
    if count != 1:
        raise ValueError(f"the block '{name}' stands {count} times in the file")
    return filled


def fill_file(path: Path, name: str, content: str) -> None:
    """Replace a generated block of a file."""
    path.write_text(fill(path.read_text(encoding="utf-8"), name, content), encoding="utf-8")


def main() -> None:
    """Write docs/configuration.md and the generated blocks of the other pages."""
    (PROJECT_DIR / "docs" / "configuration.md").write_text(configuration(), encoding="utf-8")
    metrics = json.loads((PROJECT_DIR / "ml_models/reports/embedded/metrics.json").read_text(encoding="utf-8"))
    fill_file(PROJECT_DIR / "README.md", "scores", scores(metrics))
    measured = json.loads((PROJECT_DIR / "benchmarks/results/clips.json").read_text(encoding="utf-8"))
    fill_file(PROJECT_DIR / "README.md", "speed", speed(measured))
    read = json.loads((PROJECT_DIR / TEXT_METRICS).read_text(encoding="utf-8"))
    paced = json.loads((PROJECT_DIR / "benchmarks/results/text.json").read_text(encoding="utf-8"))
    fill_file(PROJECT_DIR / "README.md", "text", text_scores(read, paced))
    listened = json.loads((PROJECT_DIR / "benchmarks/results/live.json").read_text(encoding="utf-8"))
    fill_file(PROJECT_DIR / "docs" / "live.md", "live", live_speed(listened))
    called = json.loads((PROJECT_DIR / "benchmarks/results/calls.json").read_text(encoding="utf-8"))
    fill_file(PROJECT_DIR / "README.md", "calls", calls_speed(called, listened))
    scored = json.loads((PROJECT_DIR / "benchmarks/results/scoring.json").read_text(encoding="utf-8"))
    fill_file(PROJECT_DIR / "docs" / "scoring.md", "true scores", true_scores(scored))
    explained = json.loads((PROJECT_DIR / "benchmarks/results/why.json").read_text(encoding="utf-8"))
    fill_file(PROJECT_DIR / "docs" / "live.md", "why", faithfulness(explained))
    under_load = json.loads((PROJECT_DIR / "benchmarks/results/load.json").read_text(encoding="utf-8"))
    fill_file(PROJECT_DIR / "docs" / "operators.md", "load", load_told(under_load))
    moved = json.loads((PROJECT_DIR / "benchmarks/results/drift.json").read_text(encoding="utf-8"))
    fill_file(PROJECT_DIR / "docs" / "drift.md", "drift", drift_told(moved))
    fill_file(PROJECT_DIR / "docs" / "corpora.md", "corpora", markdown_tables())


if __name__ == "__main__":
    main()
