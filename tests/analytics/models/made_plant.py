"""A made site whose plant follows known equations, for tests of learned models."""

from __future__ import annotations

import numpy as np

from greendc.device import DeviceEntry
from greendc.model import SeriesKey
from greendc.site import Rack, Site, SiteInfo
from tests.analytics.models.step_history import STEP_NS, StepHistory
from tests.analytics.plant import SITE, START

DAY = 288
RACKS = 8


def key(device: str, quantity: str, part: str = "") -> SeriesKey:
    """Return the key of a series of the site."""
    return SeriesKey(SITE, device, part, quantity)


def site() -> Site:
    """Return a site with a chiller, four air handlers and eight racks with environment monitors."""
    names = [f"r{i + 1:02}" for i in range(RACKS)]
    entries = [("chiller-1", "generic-chiller", "")]
    entries += [(f"crah-{i + 1}", "generic-crah", "") for i in range(4)]
    entries += [(f"env-{name}", "geist-environment", name) for name in names]
    devices = [
        DeviceEntry(name=name, profile=profile, address="snmp://127.0.0.1", rack=rack, interval_s=300.0)
        for name, profile, rack in entries
    ]
    racks = [Rack(name=name, room="") for name in names]
    return Site(info=SiteInfo(name=SITE, timezone="Asia/Shanghai"), racks=racks, devices=devices)


def chiller(history: StepHistory, days: int, *, seed: int = 1, extra_w: float = 0.0, first_day: int = 0) -> None:
    """Add days of a chiller: power = 2000 W + 0.2 load + 150 W/K condenser, 10 W of noise, and ``extra_w``."""
    rng = np.random.default_rng(seed + first_day)
    count = days * DAY
    angle = 2.0 * np.pi * np.arange(count) / DAY
    load = 40_000.0 + 10_000.0 * np.sin(angle) + rng.normal(0.0, 500.0, count)
    condenser = 24.0 + 3.0 * np.cos(angle) + rng.normal(0.0, 0.3, count)
    power = 2000.0 + 0.2 * load + 150.0 * condenser + rng.normal(0.0, 10.0, count) + extra_w
    start_ns = START + first_day * DAY * STEP_NS
    for quantity, values in (
        ("active_power_w", power),
        ("cooling_power_w", load),
        ("condenser_supply_temperature_c", condenser),
        ("supply_water_temperature_c", np.full(count, 12.0)),
    ):
        history.put(key("chiller-1", quantity), start_ns, values)
