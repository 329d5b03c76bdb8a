"""Classifiers behind an embedder, and what adapts them to a speaker."""
