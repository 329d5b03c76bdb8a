#!/bin/sh
# The whole CREMA-D experiment: fetch the corpus and HuBERT large, check, cross-validate with speakers held out and at
# random, test the standard split, compare. What is fetched, embedded or trained already is not done again.
#
# CREMAD: a copy of the corpus with its sound; cloned there when missing. HUBERT: weights, a hub name or a folder.
set -eu
cd "$(dirname "$0")/.."
BIN=${BIN:-.venv/bin}
CREMAD=${CREMAD:-runs/CREMA-D}
HUBERT=${HUBERT:-facebook/hubert-large-ll60k}
OUT=${OUT:-runs/cremad}
RECIPE=${RECIPE:-hubert_svm}
WORKERS=${WORKERS:-2}

if [ ! -d "$CREMAD/AudioWAV" ]; then
    command -v git-lfs >/dev/null || { echo "CREMA-D keeps its sound in Git LFS: install git-lfs first." >&2; exit 1; }
    git clone --depth 1 https://github.com/CheyneyComputerScience/CREMA-D "$CREMAD"
    git -C "$CREMAD" lfs pull --include "AudioWAV/*"
fi

mkdir -p "$OUT"
# Faulty clips are named and left out; the exit status tells of them, which must not end the experiment.
"$BIN/emotion-clf" corpus check cremad "$CREMAD" --out "$OUT/metadata.csv" || echo "Going on without the faulty clips."

train() {
    "$BIN/emotion-clf" train "$RECIPE" --data "$OUT/metadata.csv" --source "$HUBERT" --work "$OUT/work" \
        --workers "$WORKERS" "$@"
}
train --protocol folds --random-parts 5 --run "$OUT/folds"
train --protocol standard_split --random-parts 0 --run "$OUT/standard_split"

echo "Scores, figures and bundles lie in $OUT/folds and $OUT/standard_split."
