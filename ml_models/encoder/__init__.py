"""The encoder of the embedded model: features, network and training."""
