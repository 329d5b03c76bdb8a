"""Alembic's entry: migrate over the engine of the running process."""

from alembic import context

from emotion_clf.storage.tables import Base

with context.config.attributes["engine"].connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
