"""Fetch the third-party files of the pages from the npm registry: `python scripts/vendor_assets.py`.

The pages load nothing from other hosts, and nobody who runs them needs npm: the files are part of the
repository, with their licences and a list of their SHA-256 that a test compares.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

VENDOR_DIR = Path(__file__).resolve().parents[1] / "static" / "vendor"
HASHES = VENDOR_DIR / "HASHES.json"


@dataclass(frozen=True)
class Package:
    """One npm package and the files of it that the pages use: path in the package → name here."""

    name: str
    version: str
    files: dict[str, str]


WAVESURFER = Package(
    "wavesurfer.js",
    "7.12.12",
    {"dist/wavesurfer.esm.js": "wavesurfer.esm.js", "LICENSE": "LICENSE"},
)
BOOTSTRAP_ICONS = Package("bootstrap-icons", "1.13.1", {"LICENSE": "LICENSE"})
ICONS = (
    "arrow-counterclockwise",
    "arrow-left",
    "arrow-repeat",
    "arrow-right",
    "arrows-angle-expand",
    "badge-cc",
    "bookmark",
    "box-arrow-right",
    "box-arrow-up-right",
    "bullseye",
    "card-text",
    "chat-square-heart",
    "check-circle",
    "check-circle-fill",
    "circle",
    "clipboard",
    "clock-history",
    "cloud-slash",
    "compass",
    "cpu",
    "dash-circle",
    "dash-lg",
    "emoji-angry",
    "emoji-dizzy",
    "emoji-expressionless",
    "emoji-frown",
    "emoji-laughing",
    "emoji-neutral",
    "emoji-smile",
    "emoji-surprise",
    "exclamation-triangle",
    "file-earmark-music",
    "filetype-txt",
    "filetype-csv",
    "filetype-json",
    "hourglass-split",
    "info-circle",
    "keyboard",
    "lightbulb",
    "link-45deg",
    "list-check",
    "lock",
    "mic",
    "mic-mute",
    "moon-stars",
    "pause-fill",
    "people",
    "play-fill",
    "plus-lg",
    "printer",
    "question-circle",
    "record-circle",
    "search",
    "share",
    "shield-check",
    "soundwave",
    "stop-fill",
    "sun",
    "telephone",
    "translate",
    "trash",
    "upload",
    "x-circle",
)
"""The icons the pages show; the whole sprite of 1.1 MB is too much for a phone."""


def main() -> None:
    """Replace static/vendor by freshly fetched files and write their hashes."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is not installed. On Debian: apt-get install npm")
    shutil.rmtree(VENDOR_DIR, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        vendor(fetch(WAVESURFER, npm, Path(scratch)), WAVESURFER)
        icons = fetch(BOOTSTRAP_ICONS, npm, Path(scratch))
        sprite = vendor(icons, BOOTSTRAP_ICONS) / "icons.svg"
        sprite.write_text(subset((icons / "bootstrap-icons.svg").read_text("utf-8"), ICONS), "utf-8")
    HASHES.write_text(json.dumps(hashes(VENDOR_DIR), indent=2) + "\n", "utf-8")


def fetch(package: Package, npm: str, scratch: Path) -> Path:
    """Download and unpack one package; npm checks it against the registry's own hash.

    Returns:
        The folder of its files.
    """
    command = [npm, "pack", "--silent", "--pack-destination", str(scratch), f"{package.name}@{package.version}"]
    packed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=scratch)
    target = scratch / package.name
    with tarfile.open(scratch / packed.stdout.split()[-1]) as archive:
        archive.extractall(target, filter="data")
    return target / "package"


def vendor(source: Path, package: Package) -> Path:
    """Copy the files the pages use.

    Returns:
        The folder under static/vendor.
    """
    folder = VENDOR_DIR / f"{package.name.removesuffix('.js')}-{package.version}"
    folder.mkdir(parents=True)
    for path, name in package.files.items():
        shutil.copyfile(source / path, folder / name)
    return folder


def subset(sprite: str, names: tuple[str, ...]) -> str:
    """A sprite of some of its symbols.

    Raises:
        KeyError: there is no symbol of that name.
    """
    symbols = {found[1]: found[0] for found in re.finditer(r'<symbol[^>]* id="([^"]+)".*?</symbol>', sprite, re.DOTALL)}
    chosen = "\n".join(symbols[name] for name in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{chosen}\n</svg>\n'


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every vendored file but the list itself, by path."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != HASHES
    }


if __name__ == "__main__":
    main()
