"""What people do with reports, noted in the ledger with who and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.reports import Finding, verify
from analytics.reports.package.manifest import MANIFEST, digest
from analytics.reports.package.signing import PUBLIC
from greendc.contracts import Event

if TYPE_CHECKING:
    from pathlib import Path

    from greendc.contracts import Ledger
    from greendc.model import Principal

VERIFIED = "report.verified"
TAKEN = "report.taken"


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger keeps of a verification: the hash of the manifest, and the keys of the errors found."""

    manifest: str
    errors: tuple[str, ...] = ()


def verified(data_dir: Path, name: str, *, recompute: bool = False) -> tuple[Finding, ...]:
    """Return what is wrong with a report of ``DATA/reports``; nothing but notes when it is as it was signed.

    ``recompute`` computes every figure again from the readings that the report carries.
    """
    key = data_dir / "keys" / PUBLIC
    return tuple(verify(data_dir / "reports" / name, key if key.is_file() else None, recompute=recompute))


def note_verified(
    ledger: Ledger, data_dir: Path, name: str, findings: tuple[Finding, ...], who: Principal, now_ns: int
) -> None:
    """Note that a person verified a report, and what was found.

    Raises:
        StoreAway: the ledger cannot be written.
    """
    errors = tuple(sorted({finding.key for finding in findings if finding.level == "error"}))
    body = Checked(manifest=_hash(data_dir, name), errors=errors)
    _note(ledger, VERIFIED, name, body, who, now_ns)


def note_taken(ledger: Ledger, data_dir: Path, name: str, who: Principal, now_ns: int) -> None:
    """Note that a person downloaded a report.

    Raises:
        StoreAway: the ledger cannot be written.
    """
    _note(ledger, TAKEN, name, Checked(manifest=_hash(data_dir, name)), who, now_ns)


def _note(ledger: Ledger, kind: str, name: str, body: Checked, who: Principal, now_ns: int) -> None:
    text = msgspec.json.encode(body).decode()
    ledger.append(Event(time_ns=now_ns, kind=kind, subject=name, principal=who, body=text))


def _hash(data_dir: Path, name: str) -> str:
    try:
        return digest((data_dir / "reports" / name / MANIFEST).read_bytes())
    except OSError:
        return ""
