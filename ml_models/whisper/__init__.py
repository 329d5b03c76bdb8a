"""Whisper's encoder as an embedder: its weights, its network with the front end inside, and the graph that is served."""
