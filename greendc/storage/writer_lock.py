"""One process writes readings: ingest, or a command that fills, imports or moves them."""

from __future__ import annotations

import contextlib
import fcntl
from typing import TYPE_CHECKING

from greendc.errors import WriterBusy
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def writer_lock(data_dir: Path) -> Iterator[None]:
    """Be the only writer of a data directory; the lock goes with the process, however that ends.

    Raises:
        WriterBusy: another process is.
        OSError: the directory cannot be written.
    """
    folder = data_dir / "store"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "writer.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise WriterBusy(t("store.writer_busy", folder=str(data_dir))) from error
        yield
