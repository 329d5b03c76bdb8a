from __future__ import annotations

import collections
import itertools
import string
import sys
import time
from typing import TYPE_CHECKING

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_clf.errors import EngineMissingError, InvalidRequestError
from emotion_clf.transcription import Redaction, Segment, Transcript, Word, redact, redact_transcript
from emotion_clf.transcription.redaction_patterns import Span, birth_dates, ip_addresses, urls
from emotion_clf.transcription.redaction_patterns import cards as payment_cards
from emotion_clf.transcription.redaction_patterns import emails as mail_addresses
from emotion_clf.transcription.redaction_patterns import ibans as account_numbers
from emotion_clf.transcription.redaction_phones import phone_numbers
from emotion_clf.transcription.redaction_presidio import _analyser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

letters = st.text(string.ascii_lowercase, min_size=1, max_size=12)
digits = st.integers(0, 9)


@st.composite
def cards(draw: st.DrawFn) -> str:
    body = draw(st.lists(digits, min_size=15, max_size=15))
    doubled = sum(sum(divmod(value * (2 - place % 2), 10)) for place, value in enumerate(body))
    number = "".join(map(str, [*body, -doubled % 10]))
    return draw(st.sampled_from(["", " ", "-"])).join(number[at : at + 4] for at in range(0, 16, 4))


@st.composite
def ibans(draw: st.DrawFn) -> str:
    country, length = draw(st.sampled_from([("DE", 22), ("NL", 18), ("FR", 27), ("GB", 22)]))
    body = draw(st.text(string.digits + string.ascii_uppercase, min_size=length - 4, max_size=length - 4))
    value = int("".join(str(int(character, 36)) for character in f"{body}{country}00"))
    iban = f"{country}{98 - value % 97:02d}{body}"
    return iban if draw(st.booleans()) else " ".join(iban[at : at + 4] for at in range(0, length, 4))


emails = st.builds("{}.{}@{}.com".format, letters, letters, letters)


@pytest.mark.parametrize(("kind", "values"), [("card", cards()), ("iban", ibans()), ("email", emails)])
def test_each_kind_is_taken_out_of_its_sentence(kind: str, values: st.SearchStrategy[str]) -> None:
    @given(values)
    def check(value: str) -> None:
        redacted = redact(f"It is {value}, thank you.")
        assert redacted.text == f"It is [{kind.upper()}], thank you."
        assert redacted.found == {kind: 1}

    check()


@given(st.ip_addresses().map(str).filter(lambda value: value != "::"))
def test_addresses_of_computers_are_taken_out(value: str) -> None:
    assert value not in redact(f"It is {value}, thank you.").text


@given(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)))
def test_international_phone_numbers_of_every_country_are_found(region: str) -> None:
    number = phonenumbers.example_number(region)
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    assert redact(f"Call {written} today").text == "Call [PHONE] today"


@given(st.text(string.ascii_letters + " ,'äöüß", max_size=200).filter(lambda text: " at " not in text))
def test_words_stay_as_they_are(text: str) -> None:
    assert redact(text).text == text


@given(st.text(max_size=120))
def test_any_text_is_redacted_and_what_is_left_of_it_stands_in_the_text(text: str) -> None:
    redacted = redact(text)
    if not redacted.found:
        assert redacted.text == text
    assert sum(redacted.found.values()) <= redacted.text.count("[")


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("call 555-123-4567 or (020) 7946 0958", "call [PHONE] or [PHONE]"),
        ("jo dot doe at example dot com", "[EMAIL]"),
        ("see https://a.example/b?c=d. Or example.com!", "see [URL]. Or [URL]!"),
        ("born on 12 March 1980, DOB: 03/12/80", "born on [BIRTH_DATE], DOB: [BIRTH_DATE]"),
        ("geboren am 12.03.1980, née le 3 mars 1970", "geboren am [BIRTH_DATE], née le [BIRTH_DATE]"),
        ("nací el 3 de marzo de 1970; born March 3rd, 1970", "nací el [BIRTH_DATE]; born [BIRTH_DATE]"),
        ("99 4111 1111 1111 1111", "99 [CARD]"),
        ("order 1234567 on 2024-01-15 at 10:30", "order 1234567 on 2024-01-15 at 10:30"),
        ("card 4111 1111 1111 1112", "card 4111 1111 1111 1112"),
        ("version 1.2.3.4.5 and 300.1.1.1", "version 1.2.3.4.5 and 300.1.1.1"),
        ("XX12 3456 7890 1234 is no bank", "XX12 3456 7890 1234 is no bank"),
    ],
)
def test_what_is_taken_out_and_what_is_not(said: str, left: str) -> None:
    assert redact(said).text == left


def test_names_are_not_found_and_the_note_says_so() -> None:
    redacted = redact("I am Ada Lovelace from London.")
    assert redacted.text == "I am Ada Lovelace from London."
    assert "Names, places" in redacted.note


def test_national_numbers_depend_on_the_region() -> None:
    assert redact("ring 030 23125 000 now", ["DE"]).found == {"phone": 1}
    assert redact("ring +49 30 23125000 now", []).found == {"phone": 1}
    with pytest.raises(InvalidRequestError, match="REDACTION_REGIONS"):
        redact("anything", ["Germany"])


def test_a_number_over_several_words_and_segments_is_taken_out_of_all() -> None:
    words = [Word(text, at, at + 0.5) for at, text in enumerate(["call", "+44", "20", "7946", "0958", "now"])]
    segments = (
        Segment("call +44 20", 0.0, 2.5, words=tuple(words[:3])),
        Segment("7946", 3.0, 3.5, words=(words[3],)),
        Segment("0958 now", 4.0, 5.5, words=tuple(words[4:])),
    )
    redacted = redact_transcript(Transcript(segments, "en", "test", "1", ("rough",)))
    assert redacted.found == {"phone": 1}
    kept = redacted.transcript
    assert [segment.text for segment in kept.segments] == ["call [PHONE]", "now"]
    first, last = kept.segments[0].words, kept.segments[1].words
    assert [(word.text, word.start_s, word.end_s) for word in first] == [("call", 0, 0.5), ("[PHONE]", 1, 2.5)]
    assert [word.text for word in last] == ["now"]
    assert kept.notes[0] == "rough"
    assert "Names, places" in kept.notes[1]


def test_presidio_finds_more_patterns_and_no_names_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("presidio_analyzer", reason="the extra presidio is not installed")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("it asked the network")

    monkeypatch.setattr("socket.socket.connect", refuse)
    text = "Sarah of Leeds, jo@example.com, born on 3 May 1980, pays 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa on 4 July 2020."
    found = redact(text, engine="presidio")
    assert found.text == "Sarah of Leeds, [EMAIL], born on [BIRTH_DATE], pays [CRYPTO] on 4 July 2020."
    assert "Names, places" in found.note
    assert "[CRYPTO]" not in redact(text).text
    said = Transcript((Segment("pay 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa now", 0.0, 1.0),), "en", "test", "1")
    redacted = redact_transcript(said, engine="presidio")
    assert redacted.transcript.segments[0].text == "pay [CRYPTO] now"
    assert redacted.transcript.notes == (found.note,)


def test_presidio_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    _analyser.cache_clear()
    with pytest.raises(EngineMissingError, match="REDACTION_ENGINE"):
        redact("anything", engine="presidio")


HOSTILE = (
    "a.", "a", "@", "a@", "a@a.", "a-", "-", "www.", "http://", "http:/", "a.com/", "com.", "a.a-", "_",
    "a dot ", "a at ", "a at a dot ", "a underscore a ", " dot", "jo at example dot com ",
    "1", "1 ", "1-", "12 ", "1.", "1.1.1.1", "\u0661", "4111 1111 1111 1111 ", "1234567890123 ",
    ":", "1:", "a:", "::1 ", "a:a.1", "DE00", "DE00 ", "D",
    "born ", "born 1 ", "birth of ", "dob 1 may ", "born 1 of  ", " ", "\n", "\t1",
    "+", "+1", "(", "((1", "/", "+44 20 ", "1/1/", "ext 1 ", ";ext=", "~1", "\uff0b1", "555-123-4567 ", "1990-01-01 ",
)  # fmt: skip


def national(text: str) -> Iterable[Span]:
    return phone_numbers(text, ["US", "GB"])


def seconds_of(work: Callable[[], object]) -> float:
    """Measure processor time, so that what else the machine does counts little."""
    started = time.process_time()
    work()
    return time.process_time() - started


@pytest.mark.parametrize(
    "find", [mail_addresses, urls, account_numbers, payment_cards, ip_addresses, birth_dates, national]
)
def test_no_pattern_takes_the_square_of_a_text(find: Callable[[str], Iterable[Span]]) -> None:
    def search(text: str) -> None:
        collections.deque(find(text), maxlen=0)

    for before, unit, after in itertools.product(("", "born 1"), HOSTILE, ("", "@")):
        short, long = (f"{before}{unit * (length // len(unit))}{after}" for length in (1024, 8192))
        took_s = seconds_of(lambda: search(long))  # noqa: B023
        if took_s > 0.05:  # less than a square needs: it would take 64 times as long, not 8
            least_s = min(took_s, *(seconds_of(lambda: search(long)) for _ in range(2)))  # noqa: B023
            assert least_s < 24 * max(seconds_of(lambda: search(short)) for _ in range(3)), (before, unit)  # noqa: B023


def test_hostile_texts_and_transcripts_of_full_length_are_read_in_seconds() -> None:
    for unit in ("a.", "a dot ", "a@", "a-", "1:", "born 1 "):
        text = unit * (64 * 1024 // len(unit))
        assert seconds_of(lambda: redact(text)) < 8, unit  # noqa: B023
    words = tuple(Word("a@b.de", float(at), at + 0.5) for at in range(5_000))
    said = Transcript((Segment(" ".join(word.text for word in words), 0.0, 5_000.0, words=words),), "en", "t", "1")
    started = time.process_time()
    assert redact_transcript(said).found == {"email": 5_000}
    assert time.process_time() - started < 20


def test_an_address_within_an_address_leaves_nothing_of_either() -> None:
    assert redact("see evil.com/https://x.org/secret now").text == "see [URL] now"
    assert redact("x-http://intranet/secret and jo@a.com2@b.de").text == "x-[URL] and [EMAIL][EMAIL]"


def test_a_line_for_a_title_has_no_personal_data_and_is_found_fast() -> None:
    line = Redaction(["DE"]).line
    assert line("Ring  030 23125 000\nnow", 60) == "Ring [PHONE] now"
    assert line("Anna " * 100_000, 12) == "Anna Anna An"
    assert seconds_of(lambda: line("a." * 131_072, 61)) < 0.5
