"""What a check of a corpus says, line by line, and the table of the corpora that can be read."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from ml_models.data.check import Fault
from ml_models.data.sources import CORPORA

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ml_models.data.check import Examined, Limits
    from ml_models.data.sources import Corpus, Reading, Reason

EXAMPLES = 3
MINUTE_S, HOUR_S = 60, 3600
UNTOLD = "as you say"


def summary(corpus: Corpus, reading: Reading, examined: Sequence[Examined], limits: Limits) -> tuple[list[str], bool]:
    """Tell what was found.

    Returns:
        The lines, and whether there is a fault among them.
    """
    counted, complete = _count(corpus, reading)
    faults = list(_faults(examined, limits))
    lines = [
        _overview(corpus, examined),
        f"{'ok  ' if complete else 'FAIL'} {counted}",
        *(f"note {line}" for line in (*_left_out(reading), *_converted(examined))),
        *(f"FAIL {line}" for line in faults),
    ]
    if not faults:
        lines.append(
            f"ok   every clip decodes, sounds, is unlike the others and {limits.min_s:g} s to {limits.max_s:g} s long"
        )
    return lines, bool(faults) or not complete


def markdown_tables() -> str:
    """The tables of the corpora for the documentation: what they are, and how they lie on disk."""
    facts = (
        (
            f"`{corpus.name}`",
            corpus.title,
            published(corpus.clips),
            published(corpus.speakers),
            ", ".join(corpus.languages) or UNTOLD,
            ", ".join(corpus.emotions) or UNTOLD,
            corpus.licence,
            f"<{corpus.source}>" if corpus.source.startswith("http") else corpus.source,
        )
        for corpus in CORPORA.values()
    )
    layouts = ((f"`{corpus.name}`", corpus.layout, corpus.grammar) for corpus in CORPORA.values())
    header = ("Name", "Corpus", "Clips", "Speakers", "Language", "Emotions", "Licence", "Where to get it")
    return "\n\n".join((_table(header, facts), _table(("Name", "On disk", "File names"), layouts)))


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (header, ["---"] * len(header), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines).replace("*", r"\*")


def published(number: int | None) -> str:
    """A published number, or "any" where nobody has counted."""
    return "any" if number is None else f"{number:,}"


def _overview(corpus: Corpus, examined: Sequence[Examined]) -> str:
    emotions = Counter(item.clip.emotion for item in examined)
    listed = ", ".join(f"{emotion} {count:,}" for emotion, count in sorted(emotions.items()))
    return f"{corpus.title}: {_duration(sum(item.duration_s for item in examined))} of sound; {listed}"


def _count(corpus: Corpus, reading: Reading) -> tuple[str, bool]:
    clips, speakers = len(reading.clips), len({clip.speaker for clip in reading.clips})
    if corpus.usable_clips is None:
        return f"{clips:,} clips of {speakers:,} speakers", True
    told = f"{clips:,} of {corpus.usable_clips:,} usable clips, {speakers:,} of {corpus.speakers:,} speakers"
    if (clips, speakers) == (corpus.usable_clips, corpus.speakers):
        return told, True
    return f"{told}: this copy is not the published corpus", False


def _left_out(reading: Reading) -> Iterator[str]:
    names: dict[Reason, list[str]] = defaultdict(list)
    for item in reading.left_out:
        names[item.reason].append(item.path.name)
    for reason, listed in names.items():
        yield f"{len(listed):,} file(s) left out, {reason}: {_some(listed)}"


def _converted(examined: Sequence[Examined]) -> Iterator[str]:
    forms = Counter((item.rate_hz, item.channels) for item in examined if item.converted)
    for (rate_hz, channels), count in forms.most_common():
        rate = f"{rate_hz:,} Hz" if rate_hz else "unknown rate"
        yield f"{count:,} file(s) of {rate}, {channels} channel(s); decoding makes them 16 kHz mono"


def _faults(examined: Sequence[Examined], limits: Limits) -> Iterator[str]:
    bounds = {Fault.SHORT: f" (under {limits.min_s:g} s)", Fault.LONG: f" (over {limits.max_s:g} s)"}
    for fault in Fault:
        faulty = [f"{item.clip.path.name} ({item.detail})" for item in examined if fault in item.faults]
        if faulty:
            yield f"{len(faulty):,} clip(s) {fault}{bounds.get(fault, '')}: {_some(faulty)}"


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    rest = len(listed) - EXAMPLES
    return ", ".join(listed[:EXAMPLES]) + (f" and {rest:,} more" if rest > 0 else "")


def _duration(seconds: float) -> str:
    if seconds < MINUTE_S:
        return f"{seconds:.0f} s"
    if seconds < HOUR_S:
        return f"{seconds / MINUTE_S:.1f} min"
    return f"{seconds / HOUR_S:.2f} h"
