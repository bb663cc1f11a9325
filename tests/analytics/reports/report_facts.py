"""Facts of a small site for tests of reports: a season with gaps, missing meters, declared texts and commitments.

The site is `tests.analytics.room` in Shanghai time with a roof of PV and a water meter, from 2026-01-01 to 2026-04-01.
It has no meter for reused heat, lighting or removed heat. The IT meter has a power only and is silent for 20 days of
February, the cooling's register for two days of March. December 2025 is the measured baseline.
"""

from __future__ import annotations

import datetime as dt
import math
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from analytics.advice.acts import AdviceAct
from analytics.advice.evidence import Evidence, Saved
from analytics.advice.life import State
from analytics.alarms import Act, transition
from analytics.alarms.transition import event
from analytics.quality import QualityWatch
from analytics.reports.account import AccountLine
from analytics.reports.commitments import Baseline, Commitments, DeclaredText, RemarkAnswer, Target
from analytics.reports.gathering import gather
from analytics.reports.request import ReportKind, Request
from analytics.verification import SavingsReport, Verdict
from greendc.clock import NS_PER_HOUR, from_iso
from greendc.model import SeriesKey
from greendc.site import Meter, Role
from greendc.units import J_PER_KWH
from tests.analytics.advice.made_advice import OPERATOR, SUPPLY, made
from tests.analytics.alarms.memory_ledger import MemoryLedger
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.notify.postbox import alarm
from tests.analytics.plant import SITE
from tests.analytics.room import inlet, room

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.reports.facts import Facts
    from greendc.site import Site

BASE = from_iso("2025-11-30T16:00:00Z")
START = from_iso("2025-12-31T16:00:00Z")
END = from_iso("2026-03-31T16:00:00Z")
SILENT = from_iso("2026-02-04T16:00:00Z"), from_iso("2026-02-24T16:00:00Z")
BRIDGED = from_iso("2026-03-09T16:00:00Z"), from_iso("2026-03-11T16:00:00Z")
_DAY = 24 * NS_PER_HOUR
_IT_W, _COOLING_W, _REST_W, _PV_W = 40_000.0, 14_000.0, 5_000.0, 3_000.0


def site(*, simulated: bool = False) -> Site:
    """Return the site."""
    known = room(simulated=simulated)
    more = [
        Meter(role=Role.GENERATION, device="pv", kind="pv", renewable=True),
        Meter(role=Role.WATER_INPUT, device="water", kind="potable"),
    ]
    devices = [
        *known.devices,
        *(msgspec.structs.replace(known.device("mech"), name=name) for name in ("pv", "water")),
    ]
    return msgspec.structs.replace(known, meters=[*known.meters, *more], devices=devices)


def history(*, silent: tuple[int, int] = SILENT) -> MemoryHistory:
    """Return the readings, one an hour; the IT meter says nothing in ``silent``."""
    found = MemoryHistory()
    times = list(range(BASE, END + NS_PER_HOUR, NS_PER_HOUR))
    registers = {"main": _supply_w, "mech": lambda _: _COOLING_W, "pv": _pv_w}
    for device, power in registers.items():
        kept = [
            (at_ns, joules)
            for at_ns, joules in zip(times, _counted(power, times), strict=True)
            if device != "mech" or not BRIDGED[0] < at_ns < BRIDGED[1]
        ]
        found.add(SeriesKey(SITE, device, "", "active_energy_j"), *_columns(kept))
    powers = [(at_ns, _it_w(at_ns)) for at_ns in times if not silent[0] < at_ns < silent[1]]
    found.add(SeriesKey(SITE, "pdu", "", "active_power_w"), *_columns(powers))
    found.add(SeriesKey(SITE, "water", "", "water_volume_m3"), times, [100.0 + 0.05 * i for i in range(len(times))])
    for i in range(3):
        found.add(inlet(f"r{i + 1:02}"), times, [20.0 + i + math.sin(at_ns / _DAY) for at_ns in times])
    return found


def _supply_w(at_ns: int) -> float:
    # Before the measures of the new year more was needed.
    return _it_w(at_ns) + (1.4 if at_ns < START else 1.0) * _COOLING_W + _REST_W - _pv_w(at_ns)


def _it_w(at_ns: int) -> float:
    return _IT_W * (1.0 + 0.1 * math.sin(2 * math.pi * at_ns / _DAY))


def _pv_w(at_ns: int) -> float:
    return _PV_W * max(0.0, math.sin(2 * math.pi * (at_ns % _DAY) / _DAY))


def _counted(power: Callable[[int], float], times: list[int]) -> list[float]:
    total, found = 1000.0 * J_PER_KWH, []
    for at_ns in times:
        found.append(total)
        total += power(at_ns) * 3600.0
    return found


def _columns(rows: list[tuple[int, float]]) -> tuple[list[int], list[float]]:
    return [at_ns for at_ns, _ in rows], [value for _, value in rows]


def ledger(known: Site, readings: MemoryHistory) -> MemoryLedger:
    """Return the ledger: proposed, verified and rejected advice, judged days, and two alarms."""
    found = MemoryLedger()
    names = SUPPLY, "supply_air/hall", "supply_air/old"
    then_ns = END - 30 * _DAY
    found.extend([event(State.PROPOSED.kind, name, then_ns, made(name, then_ns)) for name in names])
    act = AdviceAct(found, OPERATOR, then_ns + NS_PER_HOUR, "agreed with the shift")
    act.accept(names[1])
    act.done(names[1])
    act.reject(names[2])
    found.append(event(State.VERIFIED.kind, names[1], END - 2 * _DAY, _evidence()))
    watch = QualityWatch(known, found)
    for day in (1, 2):
        watch.run(readings, START + day * _DAY + 4 * NS_PER_HOUR)
    _alarms(found)
    return found


def _alarms(found: MemoryLedger) -> None:
    """Let one alarm be seen and over within minutes, and another one stand since ten days."""
    hours = range(START, END, NS_PER_HOUR)
    found.extend([event(transition.WATCHING, SITE, at_ns) for at_ns in hours])
    for number, back, over in ((1, 40, True), (2, 10, False)):
        at_ns = END - back * _DAY
        told = alarm(number, since_ns=at_ns, raised_ns=at_ns)
        found.append(event(transition.RAISED, told.id, at_ns, told, reason=transition.NEW))
        if over:
            Act(found, OPERATOR, at_ns + NS_PER_HOUR // 20).acknowledge(told.id)
            found.append(event(transition.CLEARED, told.id, at_ns + NS_PER_HOUR // 2))


def _evidence() -> Evidence:
    report = SavingsReport(
        saving=480.0,
        low=430.0,
        high=530.0,
        saving_ratio=0.05,
        expected=9_600.0,
        unit="kWh",
        level=0.9,
        cv_rmse=0.042,
        nmbe=0.0,
        n_eff=210.0,
        coverage=0.97,
        completeness=0.99,
        model="change_point",
        method="baseline",
        verdict=Verdict.VERIFIED,
        reasons=(),
        uncertainty_ratio=0.07,
    )
    return Evidence(
        option="C",
        target="site",
        baseline_from_ns=END - 60 * _DAY,
        baseline_to_ns=END - 29 * _DAY,
        from_ns=END - 29 * _DAY,
        to_ns=END - 2 * _DAY,
        days=27.0,
        days_needed=14.0,
        report=report,
        money=Saved(value=240.0, low=215.0, high=265.0),
        currency="CNY",
        carbon_kg=Saved(value=250.0, low=215.0, high=285.0),
    )


def commitments() -> Commitments:
    """Return promises that are kept, missed, changed after the mid-term and not metered, and two remarks."""
    plan = Target(kpi="pue", by=dt.date(2026, 12, 31), author="李工", date=dt.date(2025, 10, 8), most=1.3)
    return Commitments(
        schema=1,
        industry="有色金属",
        plan="建设方案 2025-10",
        mid_term=dt.date(2026, 2, 10),
        baseline=Baseline(
            start=dt.date(2025, 12, 1),
            end=dt.date(2025, 12, 31),
            author="李工",
            date=dt.date(2025, 10, 8),
            values={"wue": 1.9, "cue": 0.86},
            source="2024 年能源审计",
        ),
        targets=[
            msgspec.structs.replace(
                plan,
                most=1.5,
                author="王主任",
                date=dt.date(2026, 3, 1),
                changed="第二模块推迟投运",
                before=(plan,),
            ),
            Target(kpi="wue", by=dt.date(2026, 12, 31), author="李工", date=dt.date(2025, 10, 8), most=1.0),
            Target(kpi="ref", by=dt.date(2026, 12, 31), author="李工", date=dt.date(2025, 10, 8), least=30.0),
            Target(kpi="erf", by=dt.date(2026, 12, 31), author="李工", date=dt.date(2025, 10, 8), least=5.0),
        ],
        remarks=[
            RemarkAnswer(
                remark="请说明制冷系统的计量范围。",
                date=dt.date(2026, 2, 10),
                answer="已加装冷站总表。",
                answered_by="王主任",
                answered_on=dt.date(2026, 3, 1),
            ),
            RemarkAnswer(remark="余热利用尚未计量。", date=dt.date(2026, 2, 10)),
        ],
    )


def declared() -> tuple[DeclaredText, ...]:
    """Return texts for three aspects, one of them in one language only."""
    day = dt.date(2026, 4, 2)
    return (
        DeclaredText(
            aspect="application_effect",
            author="赵敏",
            date=day,
            zh="支撑 12 个行业应用。",
            en="12 applications.",
        ),
        DeclaredText(aspect="data_openness", author="赵敏", date=day, zh="开放目录 36 项。"),
        DeclaredText(aspect="security", author="Zhao Min", date=day, zh="按等保三级。", en="Level 3."),
    )


@cache
def facts(kind: ReportKind = ReportKind.ACCEPTANCE, *, simulated: bool = False) -> Facts:
    """Return the facts of the season; they are gathered once for all tests."""
    known, readings = site(simulated=simulated), history()
    return gather(
        Request(kind=kind, start_ns=START, end_ns=END, langs=("zh", "en")),
        known,
        readings,
        ledger(known, readings),
        commitments=commitments(),
        declared=declared(),
        account=(
            AccountLine(node="edge-01", sampled=90_000, stored=89_990, spooled=10, quarantined=0, dropped=0, lost=0),
            AccountLine(node="edge-02", sampled=90_000, stored=89_000, spooled=0, quarantined=3, dropped=7, lost=990),
        ),
        software="1.0.0",
        command="greendc report acceptance --period 2026-01-01/2026-03-31 --lang zh,en",
        version=2,
    )


@cache
def poor_facts(kind: ReportKind = ReportKind.ACCEPTANCE) -> Facts:
    """Return the facts of a site that met 60 % of its IT, has no other meters, no ledger and no commitments."""
    known = site()
    bare = msgspec.structs.replace(
        known, meters=[meter for meter in known.meters if meter.role in {Role.FACILITY_INPUT, Role.PDU_OUTPUT}]
    )
    silent = START + int(0.3 * (END - START)), START + int(0.7 * (END - START))
    return gather(
        Request(kind=kind, start_ns=START, end_ns=END, langs=("zh", "en")),
        bare,
        history(silent=silent),
        MemoryLedger(),
        software="1.0.0",
        command="greendc report acceptance --period 2026-01-01/2026-03-31 --lang zh,en",
        version=1,
    )
