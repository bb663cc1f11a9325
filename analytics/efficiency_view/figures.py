"""The figures of the rolling windows: as the ledger keeps them, or computed now when a person asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.figures import Window, rolling_of, window_span
from analytics.kpis import compute
from analytics.limits import profile_of
from analytics.overview import State
from analytics.result import KpiResult
from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greendc.contracts import History, Ledger
    from greendc.site import Site

GROUPS: dict[str, tuple[str, ...]] = {
    "effectiveness": (
        "pue",
        "ppue_cooling",
        "ppue_power",
        "pue_module",
        "dpue",
        "eeue",
        "gb40879_rm1",
        "gb40879_rm2",
        "cer",
    ),
    "resources": ("wue", "cue", "ref", "erf", "ere", "water_volume", "emissions", "standard_coal"),
    "energy": ("facility_energy", "centre_energy", "it_energy", "cooling_energy"),
    "use": ("it_load_rate", "rack_occupancy", "iteu_sv", "itee_sv"),
    "air": (
        "rci_high",
        "rci_low",
        "rti",
        "shi",
        "rhi",
        "inlet_recommended",
        "inlet_allowable",
        "gb50174_recommended",
        "gb50174_allowable",
        "dew_point_max",
        "inlet_change_max",
    ),
    "weather": ("cooling_degree_days", "free_cooling_hours", "free_cooling_possible", "free_cooling_share"),
    "other": (),
}
"""Groups in their order on the page and the figures of each; ``other`` takes those that no group names."""
OLD_NS = NS_PER_HOUR
"""Kept figures of a window that reaches up to now are stale beyond this age; twelve months end with a whole day."""
DAY_OLD_NS = 25 * NS_PER_HOUR


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Figures that are read together; those with a value first, in the order of their computation."""

    key: str
    figures: tuple[KpiResult, ...]


class WindowFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one rolling window. ``made_ns`` is when they were computed, 0 where nothing is kept.

    ``state`` is fresh, stale (kept figures that are too old) or missing.
    """

    window: Window
    start_ns: int
    end_ns: int
    made_ns: int = 0
    state: State = State.MISSING
    figures: tuple[KpiResult, ...] = ()

    def figure(self, kpi: str) -> KpiResult | None:
        """Return a figure of the whole site, or None."""
        return next((one for one in self.figures if one.kpi == kpi and not one.part), None)


class Efficiency(msgspec.Struct, frozen=True, kw_only=True):
    """All windows, and the standards profile whose limits the figures are judged by."""

    now_ns: int
    standards: str
    windows: tuple[WindowFigures, ...]

    def window(self, wanted: Window) -> WindowFigures:
        """Return one of the windows."""
        return next(one for one in self.windows if one.window is wanted)

    @property
    def empty(self) -> bool:
        """Tell whether nothing was ever computed."""
        return all(one.state is State.MISSING for one in self.windows)


def efficiency(ledger: Ledger, site: Site, now_ns: int) -> Efficiency:
    """Return what the ledger keeps of every window; the store is not asked.

    Raises:
        ConfigError: the site names a standards profile that does not exist.
        StoreAway: the ledger cannot be read.
    """
    return Efficiency(
        now_ns=now_ns,
        standards=profile_of(site),
        windows=tuple(_kept(ledger, site, window, now_ns) for window in Window),
    )


def fresh_figures(history: History, site: Site, window: Window, now_ns: int) -> WindowFigures:
    """Return the figures of a window computed now.

    Raises:
        ConfigError: the site names a standards profile that does not exist.
        StoreAway, StoreRefused: the store cannot be read.
    """
    start_ns, end_ns = window_span(site, window, now_ns)
    return WindowFigures(
        window=window,
        start_ns=start_ns,
        end_ns=end_ns,
        made_ns=now_ns,
        state=State.FRESH,
        figures=tuple(compute(history, site, start_ns, end_ns)),
    )


def grouped(figures: Iterable[KpiResult]) -> tuple[Group, ...]:
    """Return figures by group; groups without any are left out."""
    by_key: dict[str, list[KpiResult]] = {}
    where = {kpi: key for key, kpis in GROUPS.items() for kpi in kpis}
    for figure in figures:
        by_key.setdefault(where.get(figure.kpi, "other"), []).append(figure)
    return tuple(
        Group(key=key, figures=tuple(sorted(by_key[key], key=lambda one: one.value is None)))
        for key in GROUPS
        if key in by_key
    )


def _kept(ledger: Ledger, site: Site, window: Window, now_ns: int) -> WindowFigures:
    start_ns, end_ns = window_span(site, window, now_ns)
    kept = rolling_of(ledger, window)
    if kept is None or not kept[1]:
        return WindowFigures(window=window, start_ns=start_ns, end_ns=end_ns)
    made_ns, figures = kept
    allowed_ns = DAY_OLD_NS if window is Window.TWELVE_MONTHS else OLD_NS
    return WindowFigures(
        window=window,
        start_ns=figures[0].start_ns,
        end_ns=figures[0].end_ns,
        made_ns=made_ns,
        state=State.STALE if now_ns - made_ns > allowed_ns else State.FRESH,
        figures=tuple(figures),
    )
