from __future__ import annotations

from pathlib import Path

import pytest

from emotion_clf.errors import ModelError
from emotion_clf.text.lexicon import COLUMNS, Lexicon
from scripts.make_lexicon import LABELS, MISPLACED, REMOVED, make


def counts(lexicon: Lexicon, text: str) -> dict[str, int]:
    return {column: int(count) for column, count in zip(COLUMNS, lexicon.counts(text), strict=True) if count}


def test_the_shipped_words_carry_what_they_mean() -> None:
    found = counts(Lexicon.shipped(), "I'm Angry and afraid, but happy")
    assert found["anger"] == found["fear"] == found["joy"] == 1
    assert found["negative"] == 2
    assert found["positive"] == 1
    assert counts(Lexicon.shipped(), "the table stands there") == {}
    assert counts(Lexicon.shipped(), "") == {}


def test_what_was_read_out_stays_out() -> None:
    words = Lexicon.shipped().columns_of
    removed = {word for reason in REMOVED.values() for word in reason.split()}
    assert len(words) > 300
    assert not removed & set(words)
    for column, misplaced in MISPLACED.items():
        assert all(COLUMNS.index(column) not in words.get(word, ()) for word in misplaced.split())
    assert all(word == word.lower() and columns for word, columns in words.items())


def test_words_enter_by_the_company_they_keep() -> None:
    comments = [({"grr", "the"}, {"anger"})] * 60 + [({"the", "yippee"}, {"joy"})] * 60 + [({"the"}, {"neutral"})] * 60
    found = make(comments)
    assert found["grr"] == {"anger", "negative"}
    assert found["yippee"] == {"joy", "positive"}
    assert "the" not in found
    assert set(LABELS) == set(COLUMNS)


def test_a_user_brings_their_own_emolex(tmp_path: Path) -> None:
    path = tmp_path / "emolex.txt"
    path.write_text("abandon\tfear\t1\nabandon\tsadness\t1\nabandon\tjoy\t0\nGood\tpositive\t1\n\n", encoding="utf-8")
    lexicon = Lexicon.read_emolex(path)
    assert counts(lexicon, "Abandon good!") == {"fear": 1, "sadness": 1, "positive": 1}
    assert counts(lexicon, "happy") == {}


@pytest.mark.parametrize("content", ["", "word,anger,1\n", "word\trage\t1\n", "word\tanger\t2\n", "word\tanger\t0\n"])
def test_what_is_no_emolex_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "emolex.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match="EMOLEX_PATH"):
        Lexicon.read_emolex(path)


def test_a_lexicon_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="EMOLEX_PATH"):
        Lexicon.read_emolex(tmp_path / "none.txt")
    path = tmp_path / "bytes.txt"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match="EMOLEX_PATH"):
        Lexicon.read_emolex(path)
