"""Synthesise the sample clips with espeak-ng: `make samples`.

The voices are synthetic and marked so on the page; what they are told to sound like is a setting of
pitch and speed, no claim about an emotion.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import soundfile

FOLDER = Path(__file__).resolve().parents[1] / "static" / "samples"
CLIPS = [
    {
        "name": "even",
        "title": "An even voice",
        "text": "The parcel will arrive on Thursday between nine and eleven.",
        "voice": ["-v", "en-gb", "-p", "45", "-s", "155", "-a", "120"],
    },
    {
        "name": "raised",
        "title": "A raised, fast voice",
        "text": "I have called four times and nobody ever called me back!",
        "voice": ["-v", "en-us+f3", "-p", "85", "-s", "215", "-a", "190"],
    },
    {
        "name": "low",
        "title": "A low, slow voice",
        "text": "It does not matter any more. I just wanted to let you know.",
        "voice": ["-v", "en-gb+m3", "-p", "15", "-s", "115", "-a", "70"],
    },
]


def main() -> None:
    """Write each clip as 16-bit FLAC, and the list the pages read."""
    espeak = shutil.which("espeak-ng")
    if espeak is None:
        sys.exit("espeak-ng is not installed. On Debian: apt-get install espeak-ng")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for clip in CLIPS:
            spoken = Path(scratch) / "clip.wav"
            subprocess.run([espeak, *clip["voice"], "-w", str(spoken), clip["text"]], check=True)
            samples, sample_rate_hz = soundfile.read(spoken)
            soundfile.write(FOLDER / f"{clip['name']}.flac", samples, sample_rate_hz, subtype="PCM_16")
    listed = [
        {"name": clip["name"], "file": f"{clip['name']}.flac", "title": clip["title"], "text": clip["text"]}
        for clip in CLIPS
    ]
    text = json.dumps(listed, indent=2)
    (FOLDER / "samples.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
