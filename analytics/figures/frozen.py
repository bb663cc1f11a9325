"""Figures of closed periods in the ledger: provisional, then final, and a new version when late data come.

A version is appended and never changed. It holds the hash of its configuration and the site as it was, so that the
figures of a past period are those of the site file of that time, also when late data make a new version.
"""

from __future__ import annotations

import hashlib
import math
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from analytics.figures.tracing import without_lineage
from analytics.lineage import Configuration, Source, lineage
from analytics.result import KpiResult
from greendc.contracts import Event
from greendc.model import Principal
from greendc.site import Site

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.figures.period import CalendarPeriod
    from greendc.contracts import Ledger

FROZEN = "kpi.frozen"
SITE = "kpi.site"
ROUNDING = 1e-9
"""What the order of additions may change."""
_SYSTEM = Principal(name="greendc", role="system")


class State(StrEnum):
    """How sure the figures of a closed period are."""

    PROVISIONAL = "provisional"
    FINAL = "final"


class Reason(StrEnum):
    """Why a version was made."""

    CLOSED = "closed"
    SETTLED = "settled"
    LATE_DATA = "late_data"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A figure that a new version changed."""

    kpi: str
    part: str
    before: float | None
    after: float | None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """A frozen version beside figures computed now; ``changes`` go from frozen to now."""

    period: str
    state: State
    version: int
    at_ns: int
    changes: list[Change]
    same_data: bool
    same_configuration: bool


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What identifies a version of a closed period's figures, without the figures.

    ``version`` counts final versions from 1; a provisional one has 0. ``at_ns`` is when it was computed.
    """

    period: str
    state: State
    version: int
    start_ns: int
    end_ns: int
    at_ns: int
    reason: Reason
    data_sha256: str
    site_sha256: str


class Frozen(Head, frozen=True, kw_only=True):
    """The figures of a closed period as they were computed at ``at_ns``.

    ``data`` is the hash of the data of each figure, in their order; ``sources`` are the meters of all of them.
    ``changes`` are the differences from the version before.
    """

    configuration: Configuration
    figures: list[KpiResult]
    data: list[str]
    sources: list[Source]
    changes: list[Change] = []

    def results(self) -> list[KpiResult]:
        """Return the figures with their lineage."""
        return [
            msgspec.structs.replace(figure, lineage=lineage(self.configuration, data))
            for figure, data in zip(self.figures, self.data, strict=True)
        ]


def frozen(
    period: CalendarPeriod,
    results: Sequence[KpiResult],
    site_hash: str,
    now_ns: int,
    before: Frozen | None,
    state: State,
) -> Frozen:
    """Return the next version of a period's figures (each with its lineage)."""
    data = [result.lineage.data_sha256 if result.lineage is not None else "" for result in results]
    made_with = next(result.lineage.configuration for result in results if result.lineage is not None)
    last_version = 0 if before is None else before.version
    return Frozen(
        period=period.subject,
        state=state,
        version=last_version + 1 if state is State.FINAL else 0,
        start_ns=results[0].start_ns,
        end_ns=results[0].end_ns,
        at_ns=now_ns,
        reason=_why(before, state),
        data_sha256=hashlib.sha256("\n".join(data).encode()).hexdigest(),
        site_sha256=site_hash,
        configuration=made_with,
        figures=without_lineage(results),
        data=data,
        sources=_sources(results),
        changes=[] if before is None else differences(before.figures, results),
    )


def _why(before: Frozen | None, state: State) -> Reason:
    if before is None:
        return Reason.CLOSED
    return Reason.SETTLED if before.state is not state else Reason.LATE_DATA


def differences(before: Sequence[KpiResult], after: Sequence[KpiResult]) -> list[Change]:
    """Return which figures have another value now."""
    old = {(result.kpi, result.part): result.value for result in before}
    new = {(result.kpi, result.part): result.value for result in after}
    return [
        Change(kpi=kpi, part=part, before=old.get((kpi, part)), after=new.get((kpi, part)))
        for kpi, part in dict.fromkeys([*old, *new])
        if not _alike(old.get((kpi, part)), new.get((kpi, part)))
    ]


def compared(known: Frozen, results: Sequence[KpiResult]) -> Comparison:
    """Return how figures that were computed now (each with its lineage) stand to a frozen version."""
    traces = [result.lineage for result in results if result.lineage is not None]
    made_with = {trace.configuration.sha256 for trace in traces}
    return Comparison(
        period=known.period,
        state=known.state,
        version=known.version,
        at_ns=known.at_ns,
        changes=differences(known.figures, results),
        same_data=[trace.data_sha256 for trace in traces] == known.data,
        same_configuration=made_with == {known.configuration.sha256},
    )


def _alike(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=ROUNDING, abs_tol=ROUNDING)


def append(ledger: Ledger, version: Frozen) -> None:
    """Put a version into the ledger.

    Raises:
        StoreAway: the disk is full; nothing was appended.
    """
    body = msgspec.json.encode(version).decode()
    ledger.append(
        Event(
            time_ns=version.at_ns,
            kind=FROZEN,
            subject=version.period,
            principal=_SYSTEM,
            reason=version.reason,
            body=body,
        )
    )


def versions_of(ledger: Ledger, subject: str) -> list[Frozen]:
    """Return all versions of a period (``month/2026-03``), provisional ones among them, the oldest first."""
    return [msgspec.json.decode(event.body, type=Frozen) for event in ledger.events(kind=FROZEN, subject=subject)]


def frozen_figures(ledger: Ledger, subject: str) -> Frozen | None:
    """Return the newest version of a period, or None while it has none."""
    event = ledger.newest(kind=FROZEN, subject=subject)
    return None if event is None else msgspec.json.decode(event.body, type=Frozen)


def heads(ledger: Ledger) -> dict[str, Head]:
    """Return the newest version of every period, without the figures."""
    return {event.subject: msgspec.json.decode(event.body, type=Head) for event in ledger.events(kind=FROZEN)}


def keep_site(ledger: Ledger, site: Site, now_ns: int) -> str:
    """Put a site (as of `analytics.lineage.reduced`) into the ledger once; return the hash that it is known by."""
    body = msgspec.json.encode(site, order="deterministic").decode()
    name = hashlib.sha256(body.encode()).hexdigest()
    if ledger.newest(kind=SITE, subject=name) is None:
        ledger.append(Event(time_ns=now_ns, kind=SITE, subject=name, principal=_SYSTEM, body=body))
    return name


def kept_site(ledger: Ledger, name: str) -> Site | None:
    """Return a site that was kept, or None."""
    event = ledger.newest(kind=SITE, subject=name)
    return None if event is None else msgspec.json.decode(event.body, type=Site)


def _sources(results: Sequence[KpiResult]) -> list[Source]:
    found = {
        (source.meter, source.role, source.start_ns, source.sha256): source
        for result in results
        for side in result.inputs
        for source in side.sources
    }
    return list(found.values())
