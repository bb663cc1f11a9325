"""How quiet the mains before a UPS have been, from what is stored: outages, battery runs, voltages out of their band.

Readings every few seconds see no dip that is shorter: a UPS's own log of events may know more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.advice.columns import DAY_NS, columns
from analytics.advice.electrical_limits import electrical_limits
from analytics.advice.recommendation import Check
from greendc.clock import NS_PER_HOUR
from greendc.quantities import quantity

if TYPE_CHECKING:
    from analytics.advice.situation import Situation
    from analytics.counters import Floats
    from greendc.model import SeriesKey

SOURCE, MAINS, VOLTAGE = "ups_source_state", "mains_state", "voltage_v"
LEAST_KNOWN = 0.9
"""Share of the hours that must be known before the mains count as quiet."""


def mains_quiet(situation: Situation, ups: str) -> Check:
    """Return whether the mains had few enough events in the last month; not evaluable where too little is known."""
    rules = electrical_limits().eco
    wanted = round(rules.days * DAY_NS / NS_PER_HOUR)
    asked = [key for key in situation.series if _tells(key, ups)]
    low = columns(situation, asked, what="min", span_ns=wanted * NS_PER_HOUR)
    high = columns(situation, asked, what="max", span_ns=wanted * NS_PER_HOUR)
    eventful, known = np.zeros(len(low), dtype=np.bool_), np.zeros(len(low), dtype=np.bool_)
    for key in asked:
        eventful |= _eventful(key, low.values[key], high.values[key], rules.voltage_band)
        known |= np.isfinite(high.values[key]) & (key.device == ups)
    # Hours in a row are one event.
    events = int(np.count_nonzero(np.diff(np.concatenate([[False], eventful]).astype(np.int8)) == 1))
    days = f"{known.sum() * NS_PER_HOUR / DAY_NS:.0f}"
    params = {"events": str(events), "days": days, "most": str(rules.most_events), "wanted": f"{rules.days:.0f}"}
    if events > rules.most_events:
        return Check(key="mains_quiet", status="failed", params=params)
    told = known.sum() >= LEAST_KNOWN * wanted
    return Check(key="mains_quiet", status="passed" if told else "not_evaluable", params=params)


def _tells(key: SeriesKey, ups: str) -> bool:
    if key.device == ups:
        return key.quantity == SOURCE or (key.quantity == VOLTAGE and key.part.startswith("input"))
    return key.quantity == MAINS


def _eventful(key: SeriesKey, low: Floats, high: Floats, band: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell in which hours a series shows an event of the mains."""
    if key.quantity == MAINS:
        return np.isin(high, [quantity(MAINS).states["failed"]])
    if key.quantity == SOURCE:
        states = quantity(SOURCE).states
        away = [states[name] for name in ("battery", "booster", "reducer")]
        return np.isin(high, away) | np.isin(low, [states["none"]])
    known = high[np.isfinite(high)]
    usual = float(np.median(known)) if len(known) else np.nan
    return np.asarray((low < (1.0 - band) * usual) | (high > (1.0 + band) * usual), dtype=np.bool_)
