"""A package beside an earlier one of the same centre: nothing from before may have been altered, more may have come.

The chain of daily digests speaks of every reading. The readings at the edges of months that both packages show are
compared one by one besides.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from analytics.reports import chain
from analytics.reports.package.finding import Finding, error, note
from analytics.reports.package.manifest import MANIFEST, Manifest
from analytics.reports.package.readings import BOUNDARY, INTEGRATED, REGISTERS, RowsError, decoded
from analytics.reports.package.windows import BESIDE_NS, MOST_WINDOWS
from greendc.clock import iso

if TYPE_CHECKING:
    from collections.abc import Iterable


MOST_NAMED = 25


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared of a package: its manifest, that file's hash, and the files of readings and of the chain."""

    manifest: Manifest
    sha256: str
    files: Mapping[str, bytes]


class _Shown(msgspec.Struct):
    """What a package shows of a register: every reading at its own time, and the times of those beside an edge."""

    exact: dict[int, float] = {}
    beside: list[int] = []


class _Tally(msgspec.Struct):
    same: int = 0
    added: int = 0
    wrong: list[Finding] = []


def compared(own: Package, before: Package) -> list[Finding]:
    """Return what a package altered of an earlier one, and what it adds."""
    if own.manifest.site != before.manifest.site:
        return [error("other_site", site=own.manifest.site, before=before.manifest.site)]
    return [*_follows(own, before), *_chains(own, before), *_readings(own, before)]


def _follows(own: Package, before: Package) -> Iterable[Finding]:
    named = {own.manifest.follows, own.manifest.previous} - {""}
    if before.sha256 in named:
        yield note("follows", sha256=before.sha256[:16])
    elif named:
        yield note("follows_other", sha256=before.sha256[:16])


def _chains(own: Package, before: Package) -> list[Finding]:
    earlier, now = (one.files.get(chain.CHAIN, b"") for one in (before, own))
    return [error("chain_missing", chain.CHAIN)] if earlier and not now else chain.check(earlier, now)


def _readings(own: Package, before: Package) -> Iterable[Finding]:
    if own.manifest.masking != before.manifest.masking:
        yield note("other_masking", REGISTERS, masking=own.manifest.masking, before=before.manifest.masking)
        return
    if max(len(one.manifest.windows) for one in (own, before)) > MOST_WINDOWS:
        yield error("too_many_windows", MANIFEST, most=str(MOST_WINDOWS))
        return
    try:
        earlier, now = (_registers(one.files.get(REGISTERS, b"")) for one in (before, own))
    except RowsError as problem:
        yield error(f"rows_{problem}", REGISTERS)
        return
    edges = _edges(own.manifest) & _edges(before.manifest)
    tally = _Tally()
    for label, shown in earlier.items():
        _compare(label, shown, now.get(label, _Shown()), edges, tally)
    yield from tally.wrong[:MOST_NAMED]
    if len(tally.wrong) > MOST_NAMED:
        yield error("more_readings", REGISTERS, count=str(len(tally.wrong) - MOST_NAMED))
    if not tally.same and not tally.wrong:
        yield note("no_common_reading", REGISTERS)
    else:
        yield note("readings_compared", REGISTERS, same=str(tally.same), added=str(tally.added))


def _registers(content: bytes) -> dict[str, _Shown]:
    found: dict[str, _Shown] = {}
    for run in decoded(content):
        if run.kind == INTEGRATED:
            continue
        shown = found.setdefault(run.label(), _Shown())
        shown.exact.update(zip(run.time_ns[run.exact].tolist(), run.values[run.exact].tolist(), strict=True))
        if run.kind == BOUNDARY:
            # A series has one run of a kind, whose times go up.
            shown.beside.extend(run.time_ns.tolist())
    return found


def _edges(manifest: Manifest) -> set[int]:
    return {edge for window in manifest.windows for edge in (window.start_ns, window.end_ns)}


def _compare(label: str, before: _Shown, now: _Shown, edges: set[int], tally: _Tally) -> None:
    """Compare what two packages show of one register."""
    for time_ns in sorted(before.exact.keys() & now.exact.keys()):
        if before.exact[time_ns] == now.exact[time_ns]:
            tally.same += 1
            continue
        params = {"before": repr(before.exact[time_ns]), "now": repr(now.exact[time_ns])}
        tally.wrong.append(error("reading_altered", REGISTERS, meter=label, at=iso(time_ns), **params))
    for edge in sorted(edges):
        for was, found in zip(_beside(before, edge), _beside(now, edge), strict=True):
            if was is None or was in now.exact:
                continue
            if found is not None and abs(found - edge) < abs(was - edge):
                # A late reading stands nearer to the edge now.
                tally.added += 1
            else:
                tally.wrong.append(error("reading_gone", REGISTERS, meter=label, at=iso(was)))


def _beside(shown: _Shown, edge: int) -> tuple[int | None, int | None]:
    """Return the times of the last reading before an edge and of the first one from it on."""
    place = bisect_left(shown.beside, edge)
    before = shown.beside[place - 1] if place else None
    after = shown.beside[place] if place < len(shown.beside) else None
    return (
        before if before is not None and before >= edge - BESIDE_NS else None,
        after if after is not None and after < edge + BESIDE_NS else None,
    )
