"""Write small checkpoints of random weights for machines that cannot reach the hub: `make stand-ins`.

They let every recipe run from end to end. Scores made with them say what the architecture gives without its
pre-training; the leaderboard notes it, and such models are not published.
"""

from __future__ import annotations

from emotion_clf.settings import PROJECT_DIR
from ml_models.networks.stand_in import make_hubert_stand_in, make_stand_in

FOLDER = PROJECT_DIR / "runs" / "stand_ins"


def main() -> None:
    """Write one HuBERT, with as many layers as the large one has, and one wav2vec 2.0."""
    make_hubert_stand_in(FOLDER / "hubert", hidden=128, layers=24)
    make_stand_in(FOLDER / "wav2vec2", hidden=64, layers=4)


if __name__ == "__main__":
    main()
