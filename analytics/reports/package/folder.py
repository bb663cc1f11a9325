"""The folder of a package as a stranger may have made it: what lies in it, read within bounds."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

MOST_ENTRIES = 200
MOST_KEPT = 192 * 2**20
"""A file that is read for what it says may be this long; longer ones are only hashed."""
MOST_HASHED = 2 * 2**30
_CHUNK = 2**20


def names_in(folder: Path) -> tuple[list[str], list[str]]:
    """Return the names of the plain files of a folder, and of all else in it; about `MOST_ENTRIES` at most.

    Raises:
        OSError: the folder cannot be read.
    """
    plain: list[str] = []
    other: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            (plain if entry.is_file(follow_symlinks=False) else other).append(entry.name)
            if len(plain) + len(other) > MOST_ENTRIES:
                break
    return sorted(plain), sorted(other)


def content_of(folder: Path, name: str) -> bytes | None:
    """Return a plain file of the folder; None for what is none, cannot be read, or is longer than `MOST_KEPT`."""
    file = _opened(folder, name, MOST_KEPT)
    if file is None:
        return None
    try:
        with file:
            return file.read(MOST_KEPT)
    except OSError:
        return None


def sha256_of(folder: Path, name: str) -> str | None:
    """Return the SHA-256 of a plain file of the folder; None for what is none, cannot be read, or is too long."""
    file = _opened(folder, name, MOST_HASHED)
    if file is None:
        return None
    hashed = hashlib.sha256()
    try:
        with file:
            while chunk := file.read(_CHUNK):
                hashed.update(chunk)
    except OSError:
        return None
    return hashed.hexdigest()


def _opened(folder: Path, name: str, most: int) -> BinaryIO | None:
    """Open a file of the folder itself: a stranger's list may name a device, a pipe, a link or a file elsewhere."""
    if not name or any(mark in name for mark in "/\\\0") or name in {".", ".."}:
        return None
    try:
        # Nothing is waited for at a pipe, and no link is followed.
        handle = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    about = os.fstat(handle)
    if not stat.S_ISREG(about.st_mode) or about.st_size > most:
        os.close(handle)
        return None
    return os.fdopen(handle, "rb")
