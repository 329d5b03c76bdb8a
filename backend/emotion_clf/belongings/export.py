"""Everything of somebody as the files of a ZIP."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, union

from emotion_clf.belongings.call_files import call_files
from emotion_clf.belongings.clip_files import clip_files
from emotion_clf.belongings.readme import readme
from emotion_clf.belongings.source_files import source_files
from emotion_clf.belongings.zip_stream import Entry, zipped
from emotion_clf.pipeline.requests import CALL
from emotion_clf.storage import CallStore, open_jobs, open_store
from emotion_clf.storage.access_tables import ApiKeyRow, RepeatRow, WebhookRow
from emotion_clf.storage.consents import Consents
from emotion_clf.storage.tables import AdminRow, AnalysisRow, FeedbackRow, JobRow, ShareRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy import CompoundSelect, Select

    from emotion_clf.settings import Settings
    from emotion_clf.storage import Database

# What opens a door, and whose it is, which everybody knows of themselves.
_LEFT_OUT: Final = frozenset({"owner", "token_sha256", "secret_sha256", "password"})


class Export:
    """Writes what belongs to some owners, one thing after the other; what is deleted meanwhile is passed over."""

    def __init__(self, settings: Settings, database: Database, owners: Collection[str]) -> None:
        self._database = database
        self._owners = owners
        self._analyses = open_store(settings, database)
        self._jobs = open_jobs(settings, database)
        self._calls = CallStore(database, settings)
        self._now = datetime.now(UTC)

    def stream(self) -> Iterator[bytes]:
        """The pieces of the ZIP."""
        return zipped(self._entries())

    def _entries(self) -> Iterator[Entry]:
        yield Entry("README.txt", [readme(self._now).encode()], self._now)
        yield from self._clips()
        for job_id in self._ids(select(JobRow.id).where(JobRow.owner.in_(self._owners), JobRow.kind == CALL)):
            yield from call_files(self._jobs, self._calls, job_id)
        for job_id in self._ids(select(JobRow.id).where(JobRow.owner.in_(self._owners), JobRow.kind != CALL)):
            yield from source_files(self._jobs, job_id)
        yield from self._lists()

    def _clips(self) -> Iterator[Entry]:
        mine = [
            (owner, self._ids(select(AnalysisRow.id).filter_by(owner=owner).order_by(AnalysisRow.created_at)))
            for owner in self._owners
        ]
        yield from clip_files(self._analyses, mine, self._now)

    def _lists(self) -> Iterator[Entry]:
        """What is short, each kind in one file."""
        jobs = select(JobRow.id).where(JobRow.owner.in_(self._owners))
        agreed = union(*(select(table.consent).where(table.owner.in_(self._owners)) for table in (AnalysisRow, JobRow)))
        texts = map(Consents(self._database).get, filter(None, self._ids(agreed)))
        lists = {
            "feedback": self._rows(select(FeedbackRow).where(FeedbackRow.owner.in_(self._owners))),
            "links": self._rows(select(ShareRow).where(ShareRow.job_id.in_(jobs))),
            "webhooks": self._rows(select(WebhookRow).where(WebhookRow.job_id.in_(jobs))),
            "answers": self._rows(select(RepeatRow).where(RepeatRow.owner.in_(self._owners))),
            "consent": [text.as_dict() for text in texts if text is not None],
            "accounts": [*self._accounts("admin:", AdminRow), *self._accounts("key:", ApiKeyRow)],
        }
        for name, rows in lists.items():
            if rows:
                yield Entry(f"{name}.json", [_json(rows)], self._now)

    def _accounts(self, mark: str, table: type[AdminRow] | type[ApiKeyRow]) -> list[dict[str, Any]]:
        """Who these owners are, where they are more than a number."""
        ids = [owner.removeprefix(mark) for owner in self._owners if owner.startswith(mark)]
        return self._rows(select(table).where(table.id.in_(ids)))

    def _ids(self, wanted: Select[Any] | CompoundSelect[Any]) -> list[str]:
        with self._database.session() as session:
            return list(session.scalars(wanted))

    def _rows(self, wanted: Select[Any]) -> list[dict[str, Any]]:
        with self._database.session() as session:
            return [_columns(row) for row in session.scalars(wanted)]


def _columns(row: Any) -> dict[str, Any]:
    names = (column.name for column in row.__table__.columns)
    return {name: getattr(row, name) for name in names if name not in _LEFT_OUT}


def _json(rows: list[dict[str, Any]]) -> bytes:
    return json.dumps(rows, indent=2, ensure_ascii=False, default=_told).encode()


def _told(value: object) -> str:
    """Moments as the API writes them; the body of an answer as the text it is."""
    if isinstance(value, datetime):
        return value.isoformat()
    return bytes(value).decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
