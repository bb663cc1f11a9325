"""What advice on money shares: a tariff that is the site's own, months enough, and a year's money by draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.advice.recommendation import Check, Spread
from analytics.advice.worth import HOURS_A_YEAR, spread, year_share
from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from analytics.advice.situation import Situation
    from analytics.counters import Floats
    from analytics.tariff import PriceTable

METER_ERROR = 0.01
"""A meter of class 1, where the site file says nothing better: the money errs as much."""


def example(table: PriceTable) -> tuple[Check, ...]:
    """Return what keeps advice on a made-up tariff from being carried out; nothing for the site's own."""
    return (Check(key="tariff_example", status="failed"),) if table.tariff.example else ()


def money_of(situation: Situation, saved: Floats, hours: float) -> Spread:
    """Return a year's money from that of some hours, by draws."""
    share = year_share(round(hours * NS_PER_HOUR), situation.draws, len(saved), yearly=True)
    error = 1.0 + METER_ERROR * situation.draws.normal("bill")[: len(saved)]
    return spread(np.asarray(saved * share * error * HOURS_A_YEAR / hours))


def hours_text(busy: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> str:
    """Return hours of the day as people write them: ``09:00-12:00, 18:00-22:00``."""
    starts = [hour for hour in range(24) if busy[hour] and not busy[hour - 1]]
    if not starts:
        return "00:00-24:00" if busy.all() else "-"
    found = []
    for start in starts:
        end = start
        while busy[end % 24]:
            end += 1
        found.append(f"{start:02}:00-{end % 24 or 24:02}:00")
    return ", ".join(found)
