"""What the meters gave in each month of a report, as hashes: which readings there were, without the readings.

A hash is over the hours of a month: the time of each, how many readings it has and how many with a value, the least,
greatest, first and last value. So it is the same before and after the store summed its readings up.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.points import SERIES_AT_ONCE, runs
from analytics.storage_flow import TAKEN
from greendc.clock import NS_PER_HOUR
from greendc.model import SeriesKey
from greendc.site import Role

if TYPE_CHECKING:
    import pyarrow as pa

    from analytics.reports.facts import Facts
    from greendc.contracts import History
    from greendc.site import Site

_INTEGERS, _VALUES = ("time_ns", "count", "known"), ("min", "max", "first", "last")


class MonthInput(msgspec.Struct, frozen=True, kw_only=True):
    """What one series gave in a month: the roles of its meter, how many readings, the first and the last known value.

    Values are in the quantity's stored unit and before any factor, None where none is known.
    """

    roles: str
    device: str
    part: str
    quantity: str
    month: str
    readings: int
    first: float | None
    last: float | None
    sha256: str


def inputs_of(history: History, site: Site, facts: Facts) -> list[MonthInput]:
    """Return what each metered series gave in each month of a report, by month, device, part and quantity.

    Raises:
        StoreAway, StoreRefused: the store cannot be read.
    """
    roles = _roles(site)
    keys = sorted(roles)
    found = []
    for month in facts.months:
        for at in range(0, len(keys), SERIES_AT_ONCE):
            some = keys[at : at + SERIES_AT_ONCE]
            table = history.aggregated(some, month.start_ns, month.end_ns, NS_PER_HOUR)
            for key, rows in runs(table, some).items():
                hours = table.slice(rows.start, rows.stop - rows.start)
                found.append(_input(key, ",".join(sorted(roles[key])), month.name, hours))
    return sorted(found, key=lambda one: (one.month, one.device, one.part, one.quantity))


def _roles(site: Site) -> dict[SeriesKey, set[str]]:
    found: dict[SeriesKey, set[str]] = {}
    for meter in site.meters:
        taken = TAKEN.get(meter.energy, "") if meter.role is Role.STORAGE else ""
        for quantity in filter(None, (meter.energy, taken, meter.power)):
            key = SeriesKey(site.name, meter.device, meter.part, quantity)
            found.setdefault(key, set()).add(meter.role.value)
    return found


def _input(key: SeriesKey, roles: str, month: str, hours: pa.Table) -> MonthInput:
    hashed = hashlib.sha256()
    for name in _INTEGERS:
        hashed.update(hours.column(name).to_numpy().astype("<i8").tobytes())
    columns = {name: hours.column(name).to_numpy().astype("<f8") for name in _VALUES}
    for values in columns.values():
        # One way to write an unknown value, and one to write zero.
        hashed.update((np.where(np.isnan(values), np.nan, values) + 0.0).tobytes())
    firsts, lasts = (columns[name][~np.isnan(columns[name])] for name in ("first", "last"))
    return MonthInput(
        roles=roles,
        device=key.device,
        part=key.part,
        quantity=key.quantity,
        month=month,
        readings=int(hours.column("count").to_numpy().sum()),
        first=float(firsts[0]) if len(firsts) else None,
        last=float(lasts[-1]) if len(lasts) else None,
        sha256=hashed.hexdigest(),
    )
