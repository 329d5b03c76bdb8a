from __future__ import annotations

from emotion_clf.fetch.captions import CaptionTrack, choose_captions


def tracks(*languages: str, **changed: str) -> dict[str, list[dict[str, str]]]:
    return {name: [{"ext": "vtt", "url": f"https://a.test/{name}", **changed}] for name in languages}


def chosen(languages: list[str], **info: object) -> tuple[str, bool] | None:
    found = choose_captions(info, languages)
    return found and (found.language, found.automatic)


def test_captions_by_people_come_before_those_by_machine() -> None:
    assert chosen(["en"], subtitles=tracks("de"), automatic_captions=tracks("en")) == ("de", False)


def test_preferred_languages_come_in_their_order_and_in_any_region() -> None:
    assert chosen(["pl", "en"], subtitles=tracks("de", "en-GB", "en")) == ("en-GB", False)
    assert chosen(["pl"], subtitles=tracks("de", "fr"), language="fr") == ("fr", False)


def test_a_machine_is_believed_in_the_language_spoken() -> None:
    assert chosen(["en"], automatic_captions=tracks("en", "de-orig", "de")) == ("de", True)
    assert chosen(["en"], automatic_captions=tracks("en", "pl"), language="pl") == ("pl", True)
    assert chosen(["en"], automatic_captions=tracks("de", "en")) == ("en", True)
    assert chosen(["en"], automatic_captions=tracks("de")) == ("de", True)


def test_only_captions_that_come_as_one_file_of_the_web_count() -> None:
    for broken in ({"ext": "json3"}, {"protocol": "m3u8_native"}, {"url": "ftp://a.test/x"}, {"url": "file:///x"}):
        assert choose_captions({"subtitles": tracks("en", **broken)}, ["en"]) is None
    assert choose_captions({}, ["en"]) is None
    assert choose_captions({"subtitles": None}, []) is None


def test_the_address_comes_along() -> None:
    expected = CaptionTrack("https://a.test/en", "en", automatic=False)
    assert choose_captions({"subtitles": tracks("en")}, ["en"]) == expected
