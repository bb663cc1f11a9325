"""The telemetry that advice on supply air rests on, gathered on one grid, or what of it is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pandas as pd

from analytics.frame import mean_frame, power_frame
from analytics.inlets import inlet_keys
from analytics.kpis.side import CATEGORIES
from greendc.clock import NS_PER_HOUR
from greendc.profiles import profile, profile_names
from greendc.site import Role
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from greendc.contracts import History
    from greendc.model import SeriesKey
    from greendc.site import Meter, Site

LONGEST_NS = 30 * 24 * NS_PER_HOUR
FEWEST_STEPS = 6
_STEPS_S = (10, 60, 300, 900, 3600)
_MOST_STEPS = 3000
GOOD_COVERAGE = 0.95
SETPOINT = "supply_air_setpoint_c"
SUPPLY = "supply_air_temperature_c"
POWER = "active_power_w"
CONDENSER = "condenser_supply_temperature_c"
OUTDOOR = ("outdoor_wet_bulb_c", "outdoor_temperature_c")
DEW_POINT = "dew_point_c"


class CoolingEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Everything on one grid.

    ``frame`` has the columns ``it_w``, ``cooling_w``, ``chiller_w``, ``supply_c``, ``outdoor_c``, ``dew_point_c``,
    all NaN where not metered, and one for each inlet series; ``inlets`` names those by rack. ``coverage`` is the
    share of steps in which what advice needs is known.
    """

    frame: pd.DataFrame
    inlets: dict[str, list[str]]
    setpoints_c: dict[str, float]
    has_chiller: bool
    water_cooled: bool
    accuracy_ratio: float
    start_ns: int
    end_ns: int
    coverage: float


def gather(history: History, site: Site, now_ns: int, least_ns: int) -> CoolingEvidence | tuple[str, ...]:
    """Return the evidence of up to 30 days, or the names of what is missing (``advice.needs.*``)."""
    series = history.series(site.name)
    it, cooling = _it_meters(site), [meter for meter in site.meters if meter.role is Role.COOLING]
    chillers = _of_kind(site, series, "chiller", POWER)
    setpoints = _of_quantity(series, SETPOINT)
    supplies = _of_quantity(series, SUPPLY) or setpoints
    inlets = inlet_keys(site, series)
    wanted = {"inlets": inlets, "supply": setpoints, "it_power": it, "cooling_power": chillers or cooling}
    missing = tuple(name for name, found in wanted.items() if not found)
    if missing:
        return missing
    # The window starts where the shortest of what is needed starts.
    firsts = [history.counter(key, now_ns - LONGEST_NS, now_ns) for key in (setpoints[0], *chillers[:1])]
    firsts += [history.counter(keys[0], now_ns - LONGEST_NS, now_ns) for keys in inlets.values()]
    start_ns = max((span.first_ns for span in firsts if span is not None), default=now_ns)
    if now_ns - start_ns < least_ns:
        return ("time",)
    columns = {key.label(): key for keys in inlets.values() for key in keys}
    beside = {key.device for keys in inlets.values() for key in keys}
    dew_points = [key for key in _of_quantity(series, DEW_POINT) if key.device in beside]
    groups = {"chiller": chillers, "supply": supplies, "dew_point": dew_points}
    groups |= {"outdoor": next((found for q in OUTDOOR if (found := _of_quantity(series, q))), [])[:1]}
    columns |= {f"{name}/{key.label()}": key for name, keys in groups.items() for key in keys}
    meters = {"it_w": it, "cooling_w": cooling}
    frame = pd.DataFrame()
    # The finest grid that the readings fill: sources differ in interval, and so do the parts of one history.
    for step_s in _STEPS_S:
        if now_ns - start_ns > _MOST_STEPS * step_s * NS_PER_SECOND:
            continue
        finer = frame
        frame = _frame(history, site, columns, meters, groups, (start_ns, now_ns, step_s * NS_PER_SECOND))
        if len(frame) < FEWEST_STEPS and len(finer) > len(frame):
            frame = finer
            break
        if _coverage(frame) >= GOOD_COVERAGE:
            break
    latest = history.latest(setpoints)
    return CoolingEvidence(
        frame=frame,
        inlets={rack: [key.label() for key in keys] for rack, keys in inlets.items()},
        setpoints_c={key.device: reading.value for key, reading in latest.items() if reading.value is not None},
        has_chiller=bool(chillers),
        water_cooled=bool(_of_quantity(series, CONDENSER)),
        accuracy_ratio=max((meter.accuracy_ratio for meter in cooling), default=0.01),
        start_ns=start_ns,
        end_ns=now_ns,
        coverage=_coverage(frame),
    )


def _frame(
    history: History,
    site: Site,
    columns: Mapping[str, SeriesKey],
    meters: Mapping[str, Sequence[Meter]],
    groups: Mapping[str, Sequence[SeriesKey]],
    grid: tuple[int, int, int],
) -> pd.DataFrame:
    """Return everything on the grid (start, end, step)."""
    frame = mean_frame(history, columns, *grid).join(power_frame(history, site, meters, *grid))
    for name, keys in groups.items():
        _join_group(frame, name, keys)
    return frame


def _join_group(frame: pd.DataFrame, name: str, keys: Sequence[SeriesKey]) -> None:
    """Add one column for several series: the sum of chillers, the mean of supplies, the highest dew point."""
    parts = frame[[f"{name}/{key.label()}" for key in keys]]
    target = {"chiller": "chiller_w", "supply": "supply_c", "dew_point": "dew_point_c", "outdoor": "outdoor_c"}[name]
    if not keys:
        frame[target] = np.nan
    elif name == "chiller":
        frame[target] = parts.sum(axis=1, min_count=len(keys))
    else:
        frame[target] = parts.max(axis=1) if name == "dew_point" else parts.mean(axis=1)


def _coverage(frame: pd.DataFrame) -> float:
    power = frame["chiller_w"].notna() | frame["cooling_w"].notna()
    known = power & frame["it_w"].notna() & frame["supply_c"].notna()
    return float(known.mean()) if len(frame) else 0.0


def _it_meters(site: Site) -> list[Meter]:
    for _, role in CATEGORIES:
        found = [meter for meter in site.meters if meter.role is role]
        if found:
            return found
    return []


def _of_kind(site: Site, series: Iterable[SeriesKey], kind: str, quantity: str) -> list[SeriesKey]:
    known = set(profile_names())
    devices = {d.name for d in site.devices if d.profile in known and profile(d.profile).kind == kind}
    return [key for key in series if key.device in devices and key.quantity == quantity and not key.part]


def _of_quantity(series: Iterable[SeriesKey], quantity: str) -> list[SeriesKey]:
    return [key for key in series if key.quantity == quantity]
