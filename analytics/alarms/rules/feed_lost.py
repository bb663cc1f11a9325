"""A rack PDU that lost its load while another of the same rack took it over: a feed, breaker or cord is out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.alarms.need import Need, View
from analytics.alarms.rules.trace import Found, Missing, framed
from analytics.alarms.rules.usual import GUARD_HOURS, LEAST_HOURS, compared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.alarms.rules.board import Board
    from analytics.alarms.rules.limits import RuleLimits
    from analytics.counters import Floats
    from greendc.model import SeriesKey

KEY = "feed_lost"
POWER = "active_power_w"
PDUS = 2


def _traces(board: Board, own: RuleLimits) -> Found:
    racks: dict[str, list[str]] = {}
    for device in board.devices("pdu"):
        if device.rack:
            racks.setdefault(device.rack, []).append(device.name)
    for names in racks.values():
        whole = _whole([board.key(name, POWER) for name in names], board)
        for name in names if len(names) >= PDUS else ():
            key = board.key(name, POWER)
            if key is None:
                yield Missing(name, (POWER,))
                continue
            usual = _median(board.hours(key), own)
            now = board.steps(key)
            # A rack that was shut down as a whole has lost no feed.
            relative = np.where(whole >= own.mode["least_total"], now / usual, np.maximum(now / usual, 1.0))
            yield compared(board, name, key, (relative, now, np.full(len(now), usual)), "1")


def _whole(keys: Sequence[SeriesKey | None], board: Board) -> Floats:
    """Return what a rack carries over what it usually carries."""
    usual = sum(float(np.nanmedian(past)) for key in keys if not np.isnan(past := board.hours(key)).all())
    now: Floats = np.sum([board.steps(key) for key in keys], axis=0)
    return now / max(usual, 1.0)


def _median(hours: Floats, own: RuleLimits) -> float:
    """Return what a PDU usually carries; NaN where it never carried enough to be missed."""
    known = hours[:-GUARD_HOURS][~np.isnan(hours[:-GUARD_HOURS])]
    usual = float(np.median(known)) if len(known) >= LEAST_HOURS else 0.0
    return usual if usual >= own.mode["least_w"] else float("nan")


FEED_LOST = framed(KEY, _traces, Need(quantities=(POWER,), kinds=("pdu",), views=(View.STEPS, View.HOURS), main=True))
