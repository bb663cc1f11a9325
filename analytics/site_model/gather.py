"""Reads a plant's past from rollups in one pass."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.frame import power_frame
from analytics.points import runs
from analytics.site_model.plant_frame import COLUMNS, PlantFrame, blank
from analytics.site_model.points import Points, Sum, find_points
from greendc.clock import NS_PER_HOUR
from greendc.physics import moist_air
from greendc.physics.air import station_pressure
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.counters import Floats, Times
    from greendc.contracts import History
    from greendc.model import SeriesKey
    from greendc.site import Site

QUARTER_NS, HOUR_NS = 900 * NS_PER_SECOND, NS_PER_HOUR
LONG_NS = 92 * 24 * NS_PER_HOUR
"""Longer pasts are read by the hour."""
PIECE_NS = 2 * 24 * NS_PER_HOUR
LEAST_KNOWN = 0.6
_MOST_ROWS = 1_000_000


def gather(history: History, site: Site, start_ns: int, end_ns: int, *, step_ns: int | None = None) -> PlantFrame:
    """Return the plant's columns over [start_ns, end_ns), by the quarter of an hour or, for a long past, by the hour.

    A past that is read less often than each quarter of an hour comes by the hour, too.

    Raises:
        StoreAway, StoreRefused: the store cannot be read.
    """
    if step_ns is not None or end_ns - start_ns > LONG_NS:
        return _gathered(history, site, (start_ns, end_ns, step_ns or HOUR_NS))
    found = _gathered(history, site, (start_ns, end_ns, QUARTER_NS))
    return _gathered(history, site, (start_ns, end_ns, HOUR_NS)) if _is_sparse(found) else found


def _gathered(history: History, site: Site, window: tuple[int, int, int]) -> PlantFrame:
    start_ns, end_ns, step = window
    times = np.arange(-(-start_ns // step), end_ns // step, dtype=np.int64) * step
    day = dt.datetime.fromtimestamp(end_ns / NS_PER_SECOND, tz=site.zone()).date()
    points = find_points(site, history.series(site.name), day)
    values = _read(history, points.keys(), times, step) if len(times) else {}
    empty = blank(times, step, units=points.units, racks=points.racks, ups=points.ups, chillers=points.chillers)
    columns = {name: _column(one, values, len(times)) for name, one in points.single.items()}
    columns |= _counted(history, site, points, times, step)
    for name, group in points.several.items():
        parts = [np.full(len(times), np.nan) if one is None else _column(one, values, len(times)) for one in group]
        columns[name] = np.stack(parts, axis=1) if parts else np.zeros((len(times), 0))
    humidity = columns.pop("outdoor_humidity", None)
    frame = msgspec.structs.replace(
        empty,
        **columns,
        zones=max(1, len({(rack.room, rack.module) for rack in site.racks if rack.name in points.racks})),
        accuracy=points.accuracy,
    )
    if humidity is not None:
        frame = msgspec.structs.replace(frame, wet_bulb_c=_wet_bulb(frame, humidity, site.info.altitude_m))
    return msgspec.structs.replace(
        frame, ups_rated_w=_ratings(points, frame.ups_out_w, values), missing=tuple(_unknown(frame))
    )


def _counted(history: History, site: Site, points: Points, times: Times, step: int) -> dict[str, Floats]:
    """Return the mean power of meters that tell no rate, from what their registers count."""
    if not points.registers or not len(times):
        return {}
    # Piece by piece, so that each reading stands at its own time however seldom they come.
    edges = [*range(int(times[0]), int(times[-1]) + step, PIECE_NS), int(times[-1]) + step]
    pieces = [
        power_frame(history, site, points.registers, begin, end, step) for begin, end in itertools.pairwise(edges)
    ]
    return {name: np.concatenate([piece[name].to_numpy() for piece in pieces]) for name in points.registers}


def _is_sparse(frame: PlantFrame) -> bool:
    """Tell whether something is known in too few of the steps, as where it is read once an hour."""
    shares = [float(np.isfinite(power).mean()) for power in (frame.it_w, frame.site_w, frame.cooling_w) if len(power)]
    return 0.0 < max(shares, default=0.0) < LEAST_KNOWN


def _read(history: History, keys: list[SeriesKey], times: Times, step: int) -> dict[SeriesKey, Floats]:
    """Return the means of every series on the grid; as many series at once as an answer may have rows."""
    found: dict[SeriesKey, Floats] = {}
    at_once = max(1, _MOST_ROWS // max(len(times), 1))
    for first in range(0, len(keys), at_once):
        some = keys[first : first + at_once]
        table = history.aggregated(some, int(times[0]), int(times[-1]) + step, step)
        when = table.column("time_ns").to_numpy()
        means = table.column("mean").to_numpy(zero_copy_only=False)
        for key, rows in runs(table, some).items():
            column = np.full(len(times), np.nan)
            column[(when[rows] - times[0]) // step] = means[rows]
            found[key] = column
    return found


def _column(one: Sum, values: Mapping[SeriesKey, Floats], rows: int) -> Floats:
    unknown = np.full(rows, np.nan)
    columns = np.stack([values.get(key, unknown) for key in one.keys])
    if one.factors:
        columns = columns * np.array(one.factors)[:, None]
    if one.how == "sum":
        return np.asarray(columns.sum(axis=0), dtype=np.float64)
    known = np.isfinite(columns)
    count = known.sum(axis=0)
    if one.how == "max":
        highest = np.where(known, columns, -np.inf).max(axis=0)
        return np.where(count > 0, highest, np.nan)
    return np.where(count > 0, np.where(known, columns, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)


def _wet_bulb(frame: PlantFrame, humidity: Floats, altitude_m: float) -> Floats:
    """Return the wet bulb, worked out where a weather station tells humidity and nothing tells it itself."""
    wet, dry = frame.wet_bulb_c.copy(), frame.outdoor_c
    known = np.isfinite(dry) & np.isfinite(humidity) & ~np.isfinite(wet)
    if known.any():
        pressure = np.full(int(known.sum()), float(station_pressure(altitude_m)))
        dew = moist_air.dew_point(dry[known], np.clip(humidity[known], 0.01, 1.0))
        wet[known] = moist_air.wet_bulb(dry[known], dew, pressure)
    return wet


def _ratings(points: Points, out: Floats, values: Mapping[SeriesKey, Floats]) -> tuple[float, ...]:
    """Return what each UPS is rated for [W], from what it says of its load; NaN where it says nothing."""
    rated = []
    for i, load in enumerate(points.loads):
        ratio = _column(load, values, len(out)) if load is not None else np.full(len(out), np.nan)
        known = np.isfinite(ratio) & np.isfinite(out[:, i]) & (ratio > 0.02)  # noqa: PLR2004 (below, steps of 1 % drown it)
        rated.append(float(np.median(out[known, i] / ratio[known])) if known.any() else np.nan)
    return tuple(rated)


def _unknown(frame: PlantFrame) -> list[str]:
    columns = {name: getattr(frame, name) for name in COLUMNS}
    return sorted(name for name, value in columns.items() if not np.isfinite(value).any())
