from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from ml_models.data.corpora import EMOTIONS
from ml_models.data.sources import CORPORA, Reason
from ml_models.data.sources.words import emotion_named
from ml_models.errors import TrainingDataError
from tests.unit.ml_models.data.sources.copies import COPIES, POINTER, write_copy, write_sound

if TYPE_CHECKING:
    from pathlib import Path

NAMED = sorted(COPIES.keys() - {"folders"})
# speaker, sex, language, emotion, sentence, intensity, age
EXPECTED = {
    "cremad": {
        "1001_DFA_ANG_XX": ("1001", "", "en", "angry", "DFA", "", None),
        "1001_IEO_HAP_LO": ("1001", "", "en", "happy", "IEO", "low", None),
        "1002_IEO_SAD_HI": ("1002", "", "en", "sad", "IEO", "high", None),
    },
    "ravdess": {
        "03-01-06-01-02-01-01": ("Actor_01", "M", "en", "fearful", "02", "normal", None),
        "03-01-02-02-01-02-12": ("Actor_12", "F", "en", "calm", "01", "strong", None),
    },
    "emodb": {
        "03a01Fa": ("03", "M", "de", "happy", "a01", "", 31),
        "16b10Wb": ("16", "F", "de", "angry", "b10", "", 31),
    },
    "nemo": {
        "SK0_anger_12": ("SK0", "", "pl", "angry", "12", "", None),
        "EB0_surprised_90": ("EB0", "", "pl", "surprised", "90", "", None),
    },
    "ased": {
        "a5-03-01-02-50": ("50", "M", "am", "angry", "a5-03", "", None),
        "n1-07-02-01-05": ("05", "F", "am", "neutral", "n1-07", "", None),
    },
    "tess": {
        "YAF_voice_fear": ("YAF", "F", "en", "fearful", "voice", "", 26),
        "OAF_back_ps": ("OAF", "F", "en", "surprised", "back", "", 64),
        "OA_bite_neutral": ("OAF", "F", "en", "neutral", "bite", "", 64),
    },
    "savee": {
        "d03": ("DC", "M", "en", "disgust", "d03", "", None),
        "su15": ("KL", "M", "en", "surprised", "su15", "", None),
    },
    "folders": {
        "a": ("anna", "", "und", "happy", "", "", None),
        "b": ("ben", "", "und", "fearful", "", "", None),
    },
}


def test_every_corpus_has_a_stand_in() -> None:
    tables = {"table", "emospeech_in", "natural", "natural_test"}
    assert COPIES.keys() == EXPECTED.keys() == CORPORA.keys() - tables


@pytest.mark.parametrize("name", COPIES)
def test_file_names_are_read_as_documented(name: str, tmp_path: Path) -> None:
    folder = write_copy(tmp_path / name, COPIES[name])
    reading = CORPORA[name].survey(folder)
    found = {
        clip.path.stem: (
            clip.speaker.removeprefix(f"{name}:"),
            clip.sex,
            clip.language,
            clip.emotion,
            clip.sentence,
            clip.intensity,
            clip.age,
        )
        for clip in reading.clips
    }
    assert found == EXPECTED[name]
    assert {clip.corpus for clip in reading.clips} == {name}
    assert all(clip.speaker.startswith(f"{name}:") for clip in reading.clips)
    assert [item.path for item in reading.left_out] == [folder / COPIES[name][-1]]
    assert reading.left_out[0].reason is (Reason.NO_EMOTION if name == "folders" else Reason.FOREIGN)
    assert CORPORA[name].read(folder) == reading.clips


@pytest.mark.parametrize("name", NAMED)
def test_a_corpus_contains_the_emotions_and_languages_it_states(name: str, tmp_path: Path) -> None:
    corpus = CORPORA[name]
    clips = corpus.read(write_copy(tmp_path, COPIES[name]))
    assert {clip.emotion for clip in clips} <= set(corpus.emotions) <= set(EMOTIONS)
    assert {clip.language for clip in clips} == set(corpus.languages)


@pytest.mark.parametrize("name", sorted(set(NAMED) - {"savee"}))
def test_all_sounds_in_one_folder_will_do(name: str, tmp_path: Path) -> None:
    folder = write_copy(tmp_path, [path.rpartition("/")[2] for path in COPIES[name]])
    assert len(CORPORA[name].read(folder)) == len(EXPECTED[name])


@pytest.mark.parametrize("name", CORPORA)
def test_a_missing_folder_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match=r"There is no .*nowhere"):
        CORPORA[name].read(tmp_path / "nowhere")


@pytest.mark.parametrize("name", COPIES)
def test_a_folder_without_sound_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("nothing here")
    (tmp_path / "._1001_DFA_ANG_XX.wav").write_bytes(b"resource fork")
    write_sound(tmp_path / "__MACOSX" / "03a01Fa.wav")
    with pytest.raises(TrainingDataError, match="holds no sound files"):
        CORPORA[name].read(tmp_path)


@pytest.mark.parametrize("name", NAMED)
def test_sound_of_something_else_is_no_corpus(name: str, tmp_path: Path) -> None:
    write_sound(tmp_path / "holiday.wav")
    with pytest.raises(TrainingDataError, match="holds no clips of") as refused:
        CORPORA[name].read(tmp_path)
    assert CORPORA[name].layout in str(refused.value)


@pytest.mark.parametrize("name", COPIES)
def test_git_lfs_pointers_are_recognised(name: str, tmp_path: Path) -> None:
    write_copy(tmp_path, COPIES[name])
    (tmp_path / COPIES[name][0]).write_text(POINTER)
    with pytest.raises(TrainingDataError, match=r"1 file\(s\) such as .* are Git LFS pointers.*lfs pull"):
        CORPORA[name].read(tmp_path)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("03-01-04-01-01-01-01.wav", "03-01-04-01-01-01-02.wav"), "all of these are sad"),
        (("03-01-04-01-01-01-01.wav", "03-01-05-01-01-01-01.wav"), "all of these are by ravdess:Actor_01"),
    ],
)
def test_one_emotion_or_one_speaker_is_refused(names: tuple[str, ...], message: str, tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match=message):
        CORPORA["ravdess"].read(write_copy(tmp_path, names))


@pytest.mark.parametrize("name", ["ravdess", "tess"])
def test_a_doubled_copy_gives_every_recording_once(name: str, tmp_path: Path) -> None:
    once = write_copy(tmp_path / "archive", COPIES[name])
    shutil.copytree(once, once / "audio_speech_actors_01-24")
    reading = CORPORA[name].survey(once)
    assert len(reading.clips) == len(EXPECTED[name])
    copies = [item.path for item in reading.left_out if item.reason is Reason.COPY]
    assert len(copies) == len(reading.clips)
    assert {path.stem for path in copies} == {clip.path.stem for clip in reading.clips}


def test_another_recording_under_the_same_name_is_told_from_a_copy(tmp_path: Path) -> None:
    write_copy(tmp_path, COPIES["ravdess"])
    write_sound(tmp_path / "louder" / "03-01-06-01-02-01-01.wav", take=9)
    reading = CORPORA["ravdess"].survey(tmp_path)
    assert len(reading.clips) == 2
    assert Reason.OTHER_FORM in {item.reason for item in reading.left_out}


def test_savee_of_one_folder(tmp_path: Path) -> None:
    clips = CORPORA["savee"].read(write_copy(tmp_path, ("DC_a01.wav", "JK_sa15.wav")))
    assert [(clip.speaker, clip.emotion) for clip in clips] == [("savee:DC", "angry"), ("savee:JK", "sad")]


def test_nemo_takes_sex_and_age_from_its_table(tmp_path: Path) -> None:
    write_copy(tmp_path, COPIES["nemo"])
    (tmp_path / "data.tsv").write_text(
        "file_id\temotion\traw_text\tnormalized_text\tspeaker_id\tgender\tage\n"
        'SK0_anger_12.wav\tanger\t"Tak.\ttak\tSK0\tmale\t24\n'
        "EB0_surprised_90.wav\tsurprised\tNie.\tnie\tEB0\tfemale\t27\n"
    )
    for folder in (tmp_path, tmp_path / "samples"):
        people = {clip.speaker: (clip.sex, clip.age) for clip in CORPORA["nemo"].read(folder)}
        assert people == {"nemo:SK0": ("M", 24), "nemo:EB0": ("F", 27)}


def test_ased_gives_a_speaker_the_sex_of_most_names(tmp_path: Path) -> None:
    names = ("n1-01-01-01-09.wav", "n1-02-01-01-09.wav", "a5-01-01-02-09.wav", "a5-01-01-02-10.wav")
    clips = CORPORA["ased"].read(write_copy(tmp_path, names))
    assert {(clip.speaker, clip.sex) for clip in clips} == {("ased:09", "F"), ("ased:10", "M")}


def test_folders_without_speakers_are_refused_with_a_way_out(tmp_path: Path) -> None:
    write_copy(tmp_path, ("train/angry/1.wav", "test/sad/2.wav"))
    with pytest.raises(TrainingDataError, match=r"nobody who speaks.*speaker_id"):
        CORPORA["folders"].read(tmp_path)


def test_a_speaker_folder_named_like_an_emotion_above_does_not_confuse(tmp_path: Path) -> None:
    write_copy(tmp_path, ("joy/sad/1.wav", "ben/angry/2.wav", "angry/3.wav"))
    reading = CORPORA["folders"].survey(tmp_path)
    assert {(clip.speaker.split(":")[1], clip.emotion) for clip in reading.clips} == {("joy", "sad"), ("ben", "angry")}
    assert [item.reason for item in reading.left_out] == [Reason.NO_SPEAKER]


@pytest.mark.parametrize(
    ("name", "emotion"),
    [("ANG", "angry"), ("05Angry", "angry"), ("Pleasant_surprise", "surprised"), ("Joy", "happy"), ("glee", None)],
)
def test_emotions_go_by_many_names(name: str, emotion: str | None) -> None:
    assert emotion_named(name) == emotion
