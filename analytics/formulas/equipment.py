"""Servers and racks: ISO/IEC 30134-4 and -5, and how full a centre is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence


class ServerModel(msgspec.Struct, frozen=True, kw_only=True):
    """Servers of one model: how many, the peak result of one in a benchmark, and its greatest power [kW]."""

    count: int
    peak_performance: float
    peak_kw: float


def server_efficiency(models: Sequence[ServerModel]) -> float | None:
    """Return ITEEsv, ``sum(SMPE) / sum(SMPO)`` in benchmark units per kW (ISO/IEC 30134-4): a ratio of sums."""
    kw = sum(model.count * model.peak_kw for model in models)
    return sum(model.count * model.peak_performance for model in models) / kw if kw > 0 else None


def server_utilisation(means: Sequence[float]) -> float | None:
    """Return ITEUsv, the mean over servers of their mean CPU utilisation (ISO/IEC 30134-5), in the unit given.

    Servers that mostly work on accelerators are out of the standard's scope and must not be among them.
    """
    return sum(means) / len(means) if means else None


def mean_rack_kw(it_kwh: float, racks: int, hours: float) -> float | None:
    """Return the mean IT power of a rack [kW]."""
    return it_kwh / racks / hours if racks > 0 and hours > 0 else None


def it_load_rate(it_kwh: float, racks: int, rack_nominal_kw: float, hours: float) -> float | None:
    """Return mean rack power over nominal rack power [0..1] (indicator system for green data centres)."""
    mean_kw = mean_rack_kw(it_kwh, racks, hours)
    return None if mean_kw is None or rack_nominal_kw <= 0 else mean_kw / rack_nominal_kw


def green_points(pue: float) -> float:
    """Return the PUE points of the older indicator system for green data centres, ``80 - 20 PUE``, 0 to 60."""
    return min(60.0, max(0.0, 80.0 - 20.0 * pue))
