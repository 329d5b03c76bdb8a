"""What Schemathesis cannot know: what a recording is, what is fetched, and that every request has a key of its own.

Who deletes everything is somebody else than the one who asks for all the rest: otherwise the other addresses would be
asked for things that are gone, and find out less.
"""

from __future__ import annotations

import os
import re
import secrets
from typing import Any

import schemathesis
from hypothesis import strategies

from tests.support.sound import voice, wav

schemathesis.openapi.format("binary", strategies.just(wav(voice(1.0))))
schemathesis.openapi.format("webhook-address", strategies.just("https://example.org/hook"))
schemathesis.openapi.format("media-address", strategies.just("https://youtu.be/dQw4w9WgXcQ"))


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """A key that is well formed stands for one request, and is made anew for each; everything is deleted of another."""
    if (case.method.upper(), case.path) == ("DELETE", "/api/v1/me/data"):
        case.headers = {**(case.headers or {}), "X-API-Key": os.environ["KEY_OF_ANOTHER"]}
    headers = case.headers or {}
    if re.fullmatch("[!-~]{1,255}", str(headers.get("Idempotency-Key", ""))):
        headers["Idempotency-Key"] = secrets.token_hex(16)
