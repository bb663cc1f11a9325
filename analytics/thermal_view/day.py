"""The last day of every air sensor in quarters of an hour, and its newest reading: one query for all that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.counters import Floats, Times
from analytics.envelope import InletLimits, envelopes, inlet_limits
from analytics.inlets import QUANTITY, outlet_keys
from analytics.kpis.air import RCI_HIGH, RCI_LOW
from analytics.kpis.air_management import RTI
from analytics.kpis.kind import Period
from analytics.overview import Figure
from analytics.overview.pulse import device_names, take_pulse
from analytics.points import runs
from analytics.result import KpiResult
from greendc.clock import NS_PER_HOUR
from greendc.device import Height
from greendc.model import SeriesKey
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from greendc.contracts import History
    from greendc.site import Site

STEP_NS = 900 * NS_PER_SECOND
BACK_STEPS = 96
"""So many steps back the page goes."""
HOUR_STEPS = NS_PER_HOUR // STEP_NS
FIGURES = (RCI_HIGH, RCI_LOW, RTI)


class Sensor(msgspec.Struct, frozen=True, kw_only=True):
    """One air sensor [degree Celsius]. ``rack`` is empty where the site file does not say, ``height`` None.

    ``behind`` says that it hangs behind the rack. ``now`` is its newest reading, ``steps`` the mean of each step of the
    day, not a number where nothing is known.
    """

    key: SeriesKey
    rack: str
    height: Height | None
    behind: bool
    now: Figure
    steps: Floats


class ThermalDay(msgspec.Struct, frozen=True, kw_only=True):
    """All sensors; ``steps_ns`` are the starts of the steps, the last of which is over."""

    now_ns: int
    steps_ns: Times
    sensors: tuple[Sensor, ...]
    limits: InletLimits
    change_k_per_h: float

    def moments(self) -> list[int]:
        """Return the instants that can be looked at, each the end of a step, oldest first."""
        return [int(start_ns) + STEP_NS for start_ns in self.steps_ns[-BACK_STEPS:]]


def thermal_day(history: History, site: Site, now_ns: int) -> ThermalDay:
    """Return what the air sensors of a site read in the last day and read now.

    Raises:
        StoreAway, StoreRefused: the store cannot be read.
    """
    known = set(device_names(site))
    keys = [key for key in history.series(site.name, quantity=QUANTITY) if key.device in known]
    end_ns = now_ns // STEP_NS * STEP_NS
    # An hour more, so that the first step has a trend too.
    steps_ns = end_ns - STEP_NS * np.arange(BACK_STEPS + HOUR_STEPS, 0, -1, dtype=np.int64)
    means = _means(history, keys, steps_ns)
    pulse = take_pulse(history, site, now_ns, keys)
    devices = {device.name: device for device in site.devices}
    behind = {key for found in outlet_keys(site, keys).values() for key in found}
    sensors = []
    for key in keys:
        device = devices.get(key.device)
        sensors.append(
            Sensor(
                key=key,
                rack=device.rack if device else "",
                height=device.heights.get(key.part) if device else None,
                behind=key in behind,
                now=pulse.figure(key, "Cel"),
                steps=means.get(key, np.full(len(steps_ns), np.nan)),
            )
        )
    return ThermalDay(
        now_ns=now_ns,
        steps_ns=steps_ns,
        sensors=tuple(sensors),
        limits=inlet_limits(site.info.altitude_m, site.info.equipment_class),
        change_k_per_h=envelopes().change.disk_k_per_h,
    )


def air_figures(history: History, site: Site, end_ns: int) -> tuple[KpiResult, ...]:
    """Return RCI_HI, RCI_LO and RTI over the hour that ends at ``end_ns``.

    Raises:
        StoreAway, StoreRefused: the store cannot be read.
    """
    period = Period(history, site, end_ns - NS_PER_HOUR, end_ns)
    made = [kpi.compute(period) for kpi in FIGURES]
    return tuple(one for one in made if isinstance(one, KpiResult))


def _means(history: History, keys: list[SeriesKey], steps_ns: Times) -> dict[SeriesKey, Floats]:
    if not keys:
        return {}
    table = history.aggregated(keys, int(steps_ns[0]), int(steps_ns[-1]) + STEP_NS, STEP_NS)
    place = (np.asarray(table.column("time_ns").to_numpy(), dtype=np.int64) - steps_ns[0]) // STEP_NS
    mean = np.asarray(table.column("mean").to_numpy(), dtype=np.float64)
    found = {}
    for key, rows in runs(table, keys).items():
        steps = np.full(len(steps_ns), np.nan)
        steps[place[rows]] = mean[rows]
        found[key] = steps
    return found
