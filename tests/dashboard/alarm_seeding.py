"""Alarms of every sort in a ledger, written as the service and people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.alarms import Act, Alarm
from analytics.alarms import transition as tr
from analytics.alarms.explanation import Change, Explanation, Peers, Share, Similar
from analytics.alarms.rule import NotEvaluated
from analytics.topology import Topology
from greendc.ledger import SqliteLedger
from greendc.model import Principal
from greendc.site import read_site
from greendc.units import NS_PER_SECOND
from tests.dashboard.seeding import SITE

if TYPE_CHECKING:
    from pathlib import Path

OPERATOR = Principal(name="operator", role="operator")
MINUTE_NS = 60 * NS_PER_SECOND
HOUR_NS = 3600 * NS_PER_SECOND

EXPLAINED = Explanation(
    series="env-r01/remote/1",
    value=25.1,
    unit="Cel",
    expected=22.4,
    low=21.2,
    high=23.6,
    level=0.99,
    one_in=43_210.0,
    held_s=1260.0,
    shares=(
        Share(kind="detector", name="residual", ratio=0.7),
        Share(kind="detector", name="level", ratio=0.3),
        Share(kind="term", name="it_load", ratio=0.25, value=0.9, unit="K"),
        Share(kind="term", name="unexplained", ratio=0.75, value=2.7, unit="K"),
    ),
    peers=Peers(median=22.3, count=19),
    similar=Similar(alarm_id="learned/env-r01/remote/1", time_ns=1_770_000_000_000_000_000, verdict="real"),
    change=Change(time_ns=1_770_000_000_000_000_000, before=22.4, after=25.0, cost_kwh_day=14.2),
    checks=("mains", "battery_test"),
    data_quality="good",
    provisional=True,
    model="ridge-inlet 3 sha256:0f3a9c",
)


def made(rule: str, kind: str, priority: str, place: str, since_ns: int, **more: object) -> Alarm:
    """Return an alarm."""
    alarm = Alarm(
        id=f"{rule}/{place or SITE}",
        rule=rule,
        kind=kind,
        priority=priority,
        place=place,
        device=f"env-{place}" if place.startswith("r0") else place,
        part="remote/1" if place == "r01" else "remote/3" if place == "r02" else "",
        quantity="air_temperature_c" if place.startswith("r0") else "",
        value=31.9 if place.startswith("r0") else None,
        unit="Cel",
        limit=29.0 if place.startswith("r0") else None,
        since_ns=since_ns,
        raised_ns=since_ns,
        node=place or SITE,
    )
    return msgspec.structs.replace(alarm, **more)


def stand(folder: Path, now_ns: int, *, hostile: str = "") -> None:
    """Write alarms that stand, one with others below it, advisory, acknowledged, shelved, in maintenance and over."""
    ledger = SqliteLedger(folder / "ledger.sqlite")
    site = read_site(folder / "site.toml")
    since_ns = now_ns - 20 * MINUTE_NS
    cause = made("rack_inlet", "allowable", "high", "r01", since_ns)
    below = [
        made("inlet_silent", "rack", "medium", "r02", since_ns + MINUTE_NS, cause=cause.id, quantity=""),
        made("learned", "series", "low", "r02", since_ns + MINUTE_NS, cause=cause.id, advisory=True),
    ]
    seen = made("rack_inlet", "recommended", "medium", "r02", now_ns - 3 * HOUR_NS, value=28.7, limit=27.0)
    advice = made(
        "learned",
        "series",
        "low",
        "r01",
        since_ns,
        advisory=True,
        explanation=EXPLAINED,
        value=25.1,
        limit=23.6,
        evidence=msgspec.structs.replace(cause.evidence, limit_source=hostile),
    )
    shelved = made("inlet_silent", "site", "high", "", now_ns - 2 * HOUR_NS)
    away = made("inlet_silent", "rack", "medium", "r01", now_ns - HOUR_NS, node="edge-01-meter", quantity="")
    gone = made("storm", "site", "high", "", now_ns - 5 * HOUR_NS)
    for alarm in (gone, seen, cause, *below, advice, shelved, away):
        ledger.append(tr.event(tr.RAISED, alarm.id, alarm.since_ns, alarm, reason=tr.NEW))
    ledger.append(tr.event(tr.CLEARED, gone.id, now_ns - 4 * HOUR_NS))
    ledger.append(tr.event(tr.ESCALATED, cause.id, now_ns - MINUTE_NS, tr.Count(1)))
    ledger.append(tr.event(tr.CHATTERING, seen.id, now_ns - MINUTE_NS, tr.Count(4)))
    ledger.append(
        tr.event(tr.NOT_EVALUATED, "ups_load", now_ns, tr.Gaps((NotEvaluated("ups_load", "ups-1", ("load_ratio",)),)))
    )
    act = Act(ledger, OPERATOR, now_ns - MINUTE_NS, hostile or "seen on the round")
    act.acknowledge(seen.id)
    act.note(seen.id)
    act.verdict(seen.id, tr.REAL)
    act.shelve(shelved.id, now_ns + 2 * HOUR_NS)
    act.maintenance(Topology(site), "edge-01-meter", now_ns - MINUTE_NS, now_ns + 4 * HOUR_NS)
    ledger.append(tr.event(tr.SUPPRESSED, away.id, now_ns, tr.Suppressed(tr.WINDOW)))
    ledger.close()
