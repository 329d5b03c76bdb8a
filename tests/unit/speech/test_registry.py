from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from emotion_clf.errors import BusyError, ModelError, ModelNotFoundError, ModelTamperedError, NotFoundError
from emotion_clf.settings import Settings
from emotion_clf.speech import ModelRegistry
from tests.support.bundles import make_onnx_bundle, make_softmax_bundle

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def two(tmp_path: Path) -> Settings:
    make_onnx_bundle(tmp_path / "models" / "alpha")
    make_onnx_bundle(tmp_path / "models" / "zeta")
    (tmp_path / "models" / "broken").mkdir()
    (tmp_path / "models" / "broken" / "manifest.json").write_text("{}", encoding="utf-8")
    return Settings(models_dir=tmp_path / "models", model="zeta", queue_size=1)


def test_lists_the_default_first_and_leaves_out_what_cannot_be_read(two: Settings) -> None:
    registry = ModelRegistry(two)
    assert list(registry.folders()) == ["zeta", "alpha", "broken"]
    assert [manifest.name for manifest in registry.manifests()] == ["zeta", "alpha"]


def test_loads_each_model_once_even_when_asked_by_many_at_once(two: Settings) -> None:
    registry = ModelRegistry(two)
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(registry.get("alpha"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(map(id, found))) == 1


def test_is_ready_after_warm_up(two: Settings) -> None:
    registry = ModelRegistry(two)
    assert not registry.ready
    registry.warm_up()
    assert registry.ready


def test_unknown_names_are_not_found_and_never_a_path(two: Settings) -> None:
    registry = ModelRegistry(two)
    for name in ("beta", "../models/alpha", "/etc"):
        with pytest.raises(ModelNotFoundError, match="Installed: zeta, alpha"):
            registry.get(name)


def test_the_card_is_read(two: Settings) -> None:
    assert "tiny model" in ModelRegistry(two).card("alpha")


def test_bundles_of_one_graph_load_it_once(two: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    import onnxruntime

    loaded: list[str] = []
    session = onnxruntime.InferenceSession

    def counted(path: str, *arguments: object, **options: object) -> object:
        loaded.append(path)
        return session(path, *arguments, **options)

    monkeypatch.setattr(onnxruntime, "InferenceSession", counted)
    registry = ModelRegistry(two)
    assert registry.get("alpha") is not registry.get("zeta")
    assert len(loaded) == 1


def test_a_shared_graph_excuses_no_wrong_width(two: Settings) -> None:
    make_softmax_bundle(two.models_dir / "network")
    registry = ModelRegistry(two)
    registry.get("zeta")
    assert registry.get("network").manifest.head == "softmax"
    manifest = two.models_dir / "network" / "manifest.json"
    fields = json.loads(manifest.read_text(encoding="utf-8"))
    fields["labels"].append("fifth")
    fields["embedder"]["dim"] = 5
    manifest.write_text(json.dumps(fields), encoding="utf-8")
    fresh = ModelRegistry(two)
    fresh.get("zeta")
    with pytest.raises(ModelError, match="gives 4 values"):
        fresh.get("network")


def test_a_shared_graph_excuses_no_changed_file(two: Settings) -> None:
    registry = ModelRegistry(two)
    registry.get("zeta")
    graph = two.models_dir / "alpha" / "embedder.onnx"
    graph.write_bytes(graph.read_bytes() + b"x")
    with pytest.raises(ModelTamperedError):
        registry.get("alpha")


def test_figures_are_served_from_the_manifest_alone(two: Settings) -> None:
    make_onnx_bundle(two.models_dir / "drawn", plots={"a.svg": "<svg/>"})
    registry = ModelRegistry(two)
    assert registry.figure("drawn", "a.svg").read_text() == "<svg/>"
    for file in ("b.svg", "model_card.md", "../alpha/manifest.json"):
        with pytest.raises(NotFoundError, match="no such figure"):
            registry.figure("drawn", file)
    (two.models_dir / "drawn" / "a.svg").write_text("<svg>changed</svg>")
    with pytest.raises(ModelTamperedError):
        registry.figure("drawn", "a.svg")


def test_the_leaderboard_lies_beside_the_bundles(two: Settings) -> None:
    registry = ModelRegistry(two)
    assert not registry.has_leaderboard
    with pytest.raises(NotFoundError, match="No models were compared"):
        registry.leaderboard()
    (two.models_dir / "leaderboard.md").write_text("# Board\n", encoding="utf-8")
    assert registry.has_leaderboard
    assert registry.leaderboard() == "# Board\n"
    assert list(registry.folders()) == ["zeta", "alpha", "broken"]


def test_the_line_is_bounded(two: Settings) -> None:
    registry = ModelRegistry(two)
    with registry.place(), registry.place():
        with pytest.raises(BusyError, match="Try again in 5 seconds") as refused, registry.place():
            pass
        assert refused.value.retry_after_s == 5
        assert refused.value.status == 503
    with registry.place(), registry.place():
        pass


def test_one_inference_runs_at_a_time(two: Settings) -> None:
    registry = ModelRegistry(two)
    entered = threading.Event()

    def wait_for_the_turn() -> None:
        with registry.turn():
            entered.set()

    with registry.turn():
        second = threading.Thread(target=wait_for_the_turn)
        second.start()
        assert not entered.wait(0.2)
    second.join(5)
    assert entered.is_set()
