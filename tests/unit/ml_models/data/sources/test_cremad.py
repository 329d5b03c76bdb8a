from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from ml_models.data.sources import CORPORA, Reason
from ml_models.data.sources.cremad import EMOTIONS, KNOWN_BAD, SENTENCES
from ml_models.data.sources.cremad_split import standard_split
from ml_models.errors import TrainingDataError
from tests.unit.ml_models.data.sources.copies import COPIES, POINTER, write_copy, write_links, write_sound

if TYPE_CHECKING:
    from pathlib import Path

    from ml_models.data.sources import Reading

VALIDATION = "1015 1020 1021 1030 1050 1070 1079 1089 1090"
TEST = "1010 1013 1022 1026 1037 1038 1040 1045 1047 1048 1059 1065 1066 1068 1071 1073 1084 1086 1088"
# Twenty of the 91 x 82 recordings were never published: so many of each emotion, all by actors of the training part.
# Which ones does not matter here.
UNPUBLISHED = {"ANG": 3, "DIS": 3, "FEA": 3, "HAP": 3, "NEU": 5, "SAD": 3}


def published_stems() -> list[str]:
    stems = []
    for actor in range(1001, 1092):
        for sentence in SENTENCES:
            for emotion in EMOTIONS:
                levels = ("LO", "MD", "HI") if sentence == "IEO" and emotion != "NEU" else ("XX",)
                stems += [f"{actor}_{sentence}_{emotion}_{level}" for level in levels]
    for emotion, count in UNPUBLISHED.items():
        for stem in [stem for stem in stems if stem.startswith("1001") and emotion in stem][:count]:
            stems.remove(stem)
    return stems


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    folder = tmp_path_factory.mktemp("CREMA-D")
    return CORPORA["cremad"].survey(write_links(folder, [f"AudioWAV/{stem}.wav" for stem in published_stems()]))


def test_a_complete_copy_gives_all_but_the_known_bad(complete: Reading) -> None:
    corpus = CORPORA["cremad"]
    assert len(published_stems()) == corpus.clips == 7_442
    assert len(complete.clips) == corpus.usable_clips == 7_438
    assert {item.path.stem for item in complete.left_out} == KNOWN_BAD
    assert {item.reason for item in complete.left_out} == {Reason.KNOWN_BAD}
    assert len({clip.speaker for clip in complete.clips}) == corpus.speakers == 91
    assert {clip.sentence for clip in complete.clips} == SENTENCES.keys()
    emotions = Counter(clip.emotion for clip in complete.clips)
    assert emotions == {"angry": 1271, "disgust": 1270, "fearful": 1270, "happy": 1271, "neutral": 1086, "sad": 1270}


def test_the_standard_split_is_the_published_one(complete: Reading) -> None:
    split = standard_split(complete.clips)
    actors = {
        part: sorted({clip.speaker.removeprefix("cremad:") for clip in getattr(split, part)})
        for part in ("train", "validation", "test")
    }
    assert actors["validation"] == VALIDATION.split()
    assert actors["test"] == TEST.split()
    assert len(actors["train"]) == 63
    assert not set(actors["train"]) & {*VALIDATION.split(), *TEST.split()}
    assert (len(split.train), len(split.validation), len(split.test)) == (5_144, 738, 1_556)


def test_the_split_does_not_depend_on_the_order_of_the_clips(complete: Reading) -> None:
    backwards = standard_split(complete.clips[::-1])
    assert set(backwards.test) == set(standard_split(complete.clips).test)


def test_tables_of_a_clone_add_sex_age_and_what_listeners_heard(tmp_path: Path) -> None:
    write_copy(tmp_path, COPIES["cremad"])
    (tmp_path / "VideoDemographics.csv").write_text(
        '"ActorID","Age","Sex","Race","Ethnicity"\n'
        '1001,51,"Male","Caucasian","Not Hispanic"\n1002,21,"Female","Caucasian","Not Hispanic"\n'
    )
    (tmp_path / "processedResults").mkdir()
    (tmp_path / "processedResults" / "summaryTable.csv").write_text(
        '"","FileName","VoiceVote","VoiceLevel","FaceVote","FaceLevel","MultiModalVote","MultiModalLevel"\n'
        '"1","1001_IEO_HAP_LO","N","70.5","H","57","H","57.4"\n'
        '"2","1002_IEO_SAD_HI","A:F","30.5:51","N","60","S","63.5"\n'
    )
    for folder in (tmp_path, tmp_path / "AudioWAV"):
        found = {clip.path.stem: clip for clip in CORPORA["cremad"].read(folder)}
        assert (found["1001_DFA_ANG_XX"].sex, found["1001_DFA_ANG_XX"].age) == ("M", 51)
        assert (found["1002_IEO_SAD_HI"].sex, found["1002_IEO_SAD_HI"].age) == ("F", 21)
        assert found["1001_IEO_HAP_LO"].heard == ("neutral",)
        assert found["1002_IEO_SAD_HI"].heard == ("angry", "fearful")
        assert found["1001_DFA_ANG_XX"].heard == ()


def test_the_mp3_files_of_a_clone_are_not_read_a_second_time(tmp_path: Path) -> None:
    write_copy(tmp_path, COPIES["cremad"])
    write_sound(tmp_path / "sound.wav", seconds=0.5)
    (tmp_path / "AudioMP3").mkdir()
    (tmp_path / "sound.wav").rename(tmp_path / "AudioMP3" / "1001_DFA_ANG_XX.mp3")
    assert {clip.path.suffix for clip in CORPORA["cremad"].read(tmp_path)} == {".wav"}


def test_a_table_that_is_something_else_is_named(tmp_path: Path) -> None:
    write_copy(tmp_path, COPIES["cremad"])
    (tmp_path / "VideoDemographics.csv").write_text(POINTER)
    with pytest.raises(TrainingDataError, match=r"VideoDemographics.csv lacks the column\(s\) ActorID, Age, Sex"):
        CORPORA["cremad"].read(tmp_path)
