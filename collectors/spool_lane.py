"""The spools of this machine, each filled by another process: found, opened, read and confirmed."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from typing import TYPE_CHECKING

from greendc.batch_spool import BatchSpool, open_spool
from greendc.errors import StoreError
from greendc.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from greendc.batch_spool import PackedLot
    from greendc.spans import Span
    from greendc.spool import SpoolRow

log = logging.getLogger("greendc.ingest")


class SpoolLane:
    """All of ``DATA/spool/*.sqlite``; call `look` now and then, for files that are new, replaced or gone."""

    def __init__(self, data_dir: Path, site: str) -> None:
        """Watch the spool folder of a data directory."""
        self._folder = data_dir / "spool"
        self._site = site
        self._open: dict[Path, tuple[int, Spool | BatchSpool]] = {}
        self._lock = threading.Lock()
        self._said: dict[Path, str] = {}

    def look(self) -> None:
        """Open what is new, drop what is gone. A spool that cannot be used is named once and tried again later."""
        found = {path: _inode(path) for path in self._folder.glob("*.sqlite")}
        with self._lock:
            for path, (inode, _spool) in list(self._open.items()):
                if found.get(path) != inode:
                    self._drop(path)
            for path, inode in found.items():
                if path not in self._open and inode:
                    self._try(path, inode)

    def _try(self, path: Path, inode: int) -> None:
        try:
            spool = open_spool(path)
        except StoreError as error:
            self._say(path, str(error))
            return
        if spool.site != self._site:
            spool.close()
            self._say(path, f"belongs to site {spool.site}, not to {self._site}")
            return
        self._said.pop(path, None)
        self._open[path] = (inode, spool)
        log.info("spool %s: node %s, %d readings wait", path.name, spool.node, spool.depth())

    def _say(self, path: Path, why: str) -> None:
        if self._said.get(path) != why:
            self._said[path] = why
            log.warning("spool %s: %s", path.name, why)

    def live(self) -> Sequence[Spool]:
        """Return the spools of what is measured now."""
        return [spool for _path, (_, spool) in sorted(self._open.items()) if isinstance(spool, Spool)]

    def history(self) -> Sequence[BatchSpool]:
        """Return the spools of what was measured long ago; it waits behind what is live."""
        return [spool for _path, (_, spool) in sorted(self._open.items()) if isinstance(spool, BatchSpool)]

    def oldest(self, spool: Spool, limit: int) -> list[SpoolRow]:
        """Return the oldest waiting readings; none when the file cannot be read now."""
        try:
            return spool.pending(limit)
        except StoreError as error:
            self._say(spool.path, str(error))
            return []

    def oldest_lot(self, spool: BatchSpool) -> PackedLot | None:
        """Return the oldest waiting lot; none when the file cannot be read now."""
        try:
            return spool.oldest()
        except StoreError as error:
            self._say(spool.path, str(error))
            return None

    def confirm_lot(self, spool: BatchSpool, lot: PackedLot) -> None:
        """Let a spool forget a settled lot. If it cannot, the same lot comes again, which is harmless."""
        try:
            spool.confirm(lot.first)
        except StoreError as error:
            self._say(spool.path, str(error))

    def confirm(self, spool: Spool, settled: Sequence[Span]) -> None:
        """Let a spool forget what is settled. If it cannot, the same readings come again, which is harmless."""
        try:
            spool.confirm(spool.epoch, 0, settled)
        except StoreError as error:
            self._say(spool.path, str(error))

    def depth(self) -> int:
        """Return how many readings wait in all spools that can be read now."""
        waiting = 0
        with self._lock:
            for _inode_then, spool in self._open.values():
                with contextlib.suppress(StoreError):
                    waiting += spool.depth()
        return waiting

    def close(self) -> None:
        """Let go of all."""
        with self._lock:
            for path in list(self._open):
                self._drop(path)

    def _drop(self, path: Path) -> None:
        _inode_then, spool = self._open.pop(path)
        spool.close()


def _inode(path: Path) -> int:
    try:
        return os.stat(path).st_ino  # noqa: PTH116 (one call, which may fail)
    except OSError:
        return 0
