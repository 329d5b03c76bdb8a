"""House rules that no linter knows, read from the source itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from emotion_clf.settings import PROJECT_DIR

SOURCES = sorted(path for folder in ("backend", "ml_models") for path in (PROJECT_DIR / folder).rglob("*.py"))
LOADERS = {"backend/emotion_clf/speech/bundle.py"}
UNSAFE = {"joblib.load", "pickle.load", "pickle.loads", "torch.load", "numpy.load", "np.load"}


def calls(path: Path) -> list[str]:
    """The dotted names of everything a file calls."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PROJECT_DIR)))
def test_no_file_configures_logging_or_exits(path: Path) -> None:
    found = set(calls(path))
    assert not found & {"logging.basicConfig", "print", "os._exit", "exit", "quit", "os.system"}


def test_pickles_are_opened_in_one_place() -> None:
    found = {
        str(path.relative_to(PROJECT_DIR))
        for path in SOURCES
        if path.is_relative_to(PROJECT_DIR / "backend") and UNSAFE & set(calls(path))
    }
    assert found == LOADERS


def test_no_shell() -> None:
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        shells = [
            keyword
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            for keyword in node.keywords
            if keyword.arg == "shell"
        ]
        assert not shells, path


def test_torch_is_imported_by_the_exact_path_alone() -> None:
    for path in (PROJECT_DIR / "backend").rglob("*.py"):
        names = {
            name.name.split(".")[0]
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in (node.names if isinstance(node, ast.Import) else [ast.alias(node.module or "")])
        }
        if names & {"torch", "transformers", "huggingface_hub"}:
            assert path.name == "hubert_embedder.py"


def test_no_private_path_or_unfinished_place_is_committed() -> None:
    import subprocess

    listed = (
        subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=PROJECT_DIR,
            capture_output=True,
            check=True,
        )
        .stdout.decode()
        .split("\0")
    )
    unfinished = ("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error")
    private = tuple(f"/{name}/" for name in ("work", "root", "home"))
    for name in filter(None, listed):
        path = PROJECT_DIR / name
        if path.suffix in {".py", ".md", ".html", ".js", ".css", ".yaml", ".toml", ".sh", ".json"} and path.is_file():
            text = path.read_text(encoding="utf-8")
            if "vendor" in path.parts:
                continue
            assert not [word for word in unfinished if word in text], name
            found = [word for word in private if f" {word}" in text or f'"{word}' in text]
            assert not found, name


def test_no_model_file_names_the_machine_it_was_made_on() -> None:
    private = [f"/{name}/".encode() for name in ("work", "root", "home", "tmp")]
    for path in (PROJECT_DIR / "ml_models" / "models").glob("*/*.onnx"):
        assert not [word for word in private if word in path.read_bytes()], path.name
