"""Synthesise the sample call with espeak-ng: `make samples`.

Two synthetic voices, one a channel: the agent on the left, the customer on the right. The customer's voice begins fast,
high and loud, and ends slow, low and soft; no emotion was performed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

FILE: Final = Path(__file__).resolve().parents[1] / "static" / "samples" / "call.ogg"
SAMPLE_RATE_HZ: Final = 16_000
END_S: Final = 1.5
LOUDEST: Final = 0.8
AGENT: Final = ["-v", "en-gb", "-p", "45", "-s", "160", "-a", "90"]
# Who speaks, how long after the other has ended (below zero: into their words), the words, and how.
CUSTOMER_FROM_TO: Final = ((88, 38), (225, 135), (180, 90))  # pitch, words a minute, loudness: at the start, at the end
LINES: Final[list[tuple[str, float, str]]] = [
    ("agent", 0.5, "Good morning, you are through to customer service. How can I help you?"),
    ("customer", 0.4, "I have called four times about this parcel, and nobody ever called me back! Four times!"),
    ("agent", 0.8, "I am sorry about that. May I have your order number, please?"),
    ("customer", -0.9, "I gave it to your colleague yesterday, and the day before. It is seven, seven, four, one."),
    ("agent", 6.5, "Thank you for waiting. I can see the order, and I can see that the courier had the wrong address."),
    ("customer", 0.5, "The wrong address? I have lived here for nine years. This is really not good enough."),
    ("agent", 0.7, "You are right, and it was our mistake. I have corrected it, and the parcel leaves today."),
    ("customer", 0.9, "Today? All right. And I will not have to pay for the delivery again?"),
    ("agent", 0.6, "No, there is nothing to pay. I have taken off the delivery charge as well."),
    ("customer", 0.8, "Oh. Well, thank you. That is kind of you."),
    ("agent", 0.5, "You will get a message with the time. Is there anything else I can do for you?"),
    ("customer", 0.9, "No, that is all. Thank you for your help, and have a nice day."),
    ("agent", 0.5, "Thank you for calling. Goodbye."),
]


def main() -> None:
    """Write the call as Opus in Ogg."""
    espeak = shutil.which("espeak-ng")
    if espeak is None:
        sys.exit("espeak-ng is not installed. On Debian: apt-get install espeak-ng")
    spoken = [_speak(espeak, words, _voice(place)) for place, (_, _, words) in enumerate(LINES)]
    starts, at_s = [], 0.0
    for (_, gap_s, _), samples in zip(LINES, spoken, strict=True):
        starts.append(max(at_s + gap_s, 0.0))
        at_s = starts[-1] + len(samples) / SAMPLE_RATE_HZ
    call = np.zeros((round((at_s + END_S) * SAMPLE_RATE_HZ), 2))
    for (who, _, _), start_s, samples in zip(LINES, starts, spoken, strict=True):
        first = round(start_s * SAMPLE_RATE_HZ)
        call[first : first + len(samples), 0 if who == "agent" else 1] += samples
    call += np.random.default_rng(0).normal(0, 1e-4, call.shape)
    call *= LOUDEST / np.abs(call).max()
    soundfile.write(FILE, call, SAMPLE_RATE_HZ, format="OGG", subtype="OPUS")


def _voice(place: int) -> list[str]:
    """How a line is spoken: the customer calms down from line to line."""
    if LINES[place][0] == "agent":
        return AGENT
    share = place / (len(LINES) - 1)
    pitch, pace, loudness = (round(first + share * (last - first)) for first, last in CUSTOMER_FROM_TO)
    return ["-v", "en-us+f3", "-p", str(pitch), "-s", str(pace), "-a", str(loudness)]


def _speak(espeak: str, words: str, voice: list[str]) -> np.ndarray:
    """A line as sound at 16 kHz."""
    import librosa

    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "line.wav"
        subprocess.run([espeak, *voice, "-w", str(path), words], check=True)
        samples, sample_rate_hz = soundfile.read(path)
    return librosa.resample(samples, orig_sr=sample_rate_hz, target_sr=SAMPLE_RATE_HZ)


if __name__ == "__main__":
    main()
