"""Where one figure comes from: its result, the meters behind each side, the configuration, and earlier versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.figures.frozen import Frozen, heads, versions_of
from analytics.figures.period import Window, window_span
from analytics.figures.tracing import traced
from analytics.kpis.side import ALL_COOLING, FACILITY, HEAT_REMOVED, IT, KEPT, POWER_CHAIN, REUSE, SUPPLY, WATER, Side
from analytics.lineage import Source
from analytics.result import Input, KpiResult

if TYPE_CHECKING:
    from greendc.contracts import History, Ledger
    from greendc.site import Site

SIDES: dict[str, Side] = {
    side.name: side for side in (FACILITY, SUPPLY, ALL_COOLING, REUSE, WATER, HEAT_REMOVED, KEPT, POWER_CHAIN, *IT)
}


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A period that can be picked: ``name`` is a rolling window or what the ledger calls it (``month/2026-03``)."""

    name: str
    kind: str
    label: str = ""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a figure: its roles with the sign that each counts with, and what each meter gave."""

    side: Input
    signs: dict[str, float]
    sources: tuple[Source, ...]


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """The figure in one version of a closed period. ``number`` is 0 for a provisional one."""

    number: int
    state: str
    reason: str
    at_ns: int
    value: float | None
    data_sha256: str


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """A figure and where it comes from. ``versions`` are those of a closed period, the newest first."""

    made_ns: int
    result: KpiResult
    steps: tuple[Step, ...]
    versions: tuple[Version, ...] = ()


def window_choices() -> list[Choice]:
    """Return the rolling windows."""
    return [Choice(name=window.value, kind=window.value) for window in Window]


def choices(ledger: Ledger) -> list[Choice]:
    """Return the rolling windows, then the closed periods that the ledger keeps, the newest first.

    Raises:
        StoreAway: the ledger cannot be read.
    """
    kept = sorted(heads(ledger).values(), key=lambda head: (head.end_ns, head.period), reverse=True)
    closed = [
        Choice(name=head.period, kind=f"closed_{head.period.partition('/')[0]}", label=head.period.partition("/")[2])
        for head in kept
    ]
    return [*window_choices(), *closed]


def rolling_origin(history: History, site: Site, kpi: str, window: Window, now_ns: int) -> list[Origin]:
    """Return a figure of a rolling window computed now with its lineage, one for each module where it has parts.

    Raises:
        ConfigError: the site names a standards profile that does not exist.
        StoreAway, StoreRefused: the store cannot be read.
    """
    results = traced(history, site, *window_span(site, window, now_ns), keys={kpi})
    return [Origin(made_ns=now_ns, result=result, steps=_steps(result, None)) for result in results]


def kept_origin(ledger: Ledger, kpi: str, period: str) -> list[Origin]:
    """Return a figure of a closed period as its newest version has it; the store is not asked.

    Raises:
        StoreAway: the ledger cannot be read.
    """
    versions = versions_of(ledger, period)
    if not versions:
        return []
    newest = versions[-1]
    return [
        Origin(
            made_ns=newest.at_ns,
            result=result,
            steps=_steps(result, newest.sources),
            versions=tuple(_version(version, result) for version in reversed(versions)),
        )
        for result in newest.results()
        if result.kpi == kpi
    ]


def _version(version: Frozen, wanted: KpiResult) -> Version:
    found = ((one, data) for one, data in zip(version.figures, version.data, strict=True))
    value, data = next(
        ((one.value, data) for one, data in found if (one.kpi, one.part) == (wanted.kpi, wanted.part)), (None, "")
    )
    return Version(
        number=version.version,
        state=version.state,
        reason=version.reason,
        at_ns=version.at_ns,
        value=value,
        data_sha256=data,
    )


def _steps(result: KpiResult, kept: list[Source] | None) -> tuple[Step, ...]:
    return tuple(_step(side, kept) for side in result.inputs)


def _step(side: Input, kept: list[Source] | None) -> Step:
    known = SIDES.get(side.role)
    signs = {} if known is None else {role.value: sign for role, sign in known.signs.items()}
    sources = side.sources
    if kept is not None:
        sources = tuple(one for one in kept if one.meter in side.meters and (not signs or one.role in signs))
    used = {source.role for source in sources}
    return Step(side=side, signs={role: sign for role, sign in signs.items() if role in used}, sources=sources)
