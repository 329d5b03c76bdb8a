"""The installation's secret, given or generated once and kept private, and the keys that follow from it."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_clf.settings import Settings


def session_key(settings: Settings) -> str:
    """The key that signs the session cookie: the configured one, or the one of this installation."""
    return settings.secret_key or _installation_key(settings.instance_dir / "secret_key")


def derived_key(settings: Settings, purpose: str) -> str:
    """A key of its own for a purpose: 256 bits in hexadecimal, from which neither the secret nor another follows."""
    named = f"emotion-clf {purpose}"
    return hmac.new(session_key(settings).encode(), named.encode(), hashlib.sha256).hexdigest()


def _installation_key(path: Path) -> str:
    """Read the key, making it first where there is none.

    The key is written under another name and linked into place, so that two processes starting at
    once agree on one key and neither reads half of it.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32), encoding="ascii")
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()
