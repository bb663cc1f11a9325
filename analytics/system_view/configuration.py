"""The site file as it is in force: which file, its hash, and where each value of its head comes from."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from greendc.errors import ConfigError, without_errors
from greendc.settings import MASK
from greendc.site import load_site
from greendc.toml_source import TomlSource

if TYPE_CHECKING:
    from pathlib import Path

    from greendc.site import Site

TABLES = ("rooms", "racks", "devices", "meters", "feeds", "edge_nodes", "mounted")
TITLES = frozenset({"title_zh", "title_en"})
"""Shown at the head of every page, in its language."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One value of the site file. ``line`` is 0 for a default; a secret's value is a mask."""

    path: str
    value: str
    line: int = 0


class SiteFileNote(msgspec.Struct, frozen=True, kw_only=True):
    """The site file. ``as_used`` is False while the file on disk has errors and an older state of it is in use."""

    file: str
    sha256: str
    changed_ns: int
    as_used: bool
    entries: tuple[Entry, ...]
    counts: tuple[tuple[str, int], ...]


def site_file_of(path: Path, site: Site) -> SiteFileNote:
    """Return what is known of the site file; ``site`` is what is in use. Never raises for what it finds."""
    try:
        content, changed_ns = path.read_bytes(), path.stat().st_mtime_ns
    except OSError:
        content, changed_ns = b"", 0
    source = _sound(path)
    return SiteFileNote(
        file=str(path),
        sha256=hashlib.sha256(content).hexdigest() if content else "",
        changed_ns=changed_ns,
        as_used=source is not None,
        entries=tuple(_entries(site, source)),
        counts=tuple((name, len(getattr(site, name))) for name in TABLES),
    )


def _sound(path: Path) -> TomlSource | None:
    """Return the file when it has no error."""
    try:
        source = TomlSource.read(path)
        without_errors(*load_site(source))
    except ConfigError:
        return None
    return source


def _entries(site: Site, source: TomlSource | None) -> list[Entry]:
    tables: dict[str, dict[str, object]] = {"site": msgspec.structs.asdict(site.info)}
    if site.tariff is not None:
        tables["tariff"] = msgspec.structs.asdict(site.tariff)
    found = []
    for table, fields in tables.items():
        written = source.data.get(table) if source is not None else None
        for name, value in fields.items():
            if name in TITLES:
                continue
            path = f"{table}.{name}"
            line = source.place(path)[0] if source is not None and isinstance(written, dict) and name in written else 0
            found.append(Entry(path=path, value=_shown(value), line=line))
    for name in site.credentials:
        path = f"credentials.{name}"
        line = source.place(path)[0] if source is not None else 0
        kind = getattr(site.credentials[name], "kind", "")
        found.append(Entry(path=path, value=f"{kind} {MASK}", line=line))
    return found


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)
