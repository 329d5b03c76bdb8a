"""The protocol: held-out scores, metrics, figures, reports."""
