"""The state of a pipeline on disk: arrays and texts behind a hash. A file that was changed is refused."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from typing import TYPE_CHECKING

import numpy as np

from greendc.errors import GreendcError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

SCHEMA = 1
_MAGIC = b"greendc detection "
_TEXT = "text"


class SnapshotRefused(GreendcError):
    """A snapshot is damaged, was changed, or is of another form."""


def save(path: Path, arrays: Mapping[str, NDArray[np.generic]], text: str) -> None:
    """Write arrays and a text; the file that was there stays whole until the new one is.

    Raises:
        OSError: the disk is full or away.
    """
    buffer = io.BytesIO()
    note = np.frombuffer(text.encode(), dtype=np.uint8)
    np.savez(buffer, allow_pickle=False, **{_TEXT: note, **arrays})
    body = buffer.getvalue()
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("wb") as file:
        file.write(_MAGIC + f"{SCHEMA} {hashlib.sha256(body).hexdigest()}\n".encode())
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def load(path: Path) -> tuple[dict[str, NDArray[np.generic]], str]:
    """Return what was saved.

    Raises:
        SnapshotRefused: the file is damaged, was changed, or is of another form.
        OSError: it cannot be read.
    """
    head, _, body = path.read_bytes().partition(b"\n")
    schema, _, digest = head.removeprefix(_MAGIC).decode("ascii", "replace").partition(" ")
    if not head.startswith(_MAGIC) or schema != str(SCHEMA):
        raise SnapshotRefused(f"{path.name} is no snapshot of form {SCHEMA}")
    if hashlib.sha256(body).hexdigest() != digest:
        raise SnapshotRefused(f"{path.name} does not match its hash")
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        text = arrays.pop(_TEXT).tobytes().decode()
    except (ValueError, KeyError, zipfile.BadZipFile) as error:
        raise SnapshotRefused(f"{path.name} holds no arrays: {error}") from error
    return arrays, text


def prefixed(prefix: str, arrays: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
    """Return arrays under ``prefix/name``."""
    return {f"{prefix}/{name}": array for name, array in arrays.items()}


def under(prefix: str, arrays: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
    """Return what `prefixed` put under a prefix, by the names before.

    Raises:
        SnapshotRefused: there is nothing.
    """
    start = f"{prefix}/"
    found = {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}
    if not found:
        raise SnapshotRefused(f"a snapshot without {json.dumps(prefix)}")
    return found
