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
MOST_JSON = 48 * 2**20
"""A year of a hall of 2,000 meters takes about 25 MB, and 850,000 parts."""
MOST_PARTS = 2_000_000
"""Lists, objects and their entries: two bytes of a file can be a hundred and more in memory."""
JSON = ".json"
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
    """Return a plain file of the folder; None for what is none, cannot be read, or is too long or too much to decode.

    Files of JSON keep to `MOST_JSON` and `MOST_PARTS`, others to `MOST_KEPT`.
    """
    most = MOST_JSON if name.endswith(JSON) else MOST_KEPT
    file = _opened(folder, name, most)
    if file is None:
        return None
    try:
        with file:
            # Asked for more than there is, Python would make room for all of it.
            content = file.read(os.fstat(file.fileno()).st_size)
    except OSError:
        return None
    return content if is_decodable(name, content) else None


def is_decodable(name: str, content: bytes) -> bool:
    """Tell whether a file is one that is read for what it says; JSON that is not would fill the memory."""
    if not name.endswith(JSON):
        return len(content) <= MOST_KEPT
    return len(content) <= MOST_JSON and sum(map(content.count, (b"{", b"[", b","))) <= MOST_PARTS


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
