"""What is trained on: clips, corpora, splits and augmentation."""
