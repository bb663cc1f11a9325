"""A small room with racks, cooling and meters in a store, for tests of alarms, advice and reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greendc.device import DeviceEntry
from greendc.model import SeriesKey
from greendc.site import Meter, Rack, Role, Site, SiteInfo, Tariff
from tests.analytics.plant import MINUTE, SITE, START

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.analytics.memory_history import MemoryHistory

ALTITUDE_M = 1890.0
STEP = 5 * MINUTE // 60


def entry(name: str, profile: str, rack: str = "") -> DeviceEntry:
    """Return a device that nobody reads."""
    return DeviceEntry(name=name, profile=profile, address="snmp://127.0.0.1", rack=rack, interval_s=5.0)


def room(racks: int = 3, *, simulated: bool = False) -> Site:
    """Return a site with racks, an environment monitor in each, one cooling unit, one chiller and its meters."""
    names = [f"r{i + 1:02}" for i in range(racks)]
    return Site(
        info=SiteInfo(
            name=SITE,
            title_zh="试验室",
            timezone="Asia/Shanghai",
            region="CN-YN",
            altitude_m=ALTITUDE_M,
            simulated=simulated,
        ),
        racks=[Rack(name=name) for name in names],
        devices=[
            *(entry(f"env-{name}", "geist-environment", name) for name in names),
            entry("crah-1", "generic-crah"),
            entry("chiller-1", "generic-chiller"),
            entry("main", "schneider-iem3000"),
            entry("pdu", "eastron-sdm630"),
            entry("mech", "eastron-sdm630"),
        ],
        meters=[
            Meter(role=Role.FACILITY_INPUT, device="main", accuracy_ratio=0.005),
            Meter(role=Role.PDU_OUTPUT, device="pdu"),
            Meter(role=Role.COOLING, device="mech"),
        ],
        tariff=Tariff(price_per_kwh=0.5),
    )


def inlet(rack: str, probe: str = "remote/1") -> SeriesKey:
    """Return the key of an inlet probe of a rack."""
    return SeriesKey(SITE, f"env-{rack}", probe, "air_temperature_c")


def steady(
    history: MemoryHistory,
    values: Mapping[SeriesKey, float],
    *,
    seconds: int = 600,
    start_ns: int = START,
) -> int:
    """Add a reading of each value each 5 s; return the time of the last one."""
    times = [start_ns + i * STEP for i in range(seconds // 5 + 1)]
    for key, value in values.items():
        history.add(key, times, [value] * len(times))
    return times[-1]
