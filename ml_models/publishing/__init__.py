"""From a trained model to a bundle with its card."""
