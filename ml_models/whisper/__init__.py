"""Whisper's encoder as an embedder: its weights, its network, and the graph that is served."""
