"""The commands that `emotion-clf` gains where this package is installed."""
