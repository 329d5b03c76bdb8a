"""Small closed classes of English words, and how a text falls into words."""

from __future__ import annotations

import re
from typing import Final

WORD: Final = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
ELONGATED: Final = re.compile(r"([^\W\d_])\1{2,}", re.IGNORECASE)


def word_set(words: str) -> frozenset[str]:
    """Return the words of a list that is written as a text."""
    return frozenset(words.split())


NEGATIONS: Final = word_set(
    "no not never none nobody nothing neither nor nowhere cannot without ain't aint isnt arent wasnt werent dont "
    "doesnt didnt cant couldnt wont wouldnt shouldnt hasnt havent hadnt"
)
INTENSIFIERS: Final = word_set(
    "absolutely amazingly awfully completely deeply desperately downright dreadfully enormously entirely "
    "especially exceedingly exceptionally extraordinarily extremely fucking freaking fully genuinely goddamn highly "
    "hugely immensely incredibly insanely intensely madly outright overwhelmingly particularly perfectly positively "
    "profoundly purely really remarkably ridiculously seriously severely so super supremely terribly thoroughly too "
    "totally tremendously truly unbelievably utterly very wildly"
)
STRONG: Final = word_set(
    "furious enraged enraging outraged outrageous livid rage raging fuming seething irate hate hates hated hatred "
    "loathe loathes loathed despise despised detest detested terrified terrifying petrified terror horrified "
    "horrifying horrific dread dreading panic panicking panicked nightmare devastated devastating heartbroken "
    "heartbreaking inconsolable despair despairing hopeless agony anguish anguished distraught ecstatic ecstasy "
    "thrilled thrilling overjoyed elated euphoric delighted jubilant exhilarated adore adores adored worship"
)
DOWNTONERS: Final = word_set(
    "barely faintly fairly hardly mildly moderately partially partly scarcely slightly somewhat vaguely kinda sorta"
)
DOWNTONER_PHRASES: Final = re.compile(
    r"\b(?:a (?:little|bit|tad|touch|trifle)|kind of|sort of|not (?:that|so|too|very|really|all that|particularly)|"
    r"more or less|to some (?:extent|degree))\b",
    re.IGNORECASE,
)
HEDGES: Final = re.compile(
    r"\b(?:maybe|perhaps|possibly|i guess|i suppose|i think|i wonder if|it seems|seems like|seemingly|apparently|"
    r"probably|might be|may be)\b",
    re.IGNORECASE,
)
FILLERS: Final = re.compile(
    r"\b(?:u+m+|u+h+|e+r+m?|h+m+|you know|i mean|like,|well,|so,|anyway)(?![^\W_])", re.IGNORECASE
)
FIRST_PERSON: Final = word_set("i me my mine myself we us our ours ourselves")
SECOND_PERSON: Final = word_set("you your yours yourself yourselves u ya")
THIRD_PERSON: Final = word_set(
    "he him his himself she her hers herself they them their theirs themselves it its itself"
)
ASKING: Final = word_set(
    "who whom whose what which when where why how is are am was were do does did can could will would should shall may "
    "might have has had isn't aren't wasn't weren't don't doesn't didn't can't couldn't won't wouldn't shouldn't"
)
_CONTRACTIONS: Final = ("'m", "'s", "'re", "'ve", "'ll", "'d")


def words_of(text: str) -> list[str]:
    """The words of a normalised text as they stand; a contraction or a hyphenated word is one."""
    return WORD.findall(text)


def stem_of(word: str) -> str:
    """A word in lower case, without the verb contracted into it: "I'm" → "i"."""
    word = word.lower()
    for ending in _CONTRACTIONS:
        if word.endswith(ending):
            return word.removesuffix(ending)
    return word


def is_negation(word: str) -> bool:
    """Whether a word, in lower case, denies."""
    return word in NEGATIONS or word.endswith("n't")


def is_shouted(word: str) -> bool:
    """Whether a word stands in capitals; a letter alone, such as "I", does not tell."""
    return len(word) > 1 and word.isupper()
