"""Work done outside a request, by a Celery worker."""
