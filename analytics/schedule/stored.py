"""The battery that stands in a site: as its site file declares it, else as its own readings show it.

Its charge moves by ``d soc = eta_c E_in / C`` and ``d soc = - E_out / (eta_d C)``; with both ways alike the sums over
the evidence give capacity and efficiency. Power and limits are those it was seen to use, so that what an operator keeps
in it stays there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.counters import Floats
from analytics.flows import Flows, charge_series, kilowatts, means_of
from analytics.schedule.battery import Battery
from analytics.schedule.declared import declared_battery
from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.contracts import History
    from greendc.model import SeriesKey
    from greendc.site import Site

LEAST_CYCLES = 1.0
"""So many times its range has to be moved before the readings tell what a battery holds."""
HIGH = 0.98
IDLE_SHARE = 0.02
EFFICIENCY = (0.5, 1.0)
DAY_H = 24.0
ONE_CYCLE = 1.0
AGED = 0.1
"""So much less than declared is more than the readings err."""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A battery with what it did: ``soc`` [n] and ``power_kw`` [n], positive while it gives.

    ``declared`` says that the site file gives its numbers. ``cycles`` are those of a day, of what may be used.
    ``lost`` is the share of its declared capacity that its readings no longer show.
    """

    device: str
    battery: Battery
    declared: bool
    soc: Floats
    power_kw: Floats
    cycles: float
    lost: float = 0.0


def stored(history: History, site: Site, series: Sequence[SeriesKey], flows: Flows) -> Stored | None:
    """Return the site's battery at the start of known flows, None where nothing tells what it holds.

    Raises:
        StoreAway, StoreRefused: the store cannot be read.
    """
    power_kw = kilowatts(flows.storage_w)
    key = charge_series(series, site)
    soc = np.full(len(flows.time_ns), np.nan)
    if key is not None:
        soc = means_of(history, key, flows.time_ns, flows.step_ns)
    known = soc[np.isfinite(soc)]
    step_h = flows.step_ns / NS_PER_HOUR
    entry, seen = site.battery, battery_seen(soc, power_kw, step_h)
    lost = 0.0
    if entry is not None:
        lost = 0.0 if seen is None else max(0.0, 1.0 - seen.capacity_kwh / entry.capacity_kwh)
        # A battery that has aged is planned with what is left of it.
        left = entry if lost < AGED else msgspec.structs.replace(entry, capacity_kwh=entry.capacity_kwh * (1.0 - lost))
        battery = declared_battery(left, float(known[0]) if len(known) else None)
    elif seen is not None:
        battery = seen
    else:
        return None
    given = float(np.nansum(np.clip(power_kw, 0.0, None))) * step_h
    days = max(float(np.isfinite(power_kw).sum()) * step_h / DAY_H, 1e-9)
    cycles = given / max(battery.usable_kwh, 1e-9) / days
    if battery.cycles_per_day is None:
        # Wear that nobody declared is not made greater than a battery's usual day.
        battery = msgspec.structs.replace(battery, cycles_per_day=max(ONE_CYCLE, cycles))
    if len(known):
        last = float(known[-1]) * battery.capacity_kwh
        battery = msgspec.structs.replace(battery, end_kwh=max(battery.floor_kwh, min(last, battery.ceiling_kwh)))
    name = key.device if key is not None else "battery"
    return Stored(
        device=name,
        battery=battery,
        declared=entry is not None,
        soc=soc,
        power_kw=power_kw,
        cycles=cycles,
        lost=lost if lost >= AGED else 0.0,
    )


def battery_seen(soc: Floats, power_kw: Floats, step_h: float) -> Battery | None:
    """Return the battery that a state of charge [0..1] and a power [kW, + gives] show; None where they show none."""
    if np.isfinite(soc).sum() < 2:  # noqa: PLR2004 (a change lies between two)
        return None
    moved = (power_kw[1:] + power_kw[:-1]) / 2.0 * step_h
    changed = np.diff(soc)
    known = np.isfinite(moved) & np.isfinite(changed)
    idle = IDLE_SHARE * float(np.nanmax(np.abs(power_kw), initial=0.0)) * step_h
    taking, giving = known & (moved < -idle), known & (moved > idle)
    rise, fall = float(changed[taking].sum()), -float(changed[giving].sum())
    low, high = float(np.nanmin(soc)), float(np.nanmax(soc))
    if high <= low or min(rise, fall) < LEAST_CYCLES * (high - low):
        return None
    by_taken, by_given = rise / -float(moved[taking].sum()), fall / float(moved[giving].sum())
    one_way = float(np.clip(by_taken / by_given, *EFFICIENCY)) ** 0.5
    capacity = one_way / by_taken
    powers = power_kw[np.isfinite(power_kw)]
    return Battery(
        capacity_kwh=capacity,
        charge_kw=float(np.quantile(-powers[powers < 0], HIGH)),
        discharge_kw=float(np.quantile(powers[powers > 0], HIGH)),
        start_kwh=float(soc[np.isfinite(soc)][0]) * capacity,
        charge_efficiency=one_way,
        discharge_efficiency=one_way,
        least_share=low,
        most_share=high,
    )
