"""Training, scoring and publishing of text models."""
