"""Everything the overview page shows, computed here so that the page only formats.

`background` holds what is dear and slow, `overview` what moves. When the store does not answer, `greyed` turns the last
overview into one that says so: every figure keeps its value and its time, and none of them passes for fresh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.advice_view import open_advice
from analytics.alarms import open_alarms
from analytics.overview.course import trend
from analytics.overview.devices import device_cells
from analytics.overview.efficiency import ratios
from analytics.overview.figure import (
    Away,
    Background,
    DeviceCell,
    EdgeCell,
    Fact,
    Figure,
    Health,
    Hottest,
    Overview,
    Ratio,
    ReportCard,
    Share,
    State,
    Trend,
)
from analytics.overview.folder import newest_report
from analytics.overview.power import facility_power, it_meters, meters_now, power, shares
from analytics.overview.pulse import device_names, edge_cell, health, take_pulse
from analytics.overview.thermal import hottest, limits_of
from greendc.site import Role
from greendc.status import IngestStatus, SimulateStatus, read_status

__all__ = [
    "Away",
    "Background",
    "DeviceCell",
    "EdgeCell",
    "Fact",
    "Figure",
    "Health",
    "Hottest",
    "Overview",
    "Ratio",
    "ReportCard",
    "Share",
    "State",
    "Trend",
    "background",
    "greyed",
    "nothing_known",
    "overview",
]

if TYPE_CHECKING:
    from pathlib import Path

    from greendc.contracts import History, Ledger
    from greendc.site import Site


def background(history: History, site: Site, now_ns: int) -> Background:
    """Return PUE and the course of the last 24 hours.

    Raises:
        StoreAway: the store does not answer.
    """
    return Background(ratios=ratios(history, site, now_ns), trend=trend(history, site, now_ns))


def overview(
    history: History,
    site: Site,
    ledger: Ledger,
    data_dir: Path,
    now_ns: int,
    slow: Background | None = None,
) -> Overview:
    """Return the overview of a site; ``slow`` is a `background` that is recent enough, else one is computed.

    Raises:
        StoreAway: the store does not answer; use `greyed` on what was known before, or `nothing_known`.
    """
    slow = slow or background(history, site, now_ns)
    pulse = take_pulse(history, site, now_ns)
    facility = facility_power(pulse, site)
    it = power(pulse, site, it_meters(site, now_ns))
    known = health(pulse, site, data_dir)
    return msgspec.structs.replace(
        nothing_known(site, ledger, data_dir, now_ns),
        facility=facility,
        it=it,
        cooling=power(pulse, site, meters_now(site, Role.COOLING, now_ns)),
        ratios=slow.ratios,
        hottest=hottest(pulse, site),
        health=known,
        devices=device_cells(pulse, site, known.away),
        edges=[edge_cell(pulse, node, data_dir) for node in site.edge_nodes],
        shares=shares(pulse, site, facility, it),
        trend=slow.trend,
        ready=slow.ready,
    )


def nothing_known(site: Site, ledger: Ledger, data_dir: Path, now_ns: int, away: Away | None = None) -> Overview:
    """Return what can be said without the store: the site, its alarms and advice, the latest report, progress."""
    advice = open_advice(ledger, now_ns)
    unseen = Figure(unit="W", reason="store_down" if away else "never_seen")
    simulate = read_status(data_dir, "simulate", SimulateStatus)
    ingest = read_status(data_dir, "ingest", IngestStatus)
    return Overview(
        now_ns=now_ns,
        site=site.name,
        title_zh=site.info.title_zh,
        title_en=site.info.title_en,
        timezone=site.info.timezone,
        simulated=site.info.simulated,
        configured=bool(site.devices or site.edge_nodes),
        facility=unseen,
        it=unseen,
        cooling=unseen,
        ratios=[],
        hottest=Hottest(figure=msgspec.structs.replace(unseen, unit="Cel"), limits=limits_of(site)),
        health=Health(devices=len(device_names(site))),
        alarms=[alarm for alarm in open_alarms(ledger) if not alarm.advisory],
        advice=advice[0] if advice else None,
        advice_count=len(advice),
        edges=[
            EdgeCell(name=n.name, title_zh=n.title_zh, title_en=n.title_en, devices=len(n.devices))
            for n in site.edge_nodes
        ],
        shares=[],
        trend=Trend(step_ns=0),
        ready=True,
        backfill=simulate.backfilled_ratio if simulate else None,
        waiting=ingest.waiting if ingest else 0,
        report=newest_report(data_dir),
        currency=site.tariff.currency if site.tariff else "",
        price_per_kwh=site.tariff.price_per_kwh if site.tariff else None,
        away=away,
    )


def greyed(last: Overview, now_ns: int, away: Away) -> Overview:
    """Return the last overview as it looks when the store is away: known values go stale, the rest stays unknown."""
    return msgspec.structs.replace(
        last,
        now_ns=now_ns,
        facility=_stale(last.facility),
        it=_stale(last.it),
        cooling=_stale(last.cooling),
        ratios=[msgspec.structs.replace(ratio, figure=_stale(ratio.figure)) for ratio in last.ratios],
        hottest=msgspec.structs.replace(last.hottest, figure=_stale(last.hottest.figure)),
        health=msgspec.structs.replace(last.health, fresh=0),
        edges=[
            msgspec.structs.replace(cell, state=State.STALE if cell.last_seen_ns else State.MISSING)
            for cell in last.edges
        ],
        devices=[_silent(cell) for cell in last.devices],
        shares=[msgspec.structs.replace(share, figure=_stale(share.figure)) for share in last.shares],
        away=away,
    )


def _stale(figure: Figure) -> Figure:
    if figure.value is None:
        return figure
    return msgspec.structs.replace(figure, state=State.STALE, reason="store_away")


def _silent(cell: DeviceCell) -> DeviceCell:
    return msgspec.structs.replace(
        cell,
        state=State.STALE if cell.last_seen_ns else State.MISSING,
        fresh=0,
        facts=[msgspec.structs.replace(fact, figure=_stale(fact.figure)) for fact in cell.facts],
    )
