"""Moving readings from one store to another, into a backup and back; each is proven by the digest of both sides.

A backup is a folder: ``part-00001.parquet`` and so on, with the columns of `greendc.contracts.History.raw`, and
``manifest.json`` with the hash of each part and the digest of all readings.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import msgspec
import pyarrow.parquet as pq

from greendc.errors import ConfigError, StoreRefused
from greendc.storage.patience import patiently
from greendc.storage.pieces import Digest, Digester, Piece, batch_of, digest, pieces
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa

    from greendc.contracts import History, Store
    from greendc.model import SeriesKey

MANIFEST = "manifest.json"
FORMAT = 1


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What was moved, and what both sides hold of it now."""

    source: Digest
    target: Digest
    skipped_pieces: int = 0

    @property
    def same(self) -> bool:
        """Tell whether nothing was lost and nothing else is there."""
        return self.source == self.target


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a backup."""

    file: str
    sha256: str
    readings: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds."""

    format: int
    site: str
    digest: Digest
    parts: list[Part]


class Progress(msgspec.Struct, kw_only=True):
    """Which pieces are done; kept in a file, so that a move that was stopped goes on where it was."""

    target: str = ""
    done: list[str] = []


def move(
    source: History,
    target: Store,
    site: str,
    *,
    progress_file: Path,
    target_name: str,
    say: Callable[[int, int], None],
) -> Moved:
    """Copy all readings of a site and compare what both stores hold of them then.

    ``say`` is told the readings done and to be done.

    Raises:
        StoreError: one of the stores fails; run it again to go on.
    """
    keys = list(source.series(site))
    found = pieces(source, keys)
    progress = _progress(progress_file, target_name)
    total, done, skipped = sum(piece.rows for piece in found), 0, 0
    for piece in found:
        if piece.name() in progress.done:
            skipped += 1
        else:
            batch = batch_of(source.raw(piece.keys, piece.start_ns, piece.end_ns), site)
            patiently(lambda batch=batch: target.write_batch(batch))  # type: ignore[misc] # mypy knows no such default
            progress.done.append(piece.name())
            _replace(progress_file, msgspec.json.encode(progress))
        done += piece.rows
        say(done, total)
    patiently(target.compact)
    moved = Moved(source=digest(source, keys), target=digest(target, keys), skipped_pieces=skipped)
    progress_file.unlink(missing_ok=True)
    return moved


def _progress(file: Path, target: str) -> Progress:
    try:
        found = msgspec.json.decode(file.read_bytes(), type=Progress)
    except (FileNotFoundError, msgspec.DecodeError):
        return Progress(target=target)
    return found if found.target == target else Progress(target=target)


def back_up(source: History, site: str, folder: Path, say: Callable[[int, int], None]) -> Manifest:
    """Write all readings of a site into an empty or new folder.

    Raises:
        ConfigError: the folder holds something, or the store nothing of the site.
        StoreError: the store fails.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(folder.iterdir()):
        raise ConfigError.single("store.backup.not_empty", file=folder)
    keys = list(source.series(site))
    if not keys:
        raise ConfigError.single("store.export.nothing", hint="store.backup.nothing_hint", site=site)
    found = pieces(source, keys)
    # A series is hashed in the order of time, so the pieces are written in the order in which they were cut.
    digester = Digester()
    parts: list[Part] = []
    for piece in found:
        file = folder / f"part-{len(parts) + 1:05}.parquet"
        digester.add(_written(source, piece, file))
        parts.append(Part(file=file.name, sha256=_hash(file), readings=pq.read_metadata(file).num_rows))
        say(digester.readings, sum(piece.rows for piece in found))
    manifest = Manifest(format=FORMAT, site=site, digest=digester.result(), parts=parts)
    _replace(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
    return manifest


def _written(source: History, piece: Piece, file: Path) -> pa.Table:
    table = source.raw(piece.keys, piece.start_ns, piece.end_ns)
    pq.write_table(table, file, compression="zstd")
    file.chmod(0o600)
    return table


def restore(folder: Path, target: Store, say: Callable[[int, int], None]) -> Moved:
    """Write a backup's readings into a store, and compare what it holds of their series then.

    Raises:
        ConfigError: it is no backup, or a part was changed.
        StoreError: the store fails; restoring again is harmless.
    """
    manifest = read_manifest(folder)
    keys: set[SeriesKey] = set()
    done = 0
    for part in manifest.parts:
        table = pq.read_table(folder / part.file)
        batch = batch_of(table, manifest.site)
        keys |= set(batch.series)
        patiently(lambda batch=batch: target.write_batch(batch))  # type: ignore[misc] # mypy knows no such default
        done += part.readings
        say(done, manifest.digest.readings)
    patiently(target.compact)
    return Moved(source=manifest.digest, target=digest(target, sorted(keys)))


def read_manifest(folder: Path) -> Manifest:
    """Return what a backup holds, after checking every part's hash.

    Raises:
        ConfigError: it is no backup, or a part is missing or changed.
    """
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError.single("store.backup.none", file=folder) from error
    for part in manifest.parts:
        file = folder / part.file
        if file.parent != folder or not file.is_file() or _hash(file) != part.sha256:
            raise ConfigError.single("store.backup.changed", file=file)
    return manifest


def check_same(moved: Moved) -> None:
    """Say when the target does not hold exactly what the source holds.

    Raises:
        StoreRefused: it does not.
    """
    if not moved.same:
        raise StoreRefused(t("store.differs", source=str(moved.source.readings), target=str(moved.target.readings)))


def _hash(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _replace(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.new")
    with new.open("wb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())
    new.replace(file)
