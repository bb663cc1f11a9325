"""A small site with a day of history, made without any device: what the pages are tested on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from analytics.advice import Recommendation, Spread
from analytics.advice.recommendation import Check
from analytics.alarms import Alarm, acknowledge
from analytics.alarms.transition import SYSTEM
from analytics.figures import Window, window_span
from analytics.figures.rolling import note
from analytics.kpis import compute as figures_of
from analytics.kpis import first_metered_ns
from analytics.kpis.calendar import local_day
from analytics.quality import keep, note_of, quality_of_day
from greendc.contracts import Event
from greendc.ledger import SqliteLedger
from greendc.model import Batch, Principal, Quality, Reading
from greendc.site import read_site
from greendc.storage import open_store
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from pathlib import Path

SITE = "test-room"
SITE_TOML = """
schema = 1

[site]
name = "test-room"
title_zh = "测试机房"
title_en = "Test room"
timezone = "Asia/Shanghai"
simulated = true

[tariff]
currency = "CNY"
price_per_kwh = 0.55

[credentials.lab]
kind = "snmp-v2c"
community = "lab"

[[rooms]]
name = "room-1"

[[racks]]
name = "r01"
room = "room-1"

[[racks]]
name = "r02"
room = "room-1"

[[devices]]
name = "meter-main"
profile = "schneider-iem3000"
address = "modbus://127.0.0.1:1502?unit=1"

[[devices]]
name = "meter-mech"
profile = "eastron-sdm630"
address = "modbus://127.0.0.1:1502?unit=2"

[[devices]]
name = "pdu-r01-a"
profile = "apc-rpdu2"
address = "snmp://127.0.0.1:1161"
credential = "lab"
rack = "r01"

[[devices]]
name = "env-r01"
profile = "geist-environment"
address = "snmp://127.0.0.1:1162"
credential = "lab"
rack = "r01"

[[devices]]
name = "env-r02"
profile = "geist-environment"
address = "snmp://127.0.0.1:1163"
credential = "lab"
rack = "r02"

[[meters]]
role = "facility_input"
device = "meter-main"
accuracy_ratio = 0.005

[[meters]]
role = "cooling"
device = "meter-mech"

[[meters]]
role = "pdu_output"
device = "pdu-r01-a"

[[edge_nodes]]
name = "edge-01"
title_zh = "边缘站点 01"
title_en = "Edge site 01"
devices = ["edge-01-meter"]
"""
EMPTY_TOML = """
schema = 1

[site]
name = "test-room"
title_zh = "测试机房"
title_en = "Test room"
timezone = "Asia/Shanghai"
"""

IT_W, COOLING_W, OTHER_W = 60_000.0, 22_000.0, 6_000.0
STEP_S = 60
GAP_H = (10.0, 9.0)
"""A hole in the facility meter's history, in hours before the end."""


def write_site(folder: Path, text: str = SITE_TOML) -> Path:
    """Write the site file and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "site.toml"
    path.write_text(text, "utf-8")
    return path


def instant(time_ns: int, begin_ns: int) -> list[Reading]:
    """Return one reading of every point; the counters count from ``begin_ns``."""
    seconds = (time_ns - begin_ns) / NS_PER_SECOND
    swing = math.sin(time_ns / NS_PER_SECOND / 7000)
    wobble = math.sin(time_ns / NS_PER_SECOND / 3)
    it = IT_W * (1 + 0.1 * swing + 0.01 * wobble)
    cooling = COOLING_W * (1 + 0.15 * swing)
    inlet = 22.5 + 1.5 * swing
    whole = it + cooling + OTHER_W
    mean = IT_W + COOLING_W + OTHER_W
    facts: list[tuple[str, str, str, float]] = [
        ("meter-main", "", "active_power_w", whole),
        ("meter-main", "", "active_energy_j", 4e12 + mean * seconds),
        ("meter-mech", "", "active_power_w", cooling),
        ("meter-mech", "", "active_energy_j", 9e11 + COOLING_W * seconds),
        ("pdu-r01-a", "", "active_power_w", it),
        ("pdu-r01-a", "", "active_energy_j", 2e12 + IT_W * seconds),
        ("env-r01", "remote/1", "air_temperature_c", inlet),
        ("env-r02", "remote/3", "air_temperature_c", inlet + 6.2),
        ("edge-01-meter", "", "active_power_w", 2_400.0),
        ("edge-01", "", "spool_rows", 12.0),
    ]
    return [
        Reading(time_ns=time_ns, site=SITE, device=device, part=part, quantity=quantity, value=value)
        for device, part, quantity, value in facts
    ]


def fill(data_dir: Path, end_ns: int, hours: float = 24.0) -> None:
    """Write a history that ends at ``end_ns``, with a hole and one sensor that gives no value."""
    begin_ns = end_ns - round(hours * 3600) * NS_PER_SECOND
    batch = Batch()
    for time_ns in range(begin_ns, end_ns + 1, STEP_S * NS_PER_SECOND):
        before_h = (end_ns - time_ns) / NS_PER_SECOND / 3600
        for reading in instant(time_ns, begin_ns):
            if reading.device == "meter-main" and GAP_H[1] < before_h < GAP_H[0]:
                continue
            batch.append(reading)
    batch.append(
        Reading(
            time_ns=end_ns,
            site=SITE,
            device="env-r02",
            part="internal/1",
            quantity="dew_point_c",
            value=None,
            quality=Quality.BAD,
            reason="not_available",
        )
    )
    store = open_store("embedded", data_dir)
    store.write_batch(batch)
    store.close()


def compute(path: Path, data_dir: Path, now_ns: int) -> None:
    """Put the rolling figures and the data quality of a site into the ledger, as the service would."""
    site = read_site(path)
    store, ledger = open_store("embedded", data_dir), SqliteLedger(data_dir / "ledger.sqlite")
    for window in Window:
        start_ns, end_ns = window_span(site, window, now_ns)
        first_ns = first_metered_ns(store, site, start_ns, end_ns)
        note(ledger, window, figures_of(store, site, first_ns or start_ns, end_ns), now_ns)
    keep(ledger, note_of(quality_of_day(store, site, local_day(site, now_ns), now_ns), now_ns))
    store.close()
    ledger.close()


def raise_alarms(data_dir: Path, now_ns: int) -> None:
    """Put two alarms into the ledger, one of them acknowledged."""
    ledger = SqliteLedger(data_dir / "ledger.sqlite")
    for rack, kind, priority, value, limit in (
        ("r02", "recommended", "medium", 28.7, 27.0),
        ("r01", "allowable", "high", 31.9, 29.0),
    ):
        alarm = Alarm(
            id=f"rack_inlet/{rack}",
            rule="rack_inlet",
            kind=kind,
            priority=priority,
            place=rack,
            device=f"env-{rack}",
            part="remote/3",
            quantity="air_temperature_c",
            value=value,
            unit="Cel",
            limit=limit,
            since_ns=now_ns - 240 * NS_PER_SECOND,
            raised_ns=now_ns,
        )
        body = msgspec.json.encode(alarm).decode()
        ledger.append(Event(time_ns=now_ns, kind="alarm.raised", subject=alarm.id, principal=SYSTEM, body=body))
    acknowledge(ledger, "rack_inlet/r02", Principal(name="operator", role="operator"), now_ns, "seen")
    ledger.close()


def propose_advice(data_dir: Path, now_ns: int) -> None:
    """Put one advice into the ledger."""
    margins = {"rack": "r02", "now": "27.6", "then": "29.1", "limit": "32.0", "margin": "2.9"}
    item = Recommendation(
        id="supply_air/crah",
        advisor="supply_air",
        actuator="crah-1, crah-2",
        change_from=18.0,
        change_to=20.0,
        unit="Cel",
        steps=(19.0, 20.0),
        energy_kwh=Spread(p10=4_100.0, p50=9_800.0, p90=15_300.0),
        money=Spread(p10=2_255.0, p50=5_390.0, p90=8_415.0),
        currency="CNY",
        carbon_kg=Spread(p10=410.0, p50=980.0, p90=1_530.0),
        carbon_source="",
        guards=(
            Check(key="envelope", status="passed", params=margins),
            Check(key="rate", status="passed", params={"rate": "1"}),
            Check(key="one_unit_off", status="not_evaluable", params={"limit": "32.0"}),
        ),
        preconditions=(Check(key="cure_inlet", status="failed", params={"racks": "r01"}),),
        coefficients=(),
        evidence_from_ns=now_ns - 24 * 3600 * NS_PER_SECOND,
        evidence_to_ns=now_ns,
        evidence_coverage=1.0,
        seed=1,
        proposed_ns=now_ns,
    )
    ledger = SqliteLedger(data_dir / "ledger.sqlite")
    body = msgspec.json.encode(item).decode()
    ledger.append(Event(time_ns=now_ns, kind="advice.proposed", subject=item.id, principal=SYSTEM, body=body))
    ledger.close()
