"""What a report of a period would and would not say, before it is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.kpis import compute, first_metered_ns
from analytics.reports import AccountLine, account_lines
from analytics.result import KpiResult
from greendc.site import Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from greendc.contracts import History
    from greendc.site import Site


class Preflight(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a period by what can be said of them.

    ``ready`` are sound, ``low`` have a value that is provisional, ``refused`` have meters and no value, ``unmetered``
    have no meter at all: the report says so. ``first_ns`` is when metering begins in the period, None for never.
    ``lossy`` are the lines of the loss account that do not close.
    """

    start_ns: int
    end_ns: int
    first_ns: int | None
    ready: tuple[KpiResult, ...]
    low: tuple[KpiResult, ...]
    refused: tuple[KpiResult, ...]
    unmetered: tuple[KpiResult, ...]
    no_facility: bool
    simulated: bool
    lossy: tuple[AccountLine, ...]


def preflight_of(history: History, site: Site, start_ns: int, end_ns: int, data_dir: Path) -> Preflight:
    """Return what a report of [start_ns, end_ns) would say.

    Raises:
        StoreAway: the store does not answer.
        StoreError: the loss account cannot be read.
    """
    figures = compute(history, site, start_ns, end_ns)
    lines = account_lines(site.name, data_dir, start_ns, end_ns)
    return Preflight(
        start_ns=start_ns,
        end_ns=end_ns,
        first_ns=first_metered_ns(history, site, start_ns, end_ns),
        ready=_those(figures, has_value=True, provisional=False),
        low=_those(figures, has_value=True, provisional=True),
        refused=tuple(one for one in figures if one.value is None and one.inputs),
        unmetered=tuple(one for one in figures if one.value is None and not one.inputs),
        no_facility=not any(meter.role is Role.FACILITY_INPUT for meter in site.meters),
        simulated=site.info.simulated,
        lossy=tuple(line for line in lines if line.lost),
    )


def _those(figures: Sequence[KpiResult], *, has_value: bool, provisional: bool) -> tuple[KpiResult, ...]:
    return tuple(one for one in figures if (one.value is not None) is has_value and one.provisional is provisional)
