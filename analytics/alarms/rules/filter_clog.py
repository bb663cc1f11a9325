"""A filter that resists more than it did: pressure over flow squared, against its own past and its peers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.middle import middle
from analytics.alarms.rules.trace import Found, Missing, framed
from analytics.alarms.rules.unit_on import AIR_UNITS, is_on, was_on
from analytics.alarms.rules.usual import GUARD_HOURS, LEAST_HOURS, compared

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits
    from analytics.counters import Floats

KEY = "filter_clog"
PRESSURE, FLOW = "pressure_pa", "air_flow_m3_s"
LEAST_PEERS = 3
CLEAN = 0.2
"""Quantile of its past that counts as clean."""


def _traces(board: Board, own: RuleLimits) -> Found:
    found = {}
    for device in board.devices(*AIR_UNITS):
        pressure, flow = board.key(device.name, PRESSURE, "filter"), board.key(device.name, FLOW)
        if pressure is None or flow is None:
            yield Missing(device.name, board.missing(device.name, PRESSURE, FLOW))
            continue
        on, was = is_on(board, device.name), was_on(board, device.name)
        least = own.mode["least_flow"] * np.nanmax(board.hours(flow), initial=0.0)
        now = _resistance(board.steps(pressure), board.steps(flow), on, least)
        past = _resistance(board.hours(pressure), board.hours(flow), was, least)
        found[device.name] = pressure, now, past
    for name, (key, now, past) in found.items():
        # A filter loads slowly: its cleanest weeks are the measure, not its median.
        known = past[:-GUARD_HOURS][~np.isnan(past[:-GUARD_HOURS])]
        clean = float(np.quantile(known, CLEAN)) if len(known) >= LEAST_HOURS else np.nan
        profile = [f[1] for other, f in found.items() if board.alike(other, name) and other != name]
        peers = middle(profile if len(profile) >= LEAST_PEERS else [], len(now))
        expected = np.fmin(np.full(len(now), clean), peers)
        pressure_now = board.steps(key)
        with np.errstate(invalid="ignore"):
            relative = now / expected
        yield compared(board, name, key, (relative, pressure_now, pressure_now / relative), "1")


def _resistance(pressure: Floats, flow: Floats, on: NDArray[np.bool_], least: float) -> Floats:
    return np.where(on & (flow > max(least, 1e-3)), pressure / np.maximum(flow, 1e-3) ** 2, np.nan)


FILTER_CLOG = framed(
    KEY,
    _traces,
    Need(quantities=(PRESSURE, FLOW, "unit_state", "fan_speed_ratio"), kinds=AIR_UNITS, views=(View.STEPS, View.HOURS)),
)
