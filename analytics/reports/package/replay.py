"""A package's readings as the meters of a period: figures are computed from them by the code that made them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.counters import PLAUSIBLE_START_W, PLAUSIBLE_STARTS, Floats, Step
from analytics.curve import EMPTY, EnergyCurve
from analytics.energy import best_curve, parts_of
from analytics.figures.day_curves import series_of
from analytics.kpis.kind import Period
from analytics.reports.package.readings import BOUNDARY, INTEGRATED, REGISTER, Flags, Run
from greendc.contracts import CounterSpan
from greendc.errors import GreendcError
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa

    from analytics.energy import MeterCurve
    from greendc.contracts import Arrivals
    from greendc.model import Reading, SeriesKey
    from greendc.site import Meter, Site

_FEW_ROWS = 2
_ROUNDING = 1e-9


class NotInPackageError(GreendcError):
    """A figure asks for something that is no register, such as a sensor."""


class PackageHistory:
    """What a package knows instead of a store: what its registers showed.

    Every other question is refused (`NotInPackageError`).
    """

    def __init__(self, registers: Mapping[str, Run]) -> None:
        """Take the registers by their label."""
        self._registers = registers

    def counter(self, key: SeriesKey, start_ns: int, end_ns: int) -> CounterSpan | None:
        """Return the first and the last row of a register in a window, or None."""
        run = self._registers.get(key.label())
        if run is None:
            return None
        inside = np.flatnonzero((run.time_ns >= start_ns) & (run.time_ns < end_ns))
        if len(inside) == 0:
            return None
        first, last = int(inside[0]), int(inside[-1])
        return CounterSpan(
            first_ns=int(run.time_ns[first]),
            first=float(run.values[first]),
            last_ns=int(run.time_ns[last]),
            last=float(run.values[last]),
            samples=len(inside),
        )

    def series(self, site: str, *, device: str | None = None, quantity: str | None = None) -> Sequence[SeriesKey]:
        """Refuse: sensors are no part of a package."""
        raise NotInPackageError(site, device, quantity)

    def raw(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int) -> pa.Table:
        """Refuse."""
        raise NotInPackageError(len(keys), start_ns, end_ns)

    def aggregated(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, step_ns: int) -> pa.Table:
        """Refuse."""
        raise NotInPackageError(len(keys), start_ns, end_ns, step_ns)

    def latest(self, keys: Sequence[SeriesKey]) -> Mapping[SeriesKey, Reading]:
        """Refuse."""
        raise NotInPackageError(len(keys))

    def count(self, site: str, *, device: str | None = None, start_ns: int = 0, end_ns: int | None = None) -> int:
        """Refuse."""
        raise NotInPackageError(site, device, start_ns, end_ns)

    def gaps(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, longest_ns: int) -> pa.Table:
        """Refuse."""
        raise NotInPackageError(len(keys), start_ns, end_ns, longest_ns)

    def arrived(self, site: str, cursor: str = "", limit: int = 10_000) -> Arrivals:
        """Refuse."""
        raise NotInPackageError(site, cursor, limit)


class PackagePeriod(Period):
    """A period whose meters are read from a package."""

    def __init__(
        self, history: PackageHistory, site: Site, span: tuple[int, int], curves: Mapping[tuple[str, str], EnergyCurve]
    ) -> None:
        """Take the curves of a window by their kind and the label of their series."""
        super().__init__(history, site, *span)
        self._known = history
        self._by_series = curves

    def of(self, meters: list[Meter]) -> Period:
        """Return the same period of these meters alone."""
        site = msgspec.structs.replace(self.site, meters=meters)
        return PackagePeriod(self._known, site, (self.start_ns, self.end_ns), self._by_series)

    def read(self, meters: list[Meter]) -> list[MeterCurve]:
        """Return the curves of meters from the package."""
        return [
            best_curve(meter, window, *self._curves_of(meter))
            for meter, window in parts_of(self.site, meters, self.start_ns, self.end_ns)
        ]

    def _curves_of(self, meter: Meter) -> tuple[EnergyCurve, EnergyCurve]:
        register, power = (
            self._by_series.get((kind, key.label()), EMPTY) if key.quantity else EMPTY
            for kind, key in zip((REGISTER, INTEGRATED), series_of(self.site, meter), strict=True)
        )
        return register.scaled(meter.factor), power.scaled(meter.factor)


class Replay:
    """The registers of a package, ready for any of its windows."""

    def __init__(self, site: Site, resolutions: Mapping[str, float], runs: Iterable[Run]) -> None:
        """Take the site, the resolution of each register by its label, and all runs."""
        used = [run for run in runs if run.kind in {REGISTER, INTEGRATED}]
        self._site = site
        self._history = PackageHistory({run.label(): run for run in used if run.kind == REGISTER})
        self._curves = {(run.kind, run.label()): curve_of(run, resolutions.get(run.label(), 0.0)) for run in used}

    def period(self, start_ns: int, end_ns: int) -> PackagePeriod:
        """Return a window."""
        return PackagePeriod(self._history, self._site, (start_ns, end_ns), self._curves)


def curve_of(run: Run, quantum: float) -> EnergyCurve:
    """Return the energy of a run before any factor; a step that its rows do not bear out gives nothing."""
    if len(run.time_ns) < _FEW_ROWS:
        return EMPTY
    gain, known = _counted(run) if run.kind == REGISTER else (np.diff(run.values), run.known[1:])
    elapsed = np.where(known, np.diff(run.time_ns), 0)
    steps = run.step[1:]
    return EnergyCurve(
        time_ns=run.time_ns,
        energy_j=np.concatenate(([0.0], np.cumsum(np.where(known, gain, 0.0)))),
        covered_ns=np.concatenate(([0], np.cumsum(elapsed))).astype(np.int64),
        breaks=int(np.count_nonzero(steps == Step.RESET)),
        refused=int(np.count_nonzero(steps == Step.REFUSED)),
        bridged=tuple((int(run.time_ns[i]), int(run.time_ns[i + 1])) for i in np.flatnonzero(run.gap[1:])),
        quantum_j=quantum if run.kind == REGISTER else 0.0,
        reset_ns=tuple(run.time_ns[1:][steps == Step.RESET].tolist()),
    )


def _counted(run: Run) -> tuple[Floats, Flags]:
    change, steps = np.diff(run.values), run.step[1:]
    gain = np.where(steps == Step.WRAP, run.modulus[1:] + change, change)
    fits = np.where(steps == Step.WRAP, _wraps(run), (steps == Step.FORWARD) & (change >= 0))
    return gain, fits


def _wraps(run: Run) -> Flags:
    """Tell which steps may be wraps: down, from below the modulus to below it."""
    before, after, modulus = run.values[:-1], run.values[1:], run.modulus[1:]
    # The modulus was worked out from a gain and may have been rounded.
    return (after < before) & (np.maximum(before, after) <= modulus * (1.0 + _ROUNDING))


def is_sound(run: Run) -> bool:
    """Tell whether the steps of a run are what its values say: forward, round, or rightly begun anew."""
    change, steps, seconds = np.diff(run.values), run.step[1:], np.diff(run.time_ns) / NS_PER_SECOND
    if run.kind == BOUNDARY:
        return bool(run.exact.all() and not run.known.any())
    if run.kind == INTEGRATED:
        # What is not known counts nothing.
        return bool((steps < 0).all() and (np.abs(change[~run.known[1:]]) <= _slack(run)).all())
    start = PLAUSIBLE_STARTS.get(run.unit, PLAUSIBLE_START_W)
    # A rise that any load may cause is no reset: one would hide what was counted.
    hidden = (steps == Step.RESET) & (change >= 0) & (change <= start * seconds)
    _, fits = _counted(run)
    known = run.known[1:]
    return bool((steps >= 0).all() and not hidden.any() and (fits == known).all() and (steps[~known] > Step.WRAP).all())


def _slack(run: Run) -> float:
    return float(np.abs(run.values).max()) * _ROUNDING
