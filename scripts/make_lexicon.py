"""Derive the shipped emotion lexicon from the training split of GoEmotions.

    python scripts/make_lexicon.py FOLDER

FOLDER holds `original/train.tsv` and `original/labels.txt` as the authors publish them. Each word is compared between
the comments of a column's labels and all others by the log-odds ratio with an informative Dirichlet prior (Monroe,
Colaresi and Quinn, "Fightin' Words", 2008); it enters the columns in which it is surely more frequent. The result was
read by hand, word by word: `REMOVED` lists what was taken out, and why, and `MISPLACED` the columns a word entered by
the company it keeps there ("don't worry" comforts), not by what it means.
"""

from __future__ import annotations

import argparse
from collections import Counter
from math import log, sqrt
from pathlib import Path
from typing import TYPE_CHECKING

from emotion_clf.settings import PROJECT_DIR
from emotion_clf.text.lexicon import COLUMNS, SHIPPED_NAME
from emotion_clf.text.normalise import normalise
from emotion_clf.text.words import stem_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable

LABELS = {
    "anger": "anger annoyance disapproval",
    "anticipation": "excitement desire optimism",
    "disgust": "disgust",
    "fear": "fear nervousness",
    "joy": "joy amusement excitement love",
    "sadness": "sadness grief disappointment remorse",
    "surprise": "surprise",
    "trust": "admiration approval caring gratitude",
    "positive": "admiration amusement approval caring desire excitement gratitude joy love optimism pride relief",
    "negative": "anger annoyance disappointment disapproval disgust embarrassment fear grief nervousness remorse "
    "sadness",
}
LEAST_COMMENTS = 6
LEAST_Z = 3.7
LEAST_LETTERS = 3
PRIOR_WORDS = 500.0

REMOVED = {
    "slurs, and words for a group": "bitch racist twat weirdo",
    "topics of the forums, not feelings": (
        "ads art assaulted attack beer behavior birthday butt cake cakeday celebrity childhood cult defeat "
        "discrimination  disney downvoted driving family flex game healthier illegal info input job journey knife "
        "laws majority media  naked nuclear opinion perspective porn rain raped sexual sexually shorts song "
        "stomach teach therapy unpopular  username viewers volume website"
    ),
    "parts of the names of emoji": "black crossed eyes heavy loud loudly rolling tears",
    "forms of address": "bro dude mate sir",
    "degree and stance, which are features of their own": (
        "absolute absolutely actually always complete desperately honestly potentially pretty probably really "
        "ridiculously seriously so such super though too ultimate utter very"
    ),
    "words without a feeling of their own": (
        "about aged amount anymore anything are argument back because being both breathing but call can cant "
        "choked come  concern concerned could day dare dont even ever explaining fair feel felt finally find for "
        "fourth future get  gets gives goes got happen happened hear help her hey how idea ill imagine isnt jump "
        "keep lets life like look looks  made makes many meant mine moments morning more much need never new next "
        "not nothing people reply  response sake see seen sense sharing soon sounds stay suddenly suggest "
        "suggestion swear that these this tip today  tomorrow tonight tried try was well what who will would year "
        "you your yourself"
    ),
}
MISPLACED = {
    "anger": "boring care deserve dirty fake stop weird",
    "anticipation": "crazy help omg recovery wow",
    "fear": "cringe edgy worse worst",
    "joy": "crazy interested wait",
    "sadness": "heart",
    "surprise": "insane",
    "trust": "ill worry wow",
    "positive": "worry wow",
    "negative": "stop",
}


def read(folder: Path) -> list[tuple[set[str], set[str]]]:
    """The words and the labels of each comment."""
    labels = (folder / "original" / "labels.txt").read_text(encoding="utf-8").split()
    comments = []
    for line in (folder / "original" / "train.tsv").read_text(encoding="utf-8").splitlines():
        text, numbers, _ = line.rsplit("\t", 2)
        words = {stem_of(word) for word in words_of(normalise(text))}
        comments.append((words, {labels[int(number)] for number in numbers.split(",")}))
    return comments


def distinctive(inside: Counter[str], everywhere: Counter[str]) -> Iterable[str]:
    """The words that are surely more frequent inside than outside.

    Args:
        inside: how many comments of a column hold each word.
        everywhere: how many of all comments do.
    """
    total, total_inside = everywhere.total(), inside.total()
    for word, count in inside.items():
        prior = PRIOR_WORDS * everywhere[word] / total
        rest = everywhere[word] - count
        odds_inside = (count + prior) / (total_inside + PRIOR_WORDS - count - prior)
        odds_outside = (rest + prior) / (total - total_inside + PRIOR_WORDS - rest - prior)
        z = log(odds_inside / odds_outside) / sqrt(1 / (count + prior) + 1 / (rest + prior))
        if everywhere[word] >= LEAST_COMMENTS and z >= LEAST_Z:
            yield word


def make(comments: list[tuple[set[str], set[str]]]) -> dict[str, set[str]]:
    """Word → columns, without what was taken out."""
    everywhere = Counter(word for words, _ in comments for word in words)
    removed = {word for words in REMOVED.values() for word in words.split()}
    found: dict[str, set[str]] = {}
    for column, names in LABELS.items():
        left_out = removed | set(MISPLACED.get(column, "").split())
        wanted = set(names.split())
        inside = Counter(word for words, labels in comments if labels & wanted for word in words)
        for word in distinctive(inside, everywhere):
            if len(word) >= LEAST_LETTERS and word.isalpha() and word not in left_out:
                found.setdefault(word, set()).add(column)
    return found


def main() -> None:
    """Write the lexicon beside the code that reads it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="GoEmotions")
    lexicon = make(read(parser.parse_args().folder))
    rows = [("word", *COLUMNS)]
    rows += [(word, *(str(int(column in columns)) for column in COLUMNS)) for word, columns in sorted(lexicon.items())]
    path = PROJECT_DIR / "backend" / "emotion_clf" / "text" / "data" / SHIPPED_NAME
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
