"""A report's folder, which appears complete or not at all."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from typing import TYPE_CHECKING

from analytics.reports.package.manifest import MANIFEST, SIGNATURE, Manifest
from analytics.reports.package.verify import read_manifest
from analytics.reports.request import Masking
from greendc.clock import iso
from greendc.errors import ConfigError
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from analytics.reports.facts import Facts
    from analytics.reports.package.manifest import FirstManifest
    from analytics.reports.request import Request


def folder_name(facts: Facts) -> str:
    """Return what the folder of a report is called: its kind and period, its readers, its version, and ``draft``."""
    request, zone = facts.request, facts.site.zone()
    start, end = (
        dt.datetime.fromtimestamp(at_ns // NS_PER_SECOND, zone) for at_ns in (request.start_ns, request.end_ns)
    )
    words = [request.kind.value, _period(start, end)]
    words += [] if request.masking is Masking.INTERNAL else [request.masking.value]
    return "-".join([*words, f"v{facts.version}", *([] if request.final else ["draft"])])


def _period(start: dt.datetime, end: dt.datetime) -> str:
    if any(at.time() != dt.time() for at in (start, end)):
        return f"{start:%Y%m%dT%H%M%S}-{end:%Y%m%dT%H%M%S}"
    if start.day == 1 and (end.year, end.month, end.day) == (start.year + start.month // 12, start.month % 12 + 1, 1):
        return f"{start:%Y-%m}"
    if (start.day, start.month, end.day, end.month) == (1, 1, 1, 1) and end.year == start.year + 1:
        return f"{start:%Y}"
    return f"{start:%Y%m%d}-{end:%Y%m%d}"


def refuse_foreign(folder: Path, request: Request) -> None:
    """Protect what is no report, and a report of something else: the folder is replaced as a whole.

    Raises:
        ConfigError: the folder holds something else than a report, or one of another kind, period or masking.
    """
    if not folder.exists():
        return
    manifest = read_manifest(folder) if folder.is_dir() else None
    # Others have files of the manifest's name too.
    reported = set() if manifest is None else {*manifest.files, MANIFEST, SIGNATURE}
    if not folder.is_dir() or not {path.name for path in folder.iterdir()} <= reported:
        raise ConfigError.single("report.foreign", hint="report.foreign_hint", file=folder)
    asked = request.kind.value, request.masking.value, iso(request.start_ns), iso(request.end_ns)
    if manifest is None or _of(manifest) == asked:
        return
    kind, masking, start, end = _of(manifest)
    words = {"kind": kind, "masking": masking, "start": start, "end": end}
    raise ConfigError.single("report.other", hint="report.foreign_hint", file=folder, **words)


def _of(manifest: Manifest | FirstManifest) -> tuple[str, str, str, str]:
    """Return kind, masking, start and end of a package; those of schema 1 were all of one kind, which had no name."""
    if isinstance(manifest, Manifest):
        return manifest.kind, manifest.masking, manifest.start, manifest.end
    return "report", Masking.INTERNAL.value, manifest.start, manifest.end


def place(folder: Path, content: Mapping[str, bytes]) -> None:
    """Put a folder in place as a whole; what was there before stays as it was until all is written.

    Raises:
        OSError: it cannot be written; nothing of it is left.
    """
    fresh = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    stale = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    try:
        fresh.mkdir(parents=True)
        for name, data in content.items():
            with (fresh / name).open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        _put(fresh, folder, stale)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(stale, ignore_errors=True)


def _put(fresh: Path, folder: Path, stale: Path) -> None:
    """Give a folder its name; what had the name before is called ``stale``, and gets it back when this fails."""
    if not folder.exists():
        fresh.rename(folder)
        return
    folder.rename(stale)
    try:
        fresh.rename(folder)
    except BaseException:
        stale.rename(folder)
        raise
