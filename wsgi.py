"""gunicorn's entry: `gunicorn --config python:emotion_clf.web.gunicorn_conf`."""

from emotion_clf.web import create_app

app = create_app()
