"""The reports in ``DATA/reports``: what each covers, its hashes, its signature, and what the ledger noted of it."""

from __future__ import annotations

import io
import zipfile
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from analytics.reports import BUILT, BuiltNote, Finding, Masking, ReportKind, verify
from analytics.reports.package.manifest import MANIFEST, SIGNATURE, FirstManifest, Manifest, digest
from analytics.reports.package.signing import PUBLIC
from analytics.reports.package.verify import read_manifest
from greendc.clock import from_iso

if TYPE_CHECKING:
    from pathlib import Path

    from greendc.contracts import Event, Ledger

MOST = 60
"""So many reports are listed; older ones stay where they are."""
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


class Seal(StrEnum):
    """What verification says of a report.

    ``SOUND`` fits its signature and the centre's own key, ``FOREIGN`` a key that is not the centre's, ``BROKEN``
    was altered, ``UNNOTED`` is sound and not the one that the ledger knows, ``UNSIGNED`` is whole and signed by nobody.
    """

    SOUND = "sound"
    FOREIGN = "foreign"
    BROKEN = "broken"
    UNNOTED = "unnoted"
    UNSIGNED = "unsigned"


class FileLine(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a report: its size [By, None when it is gone] and the hash that the manifest gives."""

    name: str
    size_by: int | None
    sha256: str


class ReportLine(msgspec.Struct, frozen=True, kw_only=True):
    """One report. ``by`` is who asked for it by the ledger, empty when the ledger does not know it.

    ``kind``, ``masking`` and ``version`` are empty and 0 for a report of an earlier program, or of nobody's.
    """

    name: str
    kind: str
    masking: str
    version: int
    start_ns: int
    end_ns: int
    built_ns: int
    status: str
    simulated: bool
    software: str
    manifest_sha256: str
    by: str
    role: str
    seal: Seal
    findings: tuple[Finding, ...]
    files: tuple[FileLine, ...]
    inputs: int


def history_of(data_dir: Path, ledger: Ledger) -> tuple[ReportLine, ...]:
    """Return the newest reports, each verified with the centre's own public key, the newest first.

    Raises:
        StoreAway: the ledger cannot be read.
    """
    found = [path.parent for path in (data_dir / "reports").glob(f"*/{MANIFEST}") if path.is_file()]
    newest = sorted(found, key=lambda folder: (_changed(folder / MANIFEST), folder.name), reverse=True)[:MOST]
    notes: dict[tuple[str, str], Event] = {}
    for event in ledger.events(kind=BUILT):
        note = _note(event.body)
        notes[note.folder, note.manifest] = event
    key = data_dir / "keys" / PUBLIC
    return tuple(_line(folder, notes, key if key.is_file() else None) for folder in newest)


def packed(folder: Path) -> bytes:
    """Return a report as one ZIP file: what its manifest names, the manifest and its signature; same files, same bytes.

    Raises:
        OSError: a file cannot be read.
    """
    names = sorted({*_manifest(folder).files, MANIFEST, SIGNATURE})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            path = folder / name
            # A manifest that was altered may name a file elsewhere.
            if path.parent == folder and path.is_file() and not path.is_symlink():
                archive.writestr(zipfile.ZipInfo(f"{folder.name}/{name}", _ZIP_TIME), path.read_bytes())
    return buffer.getvalue()


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _note(body: str) -> BuiltNote:
    try:
        return msgspec.json.decode(body, type=BuiltNote)
    except msgspec.DecodeError:
        return BuiltNote(folder="", manifest="", start_ns=0, end_ns=0)


_NONE = FirstManifest(
    schema=0,
    site="",
    start="",
    end="",
    status="",
    simulated=False,
    software="",
    signature="",
    public_key="",
    files={},
    inputs=[],
)


def _manifest(folder: Path) -> Manifest | FirstManifest:
    """Return the manifest of a folder, an empty one when it cannot be read."""
    return read_manifest(folder) or _NONE


def _line(folder: Path, notes: dict[tuple[str, str], Event], key: Path | None) -> ReportLine:
    manifest = _manifest(folder)
    try:
        hashed = digest((folder / MANIFEST).read_bytes())
    except OSError:
        hashed = ""
    event = notes.get((folder.name, hashed))
    findings = tuple(verify(folder, key))
    whole = manifest if isinstance(manifest, Manifest) else None
    return ReportLine(
        name=folder.name,
        kind=whole.kind if whole is not None and whole.kind in set(ReportKind) else "",
        masking=whole.masking if whole is not None and whole.masking in set(Masking) else "",
        version=whole.version if whole is not None else 0,
        start_ns=_time(manifest.start),
        end_ns=_time(manifest.end),
        built_ns=_changed(folder / MANIFEST),
        status=manifest.status,
        simulated=manifest.simulated,
        software=manifest.software,
        manifest_sha256=hashed,
        by=event.principal.name if event is not None else "",
        role=event.principal.role if event is not None else "",
        seal=_seal(findings, noted=event is not None),
        findings=findings,
        files=tuple(
            FileLine(name=name, size_by=_size(folder, name), sha256=sha256) for name, sha256 in manifest.files.items()
        ),
        inputs=len(manifest.inputs),
    )


def _seal(findings: tuple[Finding, ...], *, noted: bool) -> Seal:
    errors = {finding.key for finding in findings if finding.level == "error"}
    if errors - {"other_key", "unsigned"}:
        return Seal.BROKEN
    if any(finding.key == "unsigned" for finding in findings):
        return Seal.UNSIGNED
    if errors or any(finding.key == "own_key" for finding in findings):
        return Seal.FOREIGN
    return Seal.SOUND if noted else Seal.UNNOTED


def _size(folder: Path, name: str) -> int | None:
    """Return the size of a file of the folder [By]; what an altered manifest names elsewhere is not looked at."""
    path = folder / name
    try:
        return path.stat().st_size if path.parent == folder else None
    except OSError:
        return None


def _time(text: str) -> int:
    try:
        return from_iso(text)
    except ValueError:
        return 0
