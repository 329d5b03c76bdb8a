"""Figures of a GPU, where a model has brought one into play; PyTorch is never imported for them."""

from __future__ import annotations

import sys


def memory_bytes() -> dict[str, int]:
    """Bytes this process holds on each GPU, by its number; none where PyTorch has not begun to use one."""
    torch = sys.modules.get("torch")
    cuda = getattr(torch, "cuda", None)
    if cuda is None or not cuda.is_initialized():
        return {}
    return {str(device): int(cuda.memory_allocated(device)) for device in range(cuda.device_count())}
