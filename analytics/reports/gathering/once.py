"""The meters and sensors of a report's whole period, each read once: its months are cut out of what was read."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from analytics.curve import EnergyCurve
from analytics.energy import best_curve, is_enough, parts_of, power_curve, register_curve
from analytics.figures.tracing import TracedPeriod
from analytics.frame import METERS_AT_ONCE, frame_of
from analytics.kpis.kind import Period
from analytics.points import NOTHING, Points, counter_points, gauge_points
from greendc.model import SeriesKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from analytics.counters import Times
    from analytics.energy import MeterCurve
    from greendc.contracts import History
    from greendc.site import Meter, Site

_Named: TypeAlias = tuple[str, str, str, str, float]


class _Register(msgspec.Struct, frozen=True, kw_only=True):
    points: Points
    curve: EnergyCurve


class ReadOnce:
    """Registers and powers of meters from [start_ns, end_ns), each asked of the store when it is first needed."""

    def __init__(self, history: History, site: Site, start_ns: int, end_ns: int) -> None:
        """Take what to read and when."""
        self._history = history
        self._site = site
        self._window = start_ns, end_ns
        self._registers: dict[_Named, _Register] = {}
        self._powers: dict[_Named, _Register] = {}
        self._times: dict[bytes, Times] = {}

    def curves(
        self, site: Site, meters: Sequence[Meter], start_ns: int, end_ns: int, fine_ns: int | None = None
    ) -> list[MeterCurve]:
        """Return what `analytics.energy.meter_curves` would for a window within the whole one.

        Raises:
            StoreAway, StoreRefused: the store cannot be read.
        """
        parts = parts_of(site, meters, start_ns, end_ns)
        self._read_registers([meter for meter, _ in parts])
        share = 1.0 if fine_ns is None else min(1.0, fine_ns / (end_ns - start_ns))
        poor = [
            meter
            for meter, window in parts
            if not is_enough(self._register(meter).curve.within(*window), meter, window, share)
        ]
        self._read_powers(poor)
        wanting = {_named(meter) for meter in poor}
        return [self._best(meter, window, share, helped=_named(meter) in wanting) for meter, window in parts]

    @contextmanager
    def for_now(self) -> Iterator[None]:
        """Let go afterwards of what is read meanwhile of powers."""
        kept = dict(self._powers)
        try:
            yield
        finally:
            self._powers = kept

    def _best(self, meter: Meter, window: tuple[int, int], share: float, *, helped: bool) -> MeterCurve:
        register = self._register(meter)
        power = self._powers[_named(meter)] if helped else _power(meter, NOTHING)
        chosen = best_curve(meter, window, register.curve.within(*window), power.curve.within(*window), share)
        return msgspec.structs.replace(chosen, register=register.points, power=power.points)

    def _register(self, meter: Meter) -> _Register:
        return self._registers[_named(meter)]

    def _read_registers(self, meters: Iterable[Meter]) -> None:
        new = {_named(meter): meter for meter in meters if _named(meter) not in self._registers}
        found = counter_points(self._history, self._keys(new.values(), "energy"), *self._window)
        for name, meter in new.items():
            points = found.pop(self._key(meter, "energy"), NOTHING) if meter.energy else NOTHING
            self._registers[name] = self._slim(points, register_curve(self._site, meter, points))

    def _read_powers(self, meters: Iterable[Meter]) -> None:
        new = {_named(meter): meter for meter in meters if _named(meter) not in self._powers}
        found = gauge_points(self._history, self._keys(new.values(), "power"), *self._window)
        for name, meter in new.items():
            self._powers[name] = _power(meter, found.get(self._key(meter, "power"), NOTHING))

    def _slim(self, points: Points, curve: EnergyCurve) -> _Register:
        """Return what was read with times that many meters share."""
        covered_ns = self._shared(curve.covered_ns)
        points = msgspec.structs.replace(points, time_ns=self._shared(points.time_ns))
        curve = msgspec.structs.replace(curve, time_ns=self._shared(curve.time_ns), covered_ns=covered_ns)
        return _Register(points=points, curve=curve)

    def _shared(self, times: Times) -> Times:
        return self._times.setdefault(hashlib.sha256(times.tobytes()).digest(), times)

    def _keys(self, meters: Iterable[Meter], field: str) -> list[SeriesKey]:
        return sorted({key for key in (self._key(meter, field) for meter in meters) if key.quantity})

    def _key(self, meter: Meter, field: str) -> SeriesKey:
        quantity = meter.energy if field == "energy" else meter.power
        return SeriesKey(self._site.name, meter.device, meter.part, quantity)


def _named(meter: Meter) -> _Named:
    return meter.device, meter.part, meter.energy, meter.power, meter.factor


def _power(meter: Meter, points: Points) -> _Register:
    return _Register(points=points, curve=power_curve(meter, points))


class WholePeriod(TracedPeriod):
    """The report's period: what it reads serves all its parts."""

    def __init__(self, history: History, site: Site, start_ns: int, end_ns: int) -> None:
        """Take what to read and when."""
        super().__init__(history, site, start_ns, end_ns)
        self.readings = ReadOnce(history, site, start_ns, end_ns)
        self._power_frames: dict[str, pd.DataFrame] = {}

    def read(self, meters: list[Meter]) -> list[MeterCurve]:
        """Return the curves of meters, which are read when they are first asked for."""
        return self.readings.curves(self.site, meters, self.start_ns, self.end_ns)

    def of(self, meters: list[Meter]) -> Period:
        """Return the same period of a part of the site: of these meters alone."""
        return PartPeriod(self, msgspec.structs.replace(self.site, meters=meters), self.start_ns, self.end_ns)

    def powers(self, groups: Mapping[str, Sequence[Meter]]) -> pd.DataFrame:
        """Return the mean power [W] of groups of meters in each step, NaN where a meter is not known."""
        name = msgspec.json.encode(list(groups.items())).decode()
        if name not in self._power_frames:
            curves = self._fine_curves(groups)
            self._power_frames[name] = frame_of(curves, groups, self.start_ns, self.end_ns, self.step_ns)
        return self._power_frames[name]

    def _fine_curves(self, groups: Mapping[str, Sequence[Meter]]) -> Iterator[MeterCurve]:
        """Yield the curves of meters for single steps; powers that serve nothing else are not kept."""
        every = list(dict.fromkeys(meter for meters in groups.values() for meter in meters))
        for at in range(0, len(every), METERS_AT_ONCE):
            some = every[at : at + METERS_AT_ONCE]
            with self.readings.for_now():
                yield from self.readings.curves(self.site, some, self.start_ns, self.end_ns, fine_ns=self.step_ns)


class PartPeriod(Period):
    """A part of the report's period, or the whole of it with fewer meters: it reads nothing that is known already.

    Sensors are judged in the steps of the whole period, so that the months of a year are judged as the year is.
    """

    def __init__(self, whole: WholePeriod, site: Site, start_ns: int, end_ns: int) -> None:
        """Take the whole period, and the part of it [start_ns, end_ns)."""
        super().__init__(whole.history, site, start_ns, end_ns)
        self._whole = whole

    @property
    def step_ns(self) -> int:
        """Return how long the steps of the whole period are."""
        return min(self._whole.step_ns, self.end_ns - self.start_ns)

    def read(self, meters: list[Meter]) -> list[MeterCurve]:
        """Return the curves of meters as the whole period has read them."""
        return self._whole.readings.curves(self.site, meters, self.start_ns, self.end_ns)

    def of(self, meters: list[Meter]) -> Period:
        """Return the same part of the period for these meters alone."""
        site = msgspec.structs.replace(self.site, meters=meters)
        return PartPeriod(self._whole, site, self.start_ns, self.end_ns)

    def means(self, keys: Iterable[SeriesKey], value: str = "mean") -> pd.DataFrame:
        """Return the part's rows of the step means of the whole period."""
        known = list(keys)
        return self._cut(self._whole.means(known, value)) if self._fits else super().means(known, value)

    def powers(self, groups: Mapping[str, Sequence[Meter]]) -> pd.DataFrame:
        """Return the part's rows of the mean powers of the whole period."""
        return self._cut(self._whole.powers(groups)) if self._fits else super().powers(groups)

    @property
    def _fits(self) -> bool:
        return self.step_ns == self._whole.step_ns

    def _cut(self, frame: pd.DataFrame) -> pd.DataFrame:
        at = frame.index.to_numpy()
        first, last = at.searchsorted(self.start_ns), at.searchsorted(self.end_ns - self.step_ns, side="right")
        return frame.iloc[first:last]
