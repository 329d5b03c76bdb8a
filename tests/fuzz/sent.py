"""One request as it is sent, and what came back."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

CORPUS: Final = Path(__file__).with_name("corpus")


@dataclass(frozen=True)
class Sent:
    """A request; `~clip~`, `~call~`, `~job~`, `~share~` and `~token~` stand for what the server under test holds.

    Attributes:
        method: of HTTP.
        target: path and query, percent-encoded.
        headers: beside the cookie, which the sender adds.
        body: its bytes.
        route: the endpoint it is meant for, for the figures.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    route: str = ""

    def as_json(self) -> str:
        fields: dict[str, Any] = {"method": self.method, "target": self.target, "headers": dict(self.headers)}
        try:
            fields["body"] = self.body.decode("utf-8")
        except UnicodeDecodeError:
            fields["body_base64"] = base64.b64encode(self.body).decode()
        return json.dumps({**fields, "route": self.route}, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Sent:
        fields = json.loads(text)
        body = base64.b64decode(fields["body_base64"]) if "body_base64" in fields else fields["body"].encode()
        repeat = fields.get("body_times", 1)  # keeps files of long bodies small
        return cls(fields["method"], fields["target"], tuple(fields["headers"].items()), body * repeat, fields["route"])

    def save(self, folder: Path) -> Path:
        """Write it to a corpus, under a name made of its content."""
        text = self.as_json()
        path = folder / f"found-{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"
        path.write_text(text, encoding="utf-8")
        return path


@dataclass(frozen=True)
class Answer:
    """What came back: status 0 where the connection ended without an answer."""

    status: int
    media_type: str
    body: bytes
    took_s: float


def saved_requests() -> list[Path]:
    return sorted((CORPUS / "requests").glob("*.json"))
