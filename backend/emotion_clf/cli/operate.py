"""`doctor`, `db`, `serve`, `worker`: for the one who runs the product."""

from __future__ import annotations

import sys

import click

from emotion_clf.settings import get_settings


@click.command()
def doctor() -> None:
    """Check ffmpeg, models, database and folders, and say what mends each fault."""
    from emotion_clf.doctor import examine

    findings = examine(get_settings())
    for finding in findings:
        click.echo(f"{'ok  ' if finding.ok else 'FAIL'} {finding.subject}: {finding.detail}")
        if not finding.ok:
            click.echo(f"     → {finding.mend}")
    if not all(finding.ok for finding in findings):
        sys.exit(1)


@click.group()
def db() -> None:
    """The database."""


@db.command()
def upgrade() -> None:
    """Bring the tables to the newest revision."""
    from emotion_clf.storage import Database

    database = Database(get_settings().database)
    database.upgrade()
    database.dispose()


@click.command()
@click.pass_context
def serve(ctx: click.Context) -> None:
    """Migrate the database, then run the web server and the worker until interrupted."""
    from emotion_clf.serve import serve as run

    ctx.invoke(upgrade)
    sys.exit(run(get_settings()))


@click.command()
def worker() -> None:
    """Run the worker alone, where the web server runs elsewhere."""
    from emotion_clf.serve import become_worker

    become_worker(get_settings())


@click.command()
def metrics() -> None:
    """Tell the metrics to Prometheus, where the web server and the worker run without `serve`."""
    from emotion_clf.exposition import serve_metrics
    from emotion_clf.logs import configure

    configure(get_settings(), "metrics")
    serve_metrics(get_settings())
