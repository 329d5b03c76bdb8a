from __future__ import annotations

import shutil
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from emotion_clf.errors import DecoderMissingError, ModelError
from emotion_clf.settings import Settings
from emotion_clf.speech import SpeechModel
from emotion_clf.speech.hubert_embedder import HubertEmbedder
from emotion_clf.speech.manifest import HubertEmbedderSpec
from ml_models.data.sources.table import read_table
from ml_models.embedding import EmbedOptions, HubertSource, OnnxSource, embed_clips, read_embeddings, source_of_bundle
from ml_models.errors import TrainingDataError
from tests.support.bundles import make_hubert_bundle
from tests.support.sound import heard_path
from tests.unit.ml_models.embedding.speakers import StatisticsSource
from tests.unit.ml_models.voices import SAMPLE_RATE_HZ, speak

if TYPE_CHECKING:
    from pathlib import Path

    from ml_models.data.corpora import Clip

SOURCE = StatisticsSource()


def test_a_bundles_embeddings_are_those_of_serving_to_the_last_bit(
    speech: Path, spoken: tuple[Clip, ...], tiny_models: Path, tmp_path: Path
) -> None:
    source = source_of_bundle(tiny_models / "tiny", Settings())
    found = embed_clips(spoken, speech, source, tmp_path / "e.npz")
    serving = SpeechModel(tiny_models / "tiny", Settings())
    expected = [serving.embed(heard_path(clip.path)) for clip in spoken]
    np.testing.assert_array_equal(found.embeddings, expected)
    assert found.ids == tuple(clip.path.relative_to(speech).as_posix() for clip in spoken)
    assert found.embeddings.dtype == np.float32


@pytest.mark.parametrize(("pooling", "dim"), [("mean", 16), ("mean_std", 32)])
def test_hubert_in_batches_agrees_with_serving(
    speech: Path, spoken: tuple[Clip, ...], tiny_hubert: Path, tmp_path: Path, *, pooling: str, dim: int
) -> None:
    make_hubert_bundle(
        tmp_path / "mine", HubertEmbedderSpec(source=str(tiny_hubert), layer=1, pooling=pooling, dim=dim)
    )
    source = source_of_bundle(tmp_path / "mine", Settings())
    assert source == HubertSource(str(tiny_hubert), layer=1, pooling=pooling)
    found = embed_clips(spoken, speech, source, tmp_path / "e.npz", EmbedOptions(batch_size=4))
    serving = HubertEmbedder(HubertEmbedderSpec(source=str(tiny_hubert), layer=1, pooling=pooling, dim=dim), threads=1)
    expected = [serving.embed(heard_path(clip.path)) for clip in spoken]
    np.testing.assert_allclose(found.embeddings, expected, rtol=1e-4, atol=1e-5)


def test_the_settings_put_another_hubert_in_place_of_a_bundles(tiny_hubert: Path, tmp_path: Path) -> None:
    make_hubert_bundle(tmp_path / "mine", HubertEmbedderSpec(source="nobody/nothing", revision="abc", dim=16))
    source = source_of_bundle(tmp_path / "mine", Settings(hubert_model=str(tiny_hubert), hub_offline=True))
    assert source == HubertSource(str(tiny_hubert), offline=True)
    assert source.load().dim == 16


def test_what_is_read_is_what_was_written(speech: Path, spoken: tuple[Clip, ...], tmp_path: Path) -> None:
    written = embed_clips(spoken, speech, SOURCE, tmp_path / "e.npz")
    read = read_embeddings(tmp_path / "e.npz")
    assert (read.ids, read.fingerprint, read.settings) == (written.ids, written.fingerprint, written.settings)
    np.testing.assert_array_equal(read.embeddings, written.embeddings)
    assert read.settings["embedder"] == SOURCE.identity()
    assert sorted(tmp_path.iterdir()) == [tmp_path / "e.npz"]
    with zipfile.ZipFile(tmp_path / "e.npz") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_clips_of_one_length_share_a_batch_and_no_others(
    speech: Path, spoken: tuple[Clip, ...], tmp_path: Path
) -> None:
    found = embed_clips(spoken, speech, SOURCE, tmp_path / "e.npz", EmbedOptions(batch_size=2))
    lengths = [heard_path(clip.path).samples.size for clip in spoken]
    sizes = found.embeddings[:, 2].astype(int)
    for length in set(lengths):
        same = sorted(size for size, other in zip(sizes, lengths, strict=True) if other == length)
        assert same == sorted([2] * (len(same) // 2 * 2) + [1] * (len(same) % 2))
    assert 2 in sizes


def test_a_changed_clip_or_setting_changes_the_fingerprint_and_the_file(speech: Path, tmp_path: Path) -> None:
    data = shutil.copytree(speech, tmp_path / "data")
    clips, out = read_table(data), tmp_path / "e.npz"
    first = embed_clips(clips, data, SOURCE, out)
    others = {
        "embedder": embed_clips(clips, data, replace(SOURCE, name="other"), out),
        "batch size": embed_clips(clips, data, SOURCE, out, EmbedOptions(batch_size=2)),
        "clips": embed_clips(clips[1:], data, SOURCE, out),
        "order": embed_clips(clips[::-1], data, SOURCE, out),
    }
    soundfile.write(clips[0].path, 0.5 * speak("sad", 100, 1, 0.9), SAMPLE_RATE_HZ)
    others["sound"] = embed_clips(clips, data, SOURCE, out)
    assert len({first.fingerprint, *(other.fingerprint for other in others.values())}) == 6
    assert not np.array_equal(others["sound"].embeddings[0], first.embeddings[0])
    np.testing.assert_array_equal(others["sound"].embeddings[1:, :2], first.embeddings[1:, :2])
    np.testing.assert_array_equal(others["order"].embeddings, first.embeddings[::-1])


def test_a_finished_file_is_not_computed_again(speech: Path, spoken: tuple[Clip, ...], tmp_path: Path) -> None:
    out = tmp_path / "e.npz"
    first = embed_clips(spoken, speech, SOURCE, out)
    inode = out.stat().st_ino
    again = embed_clips(spoken, speech, SOURCE, out, EmbedOptions(workers=2))
    assert out.stat().st_ino == inode
    assert again.fingerprint == first.fingerprint


def test_the_hubert_fingerprint_is_of_weights_layer_and_pooling_and_not_of_the_place(
    tiny_hubert: Path, tmp_path: Path
) -> None:
    source = HubertSource(str(tiny_hubert))
    moved = shutil.copytree(tiny_hubert, tmp_path / "moved")
    assert HubertSource(str(moved)).identity() == source.identity()
    identities = [
        source.identity(),
        replace(source, layer=1).identity(),
        replace(source, pooling="mean_std").identity(),
    ]
    (moved / "preprocessor_config.json").write_text('{"do_normalize": false}', encoding="utf-8")
    identities.append(HubertSource(str(moved)).identity())
    assert all(identities.count(identity) == 1 for identity in identities)


@pytest.mark.parametrize("shortage", ["torch", "python", "allocator"])
def test_out_of_memory_gives_the_file_of_half_the_batch_size(
    speech: Path, spoken: tuple[Clip, ...], tmp_path: Path, shortage: str, caplog: pytest.LogCaptureFixture
) -> None:
    short = StatisticsSource(fits=1, shortage=shortage)
    embed_clips(spoken, speech, short, tmp_path / "short.npz", EmbedOptions(batch_size=9))
    embed_clips(spoken, speech, SOURCE, tmp_path / "asked.npz", EmbedOptions(batch_size=1))
    assert (tmp_path / "short.npz").read_bytes() == (tmp_path / "asked.npz").read_bytes()
    assert read_embeddings(tmp_path / "short.npz").settings["batch_size"] == 1
    assert [record.message.rpartition(" ")[2] for record in caplog.records] == ["9.", "4.", "2."]


def test_out_of_memory_in_a_worker_process_halves_too(speech: Path, spoken: tuple[Clip, ...], tmp_path: Path) -> None:
    short = StatisticsSource(fits=1)
    found = embed_clips(spoken, speech, short, tmp_path / "e.npz", EmbedOptions(batch_size=2, workers=2))
    assert set(found.embeddings[:, 2]) == {1.0}


def test_a_single_clip_that_does_not_fit_is_named(speech: Path, spoken: tuple[Clip, ...], tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match=r"not memory enough for sound/\d-\w+\.wav alone"):
        embed_clips(spoken, speech, StatisticsSource(fits=0), tmp_path / "e.npz")


def test_an_embedders_own_fault_is_not_taken_for_a_lack_of_memory(
    speech: Path, spoken: tuple[Clip, ...], tmp_path: Path
) -> None:
    class Odd(StatisticsSource):
        def load(self) -> object:
            raise ModelError("odd")

    with pytest.raises(ModelError, match="odd"):
        embed_clips(spoken, speech, Odd(), tmp_path / "e.npz")


@pytest.fixture
def broken(speech: Path, tmp_path: Path) -> Path:
    """A copy of which one clip is no sound, one is gone, and one is silent."""
    data = shutil.copytree(speech, tmp_path / "data")
    (data / "sound" / "0-sad.wav").write_text("not sound")
    (data / "sound" / "1-sad.wav").unlink()
    soundfile.write(data / "sound" / "1-angry.wav", np.zeros(SAMPLE_RATE_HZ), SAMPLE_RATE_HZ)
    return data


def test_broken_clips_are_named_and_left_out_on_request_only(
    broken: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clips, source, out = read_table(broken), StatisticsSource(quiet=True), tmp_path / "e.npz"
    with pytest.raises(TrainingDataError, match=r"sound/0-sad\.wav cannot be embedded\. .*--skip-broken"):
        embed_clips(clips, broken, source, out)
    assert not out.exists()
    found = embed_clips(clips, broken, source, out, EmbedOptions(skip_broken=True))
    names = ["sound/0-sad.wav", "sound/1-sad.wav", "sound/1-angry.wav"]
    assert set(found.ids) == {clip.path.relative_to(broken).as_posix() for clip in clips} - set(names)
    assert [record.message.split()[0] for record in caplog.records] == names
    assert np.isfinite(found.embeddings).all()
    with pytest.raises(TrainingDataError, match=r"sound/0-sad\.wav"):
        embed_clips(clips, broken, source, out)
    assert read_embeddings(out).ids == found.ids
    for name in names[:2]:
        clips = tuple(clip for clip in clips if not clip.path.match(name))
    with pytest.raises(TrainingDataError, match=r"sound/1-angry\.wav .* not numbers"):
        embed_clips(clips, broken, source, out)


def test_nothing_but_broken_clips_is_an_error(broken: Path, tmp_path: Path) -> None:
    clips = [clip for clip in read_table(broken) if clip.path.match("[01]-sad.wav")]
    with pytest.raises(TrainingDataError, match="None of the clips"):
        embed_clips(clips, broken, SOURCE, tmp_path / "e.npz", EmbedOptions(skip_broken=True))


def test_a_missing_decoder_is_no_fault_of_a_clip(speech: Path, spoken: tuple[Clip, ...], tmp_path: Path) -> None:
    options = EmbedOptions(skip_broken=True, ffmpeg_path="/nowhere/ffmpeg")
    with pytest.raises(DecoderMissingError):
        embed_clips(spoken, speech, SOURCE, tmp_path / "e.npz", options)


def test_no_clips_and_clips_listed_twice_are_refused(speech: Path, spoken: tuple[Clip, ...], tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="no clips"):
        embed_clips((), speech, SOURCE, tmp_path / "e.npz")
    with pytest.raises(TrainingDataError, match=r"sound/0-neutral\.wav is listed 2 times"):
        embed_clips((*spoken, spoken[0]), speech, SOURCE, tmp_path / "e.npz")


def test_a_file_of_another_kind_is_neither_read_nor_overwritten(
    speech: Path, spoken: tuple[Clip, ...], tmp_path: Path
) -> None:
    out = tmp_path / "e.npz"
    with pytest.raises(TrainingDataError, match="There is no file"):
        read_embeddings(out)
    out.write_text("a letter")
    with pytest.raises(TrainingDataError, match="no file of embeddings"):
        embed_clips(spoken, speech, SOURCE, out)
    assert out.read_text() == "a letter"
    np.savez(out, ids=np.array(["a"]))
    with pytest.raises(TrainingDataError, match="no file of embeddings"):
        read_embeddings(out)
    np.savez(out, ids=np.array(["a"]), embeddings=np.zeros((2, 3)), fingerprint="f", settings="{}")
    with pytest.raises(TrainingDataError, match="one embedding for each id"):
        read_embeddings(out)


def test_a_changed_graph_and_an_incomplete_hubert_are_refused(
    tiny_models: Path, tiny_hubert: Path, tmp_path: Path
) -> None:
    bundle = shutil.copytree(tiny_models / "tiny", tmp_path / "tiny")
    source = source_of_bundle(bundle, Settings())
    assert isinstance(source, OnnxSource)
    with (bundle / "embedder.onnx").open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(ModelError, match="differs from what was published"):
        source.identity()
    torn = shutil.copytree(tiny_hubert, tmp_path / "torn")
    (torn / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="no complete HuBERT"):
        HubertSource(str(torn)).identity()
    with pytest.raises(ModelError, match="not on this machine"):
        HubertSource("nobody/nothing", offline=True).identity()
    with pytest.raises(ModelError, match="layer 9 is not one"):
        HubertSource(str(tiny_hubert), layer=9).load()
