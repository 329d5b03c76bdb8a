"""`python -m emotion_clf.exposition`: the process that tells the metrics."""

from emotion_clf.exposition.server import serve_metrics
from emotion_clf.logs import configure
from emotion_clf.settings import get_settings

configure(get_settings(), "metrics")
serve_metrics(get_settings())
