from __future__ import annotations

from pathlib import Path

import pytest

from ml_models.data.corpora import Clip
from ml_models.data.sources import CORPORA
from ml_models.data.sources.table import COLUMNS, read_table, write_table
from ml_models.errors import TrainingDataError
from tests.unit.ml_models.data.sources.copies import COPIES, POINTER, write_copy, write_sound

HEADER = "filepath,emotion,speaker_id\n"


@pytest.mark.parametrize("name", COPIES)
def test_what_is_written_is_read_again(name: str, tmp_path: Path) -> None:
    clips = CORPORA[name].read(write_copy(tmp_path / name, COPIES[name]))
    for table in (tmp_path / "metadata.csv", tmp_path / name / "metadata.csv", tmp_path / "elsewhere" / "my.csv"):
        write_table(table, clips)
        assert [_resolved(clip) for clip in read_table(table)] == [_resolved(clip) for clip in clips]
    assert "../" not in (tmp_path / "metadata.csv").read_text()
    assert str(tmp_path) not in (tmp_path / "metadata.csv").read_text()


def test_every_field_survives_the_table(tmp_path: Path) -> None:
    write_sound(tmp_path / "a.wav")
    clip = Clip(tmp_path / "a.wav", "cremad", "cremad:1001", "F", "en", "sad", "DFA", "high", 51, ("angry", "sad"))
    write_table(tmp_path / "metadata.csv", [clip])
    assert read_table(tmp_path) == (clip,)
    assert (tmp_path / "metadata.csv").read_text().splitlines() == [
        ",".join(COLUMNS),
        "a.wav,sad,cremad:1001,DFA,cremad,en,F,51,high,angry:sad",
    ]


@pytest.mark.parametrize(
    ("text", "sex"),
    [
        ("filepath,emotion,speaker_id\na.wav,Anger,anna\nb.wav,joy,ben\n", ""),
        ("\ufeffspeaker,gender,label,file\nanna,female,ANG,a.wav\nben,m,HAP,b.wav\n", "F"),
    ],
)
def test_a_users_table_needs_three_columns(text: str, sex: str, tmp_path: Path) -> None:
    folder = write_copy(tmp_path / "calls", ("a.wav", "b.wav"))
    (folder / "mine.csv").write_text(text, encoding="utf-8")
    first, second = CORPORA["table"].read(folder / "mine.csv")
    assert first == Clip(folder / "a.wav", "calls", "calls:anna", sex, "und", "angry")
    assert (second.speaker, second.emotion) == ("calls:ben", "happy")


@pytest.mark.parametrize(
    ("text", "corpora", "message"),
    [
        (HEADER, None, "lists no clips of any corpus"),
        ("filepath,emotion,speaker_id,corpus\na.wav,sad,s,emodb\n", ("emodb", "nemo"), "lists no clips of nemo"),
        (HEADER + "a.wav,bliss,s\n", None, "line 2: unknown emotion 'bliss'"),
        (HEADER + "a.wav,sad\n", None, "line 2: no speaker_id"),
        (HEADER + ",sad,s\n", None, "line 2: no filepath"),
        ("path,corpus\n", None, r"lacks the column\(s\) emotion, speaker_id"),
        ("", None, r"lacks the column\(s\) filepath"),
        (HEADER + "gone.wav,sad,s\n", None, "none of them exists"),
    ],
)
def test_a_bad_table_is_explained(tmp_path: Path, text: str, corpora: tuple[str, ...] | None, message: str) -> None:
    (tmp_path / "manifest.csv").write_text(text)
    with pytest.raises(TrainingDataError, match=message):
        read_table(tmp_path, corpora=corpora)


def test_no_folder_no_table_and_no_text_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="no data folder"):
        read_table(tmp_path / "nowhere")
    with pytest.raises(TrainingDataError, match=r"has no manifest\.csv or metadata\.csv"):
        read_table(tmp_path)
    (tmp_path / "manifest.csv").write_bytes(b"filepath,emotion,speaker_id\n\xff\xfe,sad,s\n")
    with pytest.raises(TrainingDataError, match="no CSV in UTF-8"):
        read_table(tmp_path)


def test_pointers_listed_in_a_table_are_recognised(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text(POINTER)
    (tmp_path / "manifest.csv").write_text(HEADER + "a.wav,sad,s\n")
    with pytest.raises(TrainingDataError, match="Git LFS pointers"):
        read_table(tmp_path)


def _resolved(clip: Clip) -> tuple[object, ...]:
    return (clip.path.resolve(), *(getattr(clip, name) for name in clip.__dataclass_fields__ if name != "path"))
