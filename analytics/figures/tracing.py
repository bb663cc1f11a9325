"""Figures with their lineage: a period that notes what each figure asked it for."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

import msgspec
import numpy as np

from analytics.kpis import KPIS
from analytics.kpis.calendar import days
from analytics.kpis.kind import Kpi, Period
from analytics.lineage import Configuration, Source, configuration, data_sha256, lineage, source_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    import pandas as pd

    from analytics.energy import EnergyResult, MeterCurve
    from analytics.result import KpiResult
    from greendc.contracts import History
    from greendc.model import SeriesKey
    from greendc.site import Role, Site


T = TypeVar("T")


class TracedPeriod(Period):
    """A period that knows the meters and the series of gauges that were asked for since `forget`."""

    def __init__(self, history: History, site: Site, start_ns: int, end_ns: int) -> None:
        """Take what to read and when."""
        super().__init__(history, site, start_ns, end_ns)
        self._sources: dict[int, tuple[MeterCurve, Source]] = {}
        self._hashes: dict[int, str] = {}
        self._roles: set[Role] = set()
        self._gauges: set[str] = set()
        self._shared: dict[str, tuple[set[Role], set[str]]] = {}

    def forget(self) -> None:
        """Begin anew with what is noted."""
        self._roles, self._gauges = set(), set()

    def curves(self, role: Role) -> list[MeterCurve]:
        """Return the meters that play a role, and note it."""
        self._roles.add(role)
        return super().curves(role)

    def means(self, keys: Iterable[SeriesKey], value: str = "mean") -> pd.DataFrame:
        """Return the step means of gauges, and note their hash."""
        frame = super().means(keys, value)
        # A frame is kept by the period, so that its identity stands for it.
        if id(frame) not in self._hashes:
            self._hashes[id(frame)] = _frame_sha256(frame)
        self._gauges.add(self._hashes[id(frame)])
        return frame

    def once(self, name: str, make: Callable[[Period], T]) -> T:
        """Return what was made when it was first asked for, and note again what it was made of."""
        roles, gauges = self._roles, self._gauges
        self.forget()
        made = super().once(name, make)
        own = self._shared.setdefault(name, (self._roles, self._gauges))
        self._roles, self._gauges = roles | own[0], gauges | own[1]
        return made

    def energy(self, curves: Iterable[MeterCurve]) -> EnergyResult:
        """Return the energy of meters together with what each gave."""
        known = list(curves)
        sources = tuple(self._source(curve) for curve in known)
        return msgspec.structs.replace(super().energy(known), sources=sources)

    def data_of(self, result: KpiResult) -> str:
        """Return the hash of the data of a figure: of its inputs, and of all it asked for where it names none."""
        named = [source for side in result.inputs for source in side.sources]
        if named:
            return data_sha256(named, self._gauges)
        asked = [self._source(curve) for role in sorted(self._roles) for curve in self.curves(role)]
        return data_sha256(asked, self._gauges)

    def _source(self, curve: MeterCurve) -> Source:
        if id(curve) not in self._sources:
            # The curve is kept beside it, so that its identity is not given to another.
            self._sources[id(curve)] = curve, source_of(curve)
        return self._sources[id(curve)][1]


def traced(
    history: History, site: Site, start_ns: int, end_ns: int, keys: Collection[str] | None = None
) -> list[KpiResult]:
    """Return the figures of a period as `analytics.kpis.compute` does, each with its lineage.

    Raises:
        ConfigError: the site names a standards profile that does not exist.
        StoreAway, StoreRefused: the store cannot be read.
    """
    return traced_figures(TracedPeriod(history, site, start_ns, end_ns), keys)


def traced_figures(period: TracedPeriod, keys: Collection[str] | None = None) -> list[KpiResult]:
    """Return the figures of a period, each with its lineage."""
    made_with = configuration(period.site, *days(period.site, period.start_ns, period.end_ns))
    return [result for kpi in KPIS if keys is None or kpi.key in keys for result in _one(period, made_with, kpi)]


def _one(period: TracedPeriod, made_with: Configuration, kpi: Kpi) -> list[KpiResult]:
    period.forget()
    return [
        msgspec.structs.replace(result, lineage=lineage(made_with, period.data_of(result)))
        for result in kpi.results(period)
    ]


def without_lineage(results: Iterable[KpiResult]) -> list[KpiResult]:
    """Return figures without what they were made of, for where only the figures matter."""
    return [
        msgspec.structs.replace(
            result,
            lineage=None,
            inputs=tuple(msgspec.structs.replace(side, sources=()) for side in result.inputs),
        )
        for result in results
    ]


def _frame_sha256(frame: pd.DataFrame) -> str:
    digest = hashlib.sha256()
    digest.update(np.ascontiguousarray(frame.index.to_numpy(dtype=np.int64)).tobytes())
    for name in sorted(frame.columns):
        digest.update(str(name).encode())
        digest.update(np.ascontiguousarray(frame[name].to_numpy(dtype=np.float64)).tobytes())
    return digest.hexdigest()
