"""Files that were sent: nameless copies that are gone when they are closed."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from emotion_clf.api.refusals import BodyTooLargeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.datastructures import FileStorage


@contextmanager
def opened(upload: FileStorage, limit_bytes: int) -> Iterator[IO[bytes]]:
    """A file that was sent, as a nameless file with a descriptor.

    Raises:
        BodyTooLargeError: it is over the limit.
    """
    with tempfile.TemporaryFile() as source:
        shutil.copyfileobj(upload.stream, source)
        if source.tell() > limit_bytes:
            raise BodyTooLargeError(
                f"The file is larger than {limit_bytes / 1024**2:g} MB. Send a shorter or compressed recording."
            )
        source.flush()
        yield source
