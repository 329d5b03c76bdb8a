from __future__ import annotations

import resource
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from emotion_clf.audio import SAMPLE_RATE_HZ, Waveform
from emotion_clf.errors import (
    InvalidRequestError,
    JobCancelledError,
    ModelError,
    ModelNotFoundError,
    StorageError,
    TooLongError,
    TooShortError,
    UnsupportedAudioError,
)
from emotion_clf.pipeline.call_requests import PEAKS_PER_S, CallAnalysis, CallOptions, CallRequest
from emotion_clf.pipeline.calls import CallSteps, relabelled
from emotion_clf.pipeline.step import StepWatch
from emotion_clf.pipeline.work_folder import WorkFolder
from emotion_clf.settings import Settings
from emotion_clf.speech import ModelRegistry, SpeechModel
from emotion_clf.speech.embedder import UnusableEmbeddingError
from emotion_clf.storage.call_rows import call_values, embeddings_of, peaks_of, timeline_of
from tests.support.bundles import make_adaptive_bundle
from tests.support.dialogues import dialogue, sample, small_call
from tests.support.sound import encode, voice, wav

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_clf.calls import Timeline

WATCH = StepWatch(lambda _share, _message: None, lambda: False)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    make_adaptive_bundle(folder / "tiny")
    return folder


@pytest.fixture
def call_settings(models: Path) -> Settings:
    return Settings(models_dir=models, model="tiny")


def steps_under(settings: Settings) -> CallSteps:
    return CallSteps(settings, ModelRegistry(settings))


def analysed(settings: Settings, folder: Path, content: bytes | np.ndarray, **options: Any) -> CallAnalysis:
    path = folder / "given.wav"
    path.write_bytes(content if isinstance(content, bytes) else wav(content))
    return steps_under(settings).analyse(path, CallOptions(**options), folder / "work")


def judged(timeline: Timeline) -> set[str | None]:
    return {window.speaker for window in timeline if window.label is not None}


def test_each_channel_is_a_speaker_and_only_the_customer_is_judged(call_settings: Settings, tmp_path: Path) -> None:
    samples = small_call()
    analysis = analysed(call_settings, tmp_path, samples)
    timeline = analysis.timeline
    assert (timeline.layout, timeline.speakers) == ("channels", ("left", "right"))
    assert (timeline.customer, timeline.customer_chosen) == ("right", False)
    assert timeline.duration_s == pytest.approx(len(samples) / SAMPLE_RATE_HZ, abs=0.001)
    assert judged(timeline) == {"right"}
    assert {window.speaker for window in timeline} >= {"left", "right"}
    assert all((window.label is not None) == (window.speaker == "right") for window in timeline)
    assert all(sum((window.probabilities or {"": 1.0}).values()) == pytest.approx(1.0) for window in timeline)
    assert analysis.embeddings.shape == (len(timeline.windows), 4)
    assert analysis.peaks.shape == (2, -(-len(samples) * PEAKS_PER_S // SAMPLE_RATE_HZ))
    for window, row in zip(timeline, analysis.embeddings, strict=True):
        assert row.any() == (window.speaker is not None)


def test_turns_are_where_the_voices_are(call_settings: Settings, tmp_path: Path) -> None:
    said = [sample("low"), sample("raised"), sample("low"), sample("raised")]
    timeline = analysed(call_settings, tmp_path, dialogue(*said)).timeline
    start_s = 0.0
    for number, samples in enumerate(said):
        length_s = len(samples) / SAMPLE_RATE_HZ
        own = [turn for turn in timeline.turns if start_s - 0.1 <= turn.start_s < start_s + length_s]
        assert {turn.speaker for turn in own} == {("left", "right")[number % 2]}
        assert sum(turn.duration_s for turn in own) > 0.7 * length_s
        assert all((turn.syllables or 0) > 0 for turn in own)
        start_s += length_s + 0.6


def test_peaks_are_the_loudest_samples(call_settings: Settings, tmp_path: Path) -> None:
    samples = small_call(3)
    peaks = analysed(call_settings, tmp_path, samples).peaks
    eighth = SAMPLE_RATE_HZ // PEAKS_PER_S
    for channel in range(2):
        for place in (0, 7, peaks.shape[1] - 1):
            loudest = np.abs(samples[place * eighth : (place + 1) * eighth, channel]).max()
            assert peaks[channel, place] == pytest.approx(loudest * 255, abs=1)


def test_one_channel_is_told_apart_by_voices(call_settings: Settings, tmp_path: Path) -> None:
    settings = call_settings.model_copy(update={"speaker_count": 2})
    timeline = analysed(settings, tmp_path, small_call(8).mean(axis=1)).timeline
    assert (timeline.layout, timeline.speakers, timeline.customer) == ("voices", ("A", "B"), "B")
    starts = [window.start_s for window in timeline]
    assert len(starts) == len(set(starts))
    assert judged(timeline) == {"B"}
    assert any("experimental" in note for note in timeline.notes)


@pytest.mark.parametrize(
    ("right", "note"), [(1.0, "same sound"), (0.5, "same sound"), (0.0, "Nobody speaks in the right channel")]
)
def test_a_channel_that_adds_nothing_is_no_speaker(
    call_settings: Settings, tmp_path: Path, right: float, note: str
) -> None:
    mono = np.concatenate([sample("even")] * 2)
    timeline = analysed(call_settings, tmp_path, np.stack([mono, mono * right], axis=1)).timeline
    assert timeline.layout in {"voices", "one"}
    assert "A" in timeline.speakers
    assert any(note in said for said in timeline.notes)


def test_a_recorder_that_shifts_both_channels_makes_them_no_more_alike(call_settings: Settings, tmp_path: Path) -> None:
    timeline = analysed(call_settings, tmp_path, (small_call(4) * 0.2 + 0.4).astype(np.float32)).timeline
    assert timeline.layout == "channels"


def test_speakers_can_be_told_apart_as_asked(call_settings: Settings, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
    call = small_call(4)
    one = analysed(call_settings, folders[0], call, speakers="one").timeline
    assert (one.layout, one.speakers, one.customer) == ("one", ("A",), "A")
    same = np.stack([call.mean(axis=1)] * 2, axis=1)
    forced = analysed(call_settings, folders[1], same, speakers="channels").timeline
    assert (forced.layout, forced.speakers) == ("channels", ("left", "right"))
    with pytest.raises(InvalidRequestError, match="two channels"):
        analysed(call_settings, folders[2], call[:, 0], speakers="channels")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"customer": "Ann"}, "left, right"),
        ({"speakers": "magic"}, "voices"),
        ({"hop_s": 0.1}, "0.5 to 3 s"),
        ({"hop_s": 4.0}, "0.5 to 3 s"),
        ({"hop_s": float("nan")}, "0.5 to 3 s"),
    ],
)
def test_what_cannot_be_is_said(call_settings: Settings, tmp_path: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidRequestError, match=words):
        analysed(call_settings, tmp_path, small_call(2), **options)


def test_an_unknown_model_is_told_before_anything_is_done(call_settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError):
        analysed(call_settings, tmp_path, b"no sound at all", model="none")


def test_another_customer_is_judged_at_once_by_what_is_stored(call_settings: Settings, tmp_path: Path) -> None:
    first = analysed(call_settings, tmp_path, small_call())
    stored = call_values("job", first)
    embeddings = embeddings_of(stored["embeddings"], stored["embedding_dim"])
    np.testing.assert_array_equal(embeddings, first.embeddings)
    np.testing.assert_array_equal(peaks_of(stored["peaks"], 2), first.peaks)
    kept = timeline_of(stored["timeline"])
    assert kept == first.timeline
    registry = ModelRegistry(call_settings)
    other = relabelled(kept, "left", embeddings, registry, call_settings)
    assert (other.customer, other.customer_chosen, judged(other)) == ("left", True, {"left"})
    back = relabelled(other, "right", embeddings, registry, call_settings)
    assert replace(back, customer_chosen=False) == kept
    folder = tmp_path / "chosen"
    folder.mkdir()
    assert analysed(call_settings, folder, small_call(), customer="left").timeline == other
    with pytest.raises(InvalidRequestError, match="left, right"):
        relabelled(kept, "B", embeddings, registry, call_settings)
    for changed in (replace(kept, model_name="gone"), replace(kept, model_version="9")):
        with pytest.raises(ModelError, match="not installed any more"):
            relabelled(changed, "left", embeddings, registry, call_settings)


def test_everybody_is_judged_where_the_operator_says_so(call_settings: Settings, tmp_path: Path) -> None:
    settings = call_settings.model_copy(update={"call_agent_emotion": True})
    timeline = analysed(settings, tmp_path, small_call()).timeline
    assert judged(timeline) == {"left", "right"}
    assert any("CALL_AGENT_EMOTION" in note for note in timeline.notes)


def test_windows_that_overlap_count_as_fewer_clips(call_settings: Settings, tmp_path: Path) -> None:
    """A call is judged alike however closely its windows lie."""
    dense_folder = tmp_path / "dense"
    dense_folder.mkdir()
    sparse = analysed(call_settings, tmp_path, small_call(8), customer="right").timeline
    dense = analysed(call_settings, dense_folder, small_call(8), customer="right", hop_s=0.5).timeline
    assert len(dense.windows) > 4 * len(sparse.windows)
    near = {(window.start_s, window.speaker): window.probabilities for window in dense}
    both = [(window.probabilities, near.get((window.start_s, window.speaker))) for window in sparse if window.label]
    assert len([other for _, other in both if other]) >= 3
    assert all(other == pytest.approx(own, abs=0.1) for own, other in both if other)


@pytest.mark.parametrize("kind", ["zeros", "hiss", "music"])
def test_nobody_speaks(call_settings: Settings, tmp_path: Path, kind: str) -> None:
    times = np.arange(10 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    rng = np.random.default_rng(0)
    beat = np.exp(-6 * (times % 0.5)) * rng.normal(0, 0.3, len(times))
    chord = sum(np.sin(2 * np.pi * pitch * times * part) / part for pitch in (220, 277, 330) for part in range(1, 7))
    sounds = {"zeros": times * 0, "hiss": rng.normal(0, 0.05, len(times)), "music": 0.1 * chord + beat}
    analysis = analysed(call_settings, tmp_path, (sounds[kind] * 0.5).astype(np.float32))
    timeline = analysis.timeline
    assert (timeline.speakers, timeline.turns, timeline.customer) == ((), (), None)
    assert [window.speaker for window in timeline] == [None] * 4
    assert not analysis.embeddings.any()


def test_many_channels_are_averaged(call_settings: Settings, tmp_path: Path) -> None:
    samples = np.repeat(np.concatenate([sample("even"), sample("raised")])[:, None], 8, axis=1)
    analysis = analysed(call_settings, tmp_path, samples)
    assert any("8 channels" in note for note in analysis.timeline.notes)
    assert analysis.peaks.shape[0] == 1
    assert analysis.timeline.turns


def test_what_is_left_of_a_damaged_call_is_heard(call_settings: Settings, tmp_path: Path) -> None:
    content = encode(small_call(8), "-f", "mp3")
    timeline = analysed(call_settings, tmp_path, content[: len(content) // 2 + 7]).timeline
    assert any("damaged" in note for note in timeline.notes)
    assert judged(timeline) == {"right"}


def test_a_window_of_which_the_model_makes_nothing_is_left_out(
    call_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = SpeechModel.embed
    given: list[int] = []

    def embed(model: SpeechModel, waveform: Waveform) -> np.ndarray:
        given.append(len(waveform.samples))
        if len(given) == 2:
            raise UnusableEmbeddingError("NaN")
        return np.full(4, 1e9, dtype=np.float32) if len(given) == 4 else real(model, waveform)

    monkeypatch.setattr(SpeechModel, "embed", embed)
    timeline = analysed(call_settings, tmp_path, small_call(8), customer="right").timeline
    voiced = [window for window in timeline if window.speaker is not None]
    unjudged = [window for window in voiced if window.speaker == "right" and window.label is None]
    assert unjudged == [window for window in (voiced[1], voiced[3]) if window.speaker == "right"]
    assert any("2 windows could not be made sense of" in note for note in timeline.notes)


def test_two_seconds_are_the_least(call_settings: Settings, tmp_path: Path) -> None:
    assert len(analysed(call_settings, tmp_path, voice(2.0)).timeline.windows) == 1
    folder = tmp_path / "short"
    folder.mkdir()
    with pytest.raises(TooShortError):
        analysed(call_settings, folder, voice(1.9))


def test_a_longer_call_than_allowed_is_refused_and_leaves_no_sound(call_settings: Settings, tmp_path: Path) -> None:
    settings = call_settings.model_copy(update={"call_max_s": 9.0})
    assert analysed(settings, tmp_path, voice(9.0)).timeline.duration_s == 9.0
    folder = tmp_path / "long"
    folder.mkdir()
    with pytest.raises(TooLongError, match="longer than 9 s"):
        analysed(settings, folder, voice(10.0))
    assert not list((folder / "work").glob("*.flac")) + list((folder / "work").glob(".sound*"))


def test_a_letter_is_no_call(call_settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedAudioError):
        analysed(call_settings, tmp_path, b"Dear Sir or Madam, " * 99)


def test_the_recording_goes_and_decoding_again_is_skipped(call_settings: Settings, tmp_path: Path) -> None:
    steps, request, folder = steps_under(call_settings), CallRequest("call.wav"), WorkFolder(tmp_path / "work")
    (tmp_path / "call.wav").write_bytes(wav(small_call(2)))
    folder.take(tmp_path / "call.wav", ".wav", None)
    assert not steps.run("decode", request, folder, WATCH).skipped
    assert folder.upload is None
    first = folder.outcome("decode")
    folder.forget(["decode"])
    assert steps.run("decode", request, folder, WATCH).skipped
    assert folder.outcome("decode") == first
    with soundfile.SoundFile(folder.sound) as sound:
        assert (sound.samplerate, sound.channels) == (SAMPLE_RATE_HZ, 2)
    folder.sound.unlink()
    folder.forget(["decode"])
    with pytest.raises(InvalidRequestError, match="not there any more"):
        steps.run("decode", request, folder, WATCH)
    with pytest.raises(StorageError):
        steps.run("voices", request, folder, WATCH)


@pytest.mark.parametrize("step", ["decode", "voices", "embed", "classify"])
def test_every_step_can_be_stopped(call_settings: Settings, tmp_path: Path, step: str) -> None:
    asked: list[str] = []
    steps, request, folder = steps_under(call_settings), CallRequest("call.wav"), WorkFolder(tmp_path / "work")
    (tmp_path / "call.wav").write_bytes(wav(small_call(2)))
    folder.take(tmp_path / "call.wav", ".wav", None)
    for earlier in ("decode", "voices", "embed"):
        if earlier == step:
            break
        steps.run(earlier, request, folder, WATCH)

    def stop() -> bool:
        asked.append(step)
        return len(asked) > 1 or step == "classify"

    watch = StepWatch(lambda _share, _message: None, stop)
    with pytest.raises(JobCancelledError):
        steps.classify(request, folder, watch) if step == "classify" else steps.run(step, request, folder, watch)
    assert not folder.is_done(step)
    assert not list(folder.path.glob(".*"))


def test_a_full_disk_is_told(call_settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "call.wav").write_bytes(wav(small_call(2)))
    folder = WorkFolder(tmp_path / "work")
    folder.take(tmp_path / "call.wav", ".wav", None)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises(StorageError, match="make room"):
            steps_under(call_settings).run("decode", CallRequest("call.wav"), folder, WATCH)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [path.name for path in folder.path.iterdir()] == ["upload.wav"]
