"""What the rules of one tick look at: the series of the site by role, read from the store at once and shared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar, cast

import msgspec
import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.middle import middle
from analytics.counters import Floats, Times
from analytics.inlets import inlet_keys
from analytics.points import NOTHING, Points, known, runs
from greendc.clock import NS_PER_HOUR
from greendc.model import SeriesKey
from greendc.profiles import profile, profile_names
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from greendc.contracts import History
    from greendc.device import DeviceEntry
    from greendc.site import Site


T = TypeVar("T")
READINGS_NS = 20 * 60 * NS_PER_SECOND
MINUTE_NS = 60 * NS_PER_SECOND
STEP_NS = 300 * NS_PER_SECOND
GRIDS = {View.MINUTES: (MINUTE_NS, 90), View.STEPS: (STEP_NS, 48), View.HOURS: (NS_PER_HOUR, 21 * 24)}
"""How long a step of each grid is, and how many steps it looks back."""
LATE_STEPS = 3
"""So many steps are read again when there is a new one, for readings that came late."""
FRESH_NS = 900 * NS_PER_SECOND
"""A series whose newest value is older than that is not judged."""


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """Means of series in steps: ``times_ns`` are the steps' starts, a step without a value is NaN."""

    times_ns: Times
    step_ns: int
    columns: Mapping[SeriesKey, Floats]

    def of(self, key: SeriesKey | None) -> Floats:
        """Return a series, NaN throughout when there is none."""
        found = None if key is None else self.columns.get(key)
        return np.full(len(self.times_ns), np.nan) if found is None else found

    def points(self, values: Floats) -> Points:
        """Return what is known of values on the grid; a step's value counts from its end on."""
        usable = ~np.isnan(values)
        return Points(time_ns=self.times_ns[usable] + self.step_ns, values=values[usable])


class Memory:
    """Keeps the grids between ticks: a step or an hour that is over does not change."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._grids: dict[View, Grid] = {}
        self._found: dict[str, tuple[list[Grid], list[object]]] = {}

    def found(self, rule: str, grids: list[Grid], make: Callable[[], Iterable[T]]) -> list[T]:
        """Return what a rule made of grids, made anew when one of them is another one."""
        kept = self._found.get(rule)
        if kept is None or any(one is not other for one, other in zip(kept[0], grids, strict=True)):
            kept = self._found[rule] = (grids, list(make()))
        return cast("list[T]", kept[1])

    def grid(self, view: View, history: History, keys: Collection[SeriesKey], now_ns: int) -> Grid:
        """Return the grid up to the last step that is over.

        Of a grid that is known only the steps that are new, and the few before them that may have been late, are read.
        """
        step_ns, steps = GRIDS[view]
        end_ns = now_ns // step_ns * step_ns
        times_ns = np.arange(end_ns - steps * step_ns, end_ns, step_ns, dtype=np.int64)
        kept = self._grids.get(view)
        if kept is not None and kept.times_ns[-1] == times_ns[-1] and kept.columns.keys() >= set(keys):
            return kept
        columns = {key: np.full(steps, np.nan) for key in keys}
        first = 0
        if kept is not None and kept.columns.keys() >= set(keys):
            moved = int(times_ns[0] - kept.times_ns[0]) // step_ns
            if 0 < moved < steps - LATE_STEPS:
                first = steps - moved - LATE_STEPS
                for key, column in columns.items():
                    column[:first] = kept.columns[key][moved : moved + first]
        _fill(history, columns, times_ns[first:], first)
        kept = self._grids[view] = Grid(times_ns=times_ns, step_ns=step_ns, columns=columns)
        return kept


class Board:
    """The site's series by device, kind and quantity, and their values as rules look at them."""

    def __init__(
        self, history: History, site: Site, now_ns: int, needs: Iterable[Need], memory: Memory | None = None
    ) -> None:
        """Take what rules need; nothing is read before a rule asks for it, and then for all rules."""
        self.site = site
        self.now_ns = now_ns
        self.kinds = {device.name: _kind(device.profile) for device in site.devices}
        self._devices = {device.name: device for device in site.devices}
        self._history = history
        self._needs = tuple(needs)
        self._memory = memory or Memory()
        self._by_device: dict[tuple[str, str], list[SeriesKey]] = {}
        self._by_quantity: dict[str, list[SeriesKey]] = {}
        for key in history.series(site.name):
            self._by_device.setdefault((key.device, key.quantity), []).append(key)
            self._by_quantity.setdefault(key.quantity, []).append(key)
        self._readings: dict[SeriesKey, Points] | None = None
        self._grids: dict[View, Grid] = {}
        self._medians: dict[tuple[str, View], Floats] = {}

    def devices(self, *kinds: str) -> list[DeviceEntry]:
        """Return the site's devices of some kinds."""
        return [device for device in self.site.devices if self.kinds[device.name] in kinds]

    def place(self, device: str) -> str:
        """Return where a device stands: its rack, else itself."""
        entry = self._devices.get(device)
        return (entry.rack if entry else "") or device

    def device(self, name: str) -> DeviceEntry | None:
        """Return a device of the site file; None for one that an edge node has."""
        return self._devices.get(name)

    def alike(self, one: str, other: str) -> bool:
        """Tell whether two devices are of the same profile."""
        return self._devices[one].profile == self._devices[other].profile

    def key(self, device: str, quantity: str, part: str = "") -> SeriesKey | None:
        """Return a series that the store knows, or None."""
        return next((key for key in self._by_device.get((device, quantity), ()) if key.part == part), None)

    def parts(self, device: str, quantity: str, prefix: str = "") -> list[SeriesKey]:
        """Return the series of all parts of a device whose name begins with ``prefix``."""
        return [key for key in self._by_device.get((device, quantity), ()) if key.part.startswith(prefix)]

    def all(self, quantity: str) -> list[SeriesKey]:
        """Return every series of a quantity."""
        return self._by_quantity.get(quantity, [])

    def missing(self, device: str, *quantities: str) -> tuple[str, ...]:
        """Return which quantities a device does not have."""
        return tuple(quantity for quantity in quantities if (device, quantity) not in self._by_device)

    def readings(self, key: SeriesKey | None) -> Points:
        """Return the known readings of the last `READINGS_NS`."""
        if self._readings is None:
            start_ns = self.now_ns - READINGS_NS
            self._readings = known(self._history, self._wanted(View.READINGS), start_ns, self.now_ns + 1)
        return NOTHING if key is None else self._readings.get(key, NOTHING)

    def minutes(self, key: SeriesKey | None) -> Floats:
        """Return means of a minute over the last one and a half hours."""
        return self.grid(View.MINUTES).of(key)

    def steps(self, key: SeriesKey | None) -> Floats:
        """Return means of 5 min over the last hours."""
        return self.grid(View.STEPS).of(key)

    def hours(self, key: SeriesKey | None) -> Floats:
        """Return means of an hour over the last weeks."""
        return self.grid(View.HOURS).of(key)

    def rack_median(self, quantity: str, view: View) -> Floats:
        """Return the median inlet of all racks at each step of a view: what they have in common."""
        if (quantity, view) not in self._medians:
            inlets = inlet_keys(self.site, self.all(quantity))
            rows = [self.grid(view).of(key) for keys in inlets.values() for key in keys]
            self._medians[quantity, view] = middle(rows, len(self.grid(view).times_ns))
        return self._medians[quantity, view]

    def points(self, steps: Floats) -> Points:
        """Return what is known of values in steps of 5 min."""
        return self.grid(View.STEPS).points(steps)

    def grid(self, view: View) -> Grid:
        """Return the grid of a view."""
        if view not in self._grids:
            self._grids[view] = self._memory.grid(view, self._history, self._wanted(view), self.now_ns)
        return self._grids[view]

    def once(self, rule: str, views: Iterable[View], make: Callable[[], Iterable[T]]) -> list[T]:
        """Return what a rule makes of grids alone; between two ticks it is the same while the grids are."""
        return self._memory.found(rule, [self.grid(view) for view in views], make)

    def _wanted(self, view: View) -> list[SeriesKey]:
        found: dict[SeriesKey, None] = {}
        for need in self._needs:
            if view in need.views:
                for quantity in need.quantities:
                    for key in self.all(quantity):
                        if self._fits(need, key):
                            found[key] = None
        return list(found)

    def _fits(self, need: Need, key: SeriesKey) -> bool:
        of_kind = not need.kinds or self.kinds.get(key.device, "") in need.kinds
        return of_kind and key.part.startswith(need.prefix) and not (need.main and key.part)


def _kind(name: str) -> str:
    return profile(name).kind if name in profile_names() else ""


def _fill(history: History, columns: Mapping[SeriesKey, Floats], times_ns: Times, first: int) -> None:
    """Read the steps at ``times_ns`` into the columns, from position ``first`` on."""
    wanted = sorted(columns)
    if not wanted:
        return
    start_ns, step_ns = int(times_ns[0]), int(times_ns[1] - times_ns[0])
    table = history.aggregated(wanted, start_ns, int(times_ns[-1]) + step_ns, step_ns)
    at_ns = np.asarray(table.column("time_ns").to_numpy(), dtype=np.int64)
    mean = np.asarray(table.column("mean").to_numpy(), dtype=np.float64)
    for key, rows in runs(table, wanted).items():
        columns[key][first + (at_ns[rows] - start_ns) // step_ns] = mean[rows]
