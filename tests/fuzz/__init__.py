"""Hostile inputs, over every address and every format: `make fuzz`."""
