"""The newest report folder, as its own files describe it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.overview.figure import ReportCard
from greendc.clock import from_iso

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"


class _Manifest(msgspec.Struct, frozen=True):
    """What the page needs of a manifest; other fields are left alone."""

    status: str = "draft"
    start: str = ""
    end: str = ""


def newest_report(data_dir: Path) -> ReportCard | None:
    """Return the newest folder below ``DATA/reports`` that has a manifest, or None."""
    manifests = [path for path in (data_dir / "reports").glob(f"*/{MANIFEST}") if path.is_file()]
    if not manifests:
        return None
    newest = max(manifests, key=lambda path: path.stat().st_mtime_ns)
    try:
        manifest = msgspec.json.decode(newest.read_bytes(), type=_Manifest)
    except msgspec.DecodeError:
        manifest = _Manifest()
    folder = newest.parent
    try:
        start_ns, end_ns = from_iso(manifest.start), from_iso(manifest.end)
    except ValueError:
        start_ns = end_ns = 0
    pages = sorted(page.name for page in folder.glob("*.html"))
    return ReportCard(
        folder=str(folder),
        pages=pages,
        built_ns=newest.stat().st_mtime_ns,
        signed=(folder / SIGNATURE).is_file(),
        draft=manifest.status != "final",
        start_ns=start_ns,
        end_ns=end_ns,
    )
