"""Training, evaluation and publication of the models; `models/` holds the published bundles."""
