"""ONNX graphs, loaded once each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class Graphs:
    """Loaded ONNX graphs by fingerprint, so that bundles of the same graph share one."""

    def __init__(self, threads: int) -> None:
        """Prepare an empty set.

        Args:
            threads: processor threads of one inference.
        """
        self._threads = threads
        self._sessions: dict[str, Any] = {}

    def get(self, path: Path, sha256: str) -> Any:
        """The session of a graph, loading it if it is not loaded yet.

        Args:
            path: of a file whose fingerprint has been compared.
            sha256: that fingerprint.
        """
        if sha256 not in self._sessions:
            import onnxruntime

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = self._threads
            options.inter_op_num_threads = 1
            self._sessions[sha256] = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        return self._sessions[sha256]
