"""The figures of all processes, told to Prometheus on an address of their own.

A listener beside the web server, because the web server is the one that strangers reach: no mistake in a proxy's rules
can make these pages public. It answers private addresses alone, and nothing that another web page made a browser ask.
"""

from emotion_clf.exposition.server import MetricsServer, serve_metrics

__all__ = ["MetricsServer", "serve_metrics"]
