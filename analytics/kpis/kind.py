"""What a figure is: its key, unit, standard and how it is computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

import msgspec

from analytics.carriers import CARRIED, as_energy
from analytics.energy import EnergyResult, MeterCurve, energy_of, meter_curves
from analytics.frame import mean_frame, power_frame
from analytics.kpis.calendar import local_day
from analytics.limits import judgements
from analytics.result import Input, KpiResult
from analytics.storage_flow import flows
from greendc.clock import NS_PER_HOUR
from greendc.site import Role
from greendc.texts import t
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from greendc.contracts import History
    from greendc.model import SeriesKey
    from greendc.site import Meter, Site

T = TypeVar("T")

STEP_NS = 900 * NS_PER_SECOND
LONG_NS = 32 * 24 * NS_PER_HOUR


class Period:
    """The meters of a site over one period; each role's curves are fetched once for all figures."""

    def __init__(self, history: History, site: Site, start_ns: int, end_ns: int) -> None:
        """Take what to read and when."""
        self.site = site
        self.start_ns = start_ns
        self.end_ns = end_ns
        self.history = history
        self._curves: dict[Role, list[MeterCurve]] = {}
        self._frames: dict[tuple[tuple[SeriesKey, ...], str], pd.DataFrame] = {}
        self._energies: dict[tuple[int, ...], tuple[list[MeterCurve], EnergyResult]] = {}
        self._made: dict[str, object] = {}

    def curves(self, role: Role) -> list[MeterCurve]:
        """Return the meters that play a role within the period.

        Those of other carriers count joules of E_DC, those of a storage what its cells gave.
        """
        if role not in self._curves:
            meters = [meter for meter in self.site.meters if meter.role is role]
            if role in CARRIED:
                meters = as_energy(self.site, meters)
            if role is Role.STORAGE:
                meters = flows(self.history, self.site, meters, self.end_ns)
            self._curves[role] = self.read(meters)
        return self._curves[role]

    def read(self, meters: list[Meter]) -> list[MeterCurve]:
        """Return the curves of meters from the store."""
        return meter_curves(self.history, self.site, meters, self.start_ns, self.end_ns)

    def of(self, meters: list[Meter]) -> Period:
        """Return the same period of a part of the site: of these meters alone."""
        return Period(self.history, msgspec.structs.replace(self.site, meters=meters), self.start_ns, self.end_ns)

    @property
    def step_ns(self) -> int:
        """Return how long the steps are in which gauges are judged: 15 minutes, hours in more than a month."""
        length = self.end_ns - self.start_ns
        return min(STEP_NS if length <= LONG_NS else NS_PER_HOUR, length)

    def means(self, keys: Iterable[SeriesKey], value: str = "mean") -> pd.DataFrame:
        """Return a column for each series (by its label) with its step means, NaN where unknown; read once for all.

        ``value`` is another column of `History.aggregated`, such as ``last`` for states.
        """
        wanted = tuple(sorted(set(keys))), value
        if wanted not in self._frames:
            series = {key.label(): key for key in wanted[0]}
            self._frames[wanted] = mean_frame(
                self.history, series, self.start_ns, self.end_ns, self.step_ns, value=value
            )
        return self._frames[wanted]

    def powers(self, groups: Mapping[str, Sequence[Meter]]) -> pd.DataFrame:
        """Return the mean power [W] of groups of meters in each step, NaN where a meter is not known."""
        return power_frame(self.history, self.site, groups, self.start_ns, self.end_ns, self.step_ns)

    def has_ups_input(self) -> bool:
        """Tell whether the input of a UPS is metered, which is often taken for IT energy."""
        return bool(self.curves(Role.UPS_INPUT))

    def energy(self, curves: Iterable[MeterCurve]) -> EnergyResult:
        """Return the energy of meters together; it is worked out once for all figures."""
        known = list(curves)
        # The curves are kept beside it, so that their identities are not given to others.
        name = tuple(id(curve) for curve in known)
        if name not in self._energies:
            self._energies[name] = known, energy_of(known, self.start_ns, self.end_ns)
        return self._energies[name][1]

    def once(self, name: str, make: Callable[[Period], T]) -> T:
        """Return what ``make`` made of the period when it was first asked for, for what several figures share."""
        if name not in self._made:
            self._made[name] = make(self)
        return cast("T", self._made[name])


class Kpi(msgspec.Struct, frozen=True, kw_only=True):
    """One figure. Its title and definition are `kpis.<key>.title` and `kpis.<key>.definition` in the catalogue."""

    key: str
    unit: str
    standard: str
    compute: Callable[[Period], KpiResult | list[KpiResult]]
    """A list where the site has one of these for each of its modules."""

    def results(self, period: Period) -> list[KpiResult]:
        """Return the figure of a period, judged by the limits that are in force on its last day."""
        found = self.compute(period)
        day = local_day(period.site, period.end_ns - 1)
        return [
            msgspec.structs.replace(one, judgements=judgements(one, period.site, day))
            for one in (found if isinstance(found, list) else [found])
        ]

    def title(self, lang: str | None = None) -> str:
        """Return the figure's name."""
        return t(f"kpis.{self.key}.title", lang)


def as_input(role: str, energy: EnergyResult, value_j: float | None = None) -> Input:
    """Return one side of a figure; ``value_j`` replaces the energy when only part of its time counts."""
    return Input(
        role=role,
        meters=energy.meters,
        energy_j=energy.value_j if value_j is None else value_j,
        coverage=energy.coverage,
        method=energy.method,
        uncertainty=energy.uncertainty_ratio,
        resets=energy.resets,
        gaps=len(energy.gaps),
        sources=energy.sources,
    )
