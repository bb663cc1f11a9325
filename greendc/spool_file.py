"""What every durable queue has in common: one SQLite file of one node of a site, which knows when it is gone."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from greendc.errors import StoreAway, StoreError, StoreRefused
from greendc.sqlite_file import connect, sorted_errors, transaction
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from greendc.sqlite_file import Schema


class SpoolFile:
    """The file of a queue, open. Its schema has a table ``spool`` of one row: epoch, site, node and depth.

    ``epoch`` changes whenever the file is made anew, so that a word about another file is recognised.
    """

    def __init__(self, path: Path, schema: Schema, *, site: str, node: str, found: Callable[[], None]) -> None:
        """Open or make the file; ``found``, in a transaction, gives it its row when it is new.

        Raises:
            StoreRefused: the file belongs to another node, is from a newer greendc, or cannot be opened.
            StoreAway: the file is busy or the disk is full.
        """
        self.path = path
        self._lock = threading.RLock()
        self._connection = connect(path, schema)
        try:
            with sorted_errors(path), transaction(self._connection):
                found()
            with sorted_errors(path):
                row = self._connection.execute("SELECT epoch, site, node FROM spool").fetchone()
            self.epoch, self.site, self.node = map(str, row)
            self._inode = path.stat().st_ino
            if (self.site, self.node) != (site, node):
                raise StoreRefused(t("storage.spool.foreign", file=str(path), site=self.site, node=self.node))
        except BaseException:
            self._connection.close()
            raise

    def depth(self) -> int:
        """Return how many readings wait."""
        with self._open():
            return self._depth()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def _depth(self) -> int:
        return int(self._connection.execute("SELECT depth FROM spool").fetchone()[0])

    @contextmanager
    def _open(self) -> Iterator[None]:
        """Hold the connection; refuse to work on a file that is no longer the one at our path.

        Readings put into a file that was removed or set aside would be lost without a word.
        """
        with self._lock, sorted_errors(self.path):
            try:
                same = self.path.stat().st_ino == self._inode
            except FileNotFoundError:
                same = False
            if not same:
                raise StoreError(t("storage.spool.replaced", file=str(self.path)))
            yield


def owner_of(path: Path, schema: Schema) -> tuple[str, str]:
    """Return the site and the node that a queue's file belongs to. Never makes, mends or replaces a file.

    Raises:
        StoreAway: it is busy, or is being made just now.
        StoreRefused: there is no such file, or it cannot be opened.
        StoreError: the file is damaged; its writer sets it aside when it starts.
    """
    connection = connect(path, schema, read_only=True)
    try:
        with sorted_errors(path):
            made = connection.execute("PRAGMA user_version").fetchone() != (0,)
            found = connection.execute("SELECT site, node FROM spool").fetchone() if made else None
    finally:
        connection.close()
    if found is None:
        raise StoreAway(t("storage.sqlite.busy", file=str(path)))
    return str(found[0]), str(found[1])
