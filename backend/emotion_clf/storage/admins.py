"""The people who may sign in, and proof that it is them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, select

from emotion_clf.errors import InvalidRequestError, NotFoundError
from emotion_clf.storage.tables import AdminRow

if TYPE_CHECKING:
    from emotion_clf.storage.database import Database

SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 1024
LONGEST_NAME: Final = 64
_COST, _BLOCK, _PARALLEL = 2**17, 8, 1
_SALT_BYTES: Final = 16
_KEY_BYTES: Final = 32
# scrypt takes 128 bytes for each unit of cost and block, and a little more.
_MEMORY_BYTES: Final = 128 * _COST * _BLOCK + (1 << 20)


@dataclass(frozen=True, slots=True)
class Admin:
    """Somebody who may sign in.

    Attributes:
        id: 128 random bits in hexadecimal.
        name: what they call themselves, in lower case.
        created_at: since when, in UTC.
    """

    id: str
    name: str
    created_at: datetime

    @property
    def owner(self) -> str:
        """What their jobs are marked with."""
        return f"admin:{self.id}"


class AdminStore:
    """Keeps admins with their passwords hashed by scrypt."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str, password: str) -> Admin:
        """Let somebody sign in from now on.

        Args:
            name: how they sign in; upper and lower case are the same.
            password: at least 12 characters.

        Raises:
            InvalidRequestError: the name or the password will not do, or somebody has that name.
            StorageError: the database cannot be used.
        """
        known_as = _known_as(name)
        if not known_as or len(known_as) > LONGEST_NAME or not known_as.isprintable():
            raise InvalidRequestError(f"Choose a name of 1 to {LONGEST_NAME} characters that can be seen.")
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise InvalidRequestError(f"Choose a password of at least {SHORTEST_PASSWORD} characters.")
        with self._database.session() as session:
            if session.scalar(select(AdminRow.id).filter_by(name=known_as)) is not None:
                raise InvalidRequestError(f"There is an admin called {known_as} already. Choose another name.")
        row = AdminRow(
            id=secrets.token_hex(16), name=known_as, password=_hashed(password), created_at=datetime.now(UTC)
        )
        with self._database.session() as session:
            session.add(row)
        return _admin(row)

    def check(self, name: str, password: str) -> Admin | None:
        """Who signs in with this name and password; None where they are not right.

        It takes as long for a name nobody has as for a wrong password, so that names cannot be found out.
        """
        with self._database.session() as session:
            row = session.scalar(select(AdminRow).filter_by(name=_known_as(name)))
        right = _matches(password[:LONGEST_PASSWORD], row.password if row is not None else _NOBODY)
        return _admin(row) if row is not None and right else None

    def find(self, name: str) -> Admin | None:
        """The admin of a name, None where nobody has it.

        Raises:
            StorageError: the database cannot be used.
        """
        with self._database.session() as session:
            row = session.scalar(select(AdminRow).filter_by(name=_known_as(name)))
        return None if row is None else _admin(row)

    def get(self, admin_id: str) -> Admin:
        """The admin of an id.

        Raises:
            NotFoundError: there is none any more.
        """
        with self._database.session() as session:
            row = session.scalar(select(AdminRow).filter_by(id=admin_id))
        if row is None:
            raise NotFoundError("There is no such admin.")
        return _admin(row)

    def delete(self, name: str) -> Admin:
        """Let somebody sign in no more; their sessions and tokens end at once, their jobs stay.

        Raises:
            NotFoundError: nobody has that name.
        """
        found = self.find(name)
        if found is None:
            raise NotFoundError("There is no admin of that name.")
        with self._database.session() as session:
            session.execute(delete(AdminRow).filter_by(id=found.id))
        return found

    def count(self) -> int:
        """How many admins there are."""
        with self._database.session() as session:
            return session.scalar(select(func.count()).select_from(AdminRow)) or 0


def _admin(row: AdminRow) -> Admin:
    return Admin(row.id, row.name, row.created_at)


def _known_as(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _hashed(password: str) -> str:
    """`scrypt$cost$block$parallel$salt$key`, so that a later release may raise the cost."""
    salt = secrets.token_bytes(_SALT_BYTES)
    key = _key(password, salt, _COST, _BLOCK, _PARALLEL)
    encoded = [base64.b64encode(part).decode() for part in (salt, key)]
    return "$".join(["scrypt", str(_COST), str(_BLOCK), str(_PARALLEL), *encoded])


def _matches(password: str, stored: str) -> bool:
    _, cost, block, parallel, salt, key = stored.split("$")
    found = _key(password, base64.b64decode(salt), int(cost), int(block), int(parallel))
    return hmac.compare_digest(found, base64.b64decode(key))


def _key(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    # The same characters may be typed as different code points on another keyboard.
    typed = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(typed, salt=salt, n=cost, r=block, p=parallel, maxmem=_MEMORY_BYTES, dklen=_KEY_BYTES)


# Nobody's password: the key is random, so nothing matches it.
_NOBODY: Final = "$".join(
    [
        *("scrypt", str(_COST), str(_BLOCK), str(_PARALLEL)),
        *(base64.b64encode(secrets.token_bytes(size)).decode() for size in (_SALT_BYTES, _KEY_BYTES)),
    ]
)
