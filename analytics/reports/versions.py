"""Versions of a report: a new number only when it says something else than the last one of its kind and period."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from analytics.reports.facts import ChangedFigure
from greendc.settings import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics.reports.facts import Facts
    from analytics.reports.request import Request
    from greendc.contracts import Ledger

BUILT = "report.built"


class BuiltNote(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger keeps of a report: where it is, the hash of its manifest, what it is of, and what it says.

    ``says`` is the hash of its facts. ``values`` are its figures by name, in the stored unit.
    """

    folder: str
    manifest: str
    start_ns: int
    end_ns: int
    kind: str = ""
    masking: str = ""
    version: int = 0
    final: bool = False
    says: str = ""
    values: dict[str, float | None] = {}


def every(ledger: Ledger, role: str = "") -> Iterator[BuiltNote]:
    """Yield the notes about all reports, or those asked for in a role, in their order.

    What an earlier program noted lacks its kind; what cannot be read is left out.
    """
    for event in ledger.events(kind=BUILT):
        if role and event.principal.role != role:
            continue
        try:
            yield msgspec.json.decode(event.body, type=BuiltNote)
        except msgspec.DecodeError:
            continue


def noted(ledger: Ledger, request: Request) -> list[BuiltNote]:
    """Return the notes about reports of one kind, period and masking, in their order."""
    wanted = request.kind.value, request.masking.value, request.start_ns, request.end_ns
    return [note for note in every(ledger) if (note.kind, note.masking, note.start_ns, note.end_ns) == wanted]


def versioned(facts: Facts, notes: list[BuiltNote]) -> Facts:
    """Return facts with their version and with the figures that differ from the version before."""
    last = notes[-1] if notes else None
    version = 0 if last is None else last.version
    if last is None or last.says != says(facts):
        version += 1
    before = next((note for note in reversed(notes) if note.version == version - 1), None)
    return replace(facts, version=version, changed=() if before is None else _changed(facts, before.values))


def says(facts: Facts) -> str:
    """Return the hash of what a report says, whatever its version, its languages and whether it is a draft.

    What an edge node still held and has handed over since says nothing new by itself: it counts as stored. What of it
    was lost, refused or dropped does, and so does each figure that it moved.

    Raises:
        TypeError: the facts hold something whose text need not be the same each time.
    """
    plain = replace(facts.request, langs=(), final=False, strict=False)
    account = tuple(replace(one, stored=one.stored + one.spooled, spooled=0) for one in facts.account)
    bare = replace(facts, request=plain, version=0, command="", software="", changed=(), account=account)
    return hashlib.sha256(msgspec.json.encode(bare, order="deterministic", enc_hook=_unsaid)).hexdigest()


def _unsaid(value: object) -> None:
    """Return what stands for a secret, of which a report says nothing; refuse all else."""
    if not isinstance(value, Secret):
        message = f"a {type(value).__name__} cannot be hashed"
        raise TypeError(message)


def values_of(facts: Facts) -> dict[str, float | None]:
    """Return the figures of the period by name."""
    return {_name(one.kpi, one.part): one.value for one in facts.figures}


def _name(kpi: str, part: str) -> str:
    return f"{kpi} {part}" if part else kpi


def _changed(facts: Facts, before: dict[str, float | None]) -> tuple[ChangedFigure, ...]:
    found = []
    for one in facts.figures:
        name = _name(one.kpi, one.part)
        if name in before and before[name] != one.value:
            found.append(ChangedFigure(kpi=one.kpi, part=one.part, before=before[name], after=one.value))
    return tuple(found)
