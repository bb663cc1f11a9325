"""What can never be stored is kept beside the store with its reason, for a person to look at: JSON lines, bounded."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import msgspec

from greendc.errors import StoreAway

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MAX_FILE_BYTES = 4 * 1024 * 1024
SHOWN_BYTES = 128


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was not stored. ``seq`` is 0 for a whole message; ``detail`` is cut short."""

    time: str
    node: str
    reason: str
    detail: str
    epoch: str = ""
    seq: int = 0


class Quarantine:
    """The file ``quarantine/held.jsonl`` of a data directory; at its size limit it becomes ``held.old.jsonl``."""

    def __init__(self, data_dir: Path, *, max_file_bytes: int = MAX_FILE_BYTES) -> None:
        """Use the folder below ``data_dir``; it is made when something is held."""
        self._folder = data_dir / "quarantine"
        self._limit = max_file_bytes
        self._lock = threading.Lock()

    def hold(self, things: Sequence[Held]) -> None:
        """Keep things; they are on disk on return.

        Raises:
            StoreAway: the disk is full or failing.
        """
        if not things:
            return
        lines = b"".join(msgspec.json.encode(thing) + b"\n" for thing in things)
        path = self._folder / "held.jsonl"
        try:
            with self._lock:
                self._folder.mkdir(parents=True, exist_ok=True)
                if path.exists() and path.stat().st_size + len(lines) > self._limit:
                    path.replace(self._folder / "held.old.jsonl")
                with path.open("ab") as file:
                    file.write(lines)
                    file.flush()
                    os.fsync(file.fileno())
        except OSError as error:
            message = f"quarantine {path}: {error.strerror}"
            raise StoreAway(message) from error


def shown(payload: bytes) -> str:
    """Return the beginning of a payload as text that is safe to print."""
    return repr(payload[:SHOWN_BYTES])
