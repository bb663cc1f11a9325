"""How often things are computed, and how much data is enough for them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from greendc.errors import ConfigError
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from greendc.site import Site

DAY_S = 86_400.0
LONGEST_DAYS = 365


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Intervals and spans in seconds.

    ``delay_scale`` multiplies the delays of alarms. ``advice_least_s`` is the least data for advice; every ``advice_s``
    it is asked whether advice is due, which it is after ``advice_every_s`` at the latest. The first report
    is built from ``report_first_s`` of data on; until it covers a day it is built anew each time the data have grown
    fourfold, and once more ``report_again_s`` after the start (0 is never). Figures of a closed period become final
    ``settle_s`` after its end. Every ``scrub_s`` one old day is read again and compared with the chain of digests; of
    days older than ``raw_kept_s`` (0: none) the store has no readings any more.
    """

    alarms_s: float = 5.0
    figures_s: float = 10.0
    day_figures_s: float = 300.0
    advice_s: float = 60.0
    advice_every_s: float = DAY_S
    verifying_s: float = 900.0
    report_s: float = 10.0
    delay_scale: float = 1.0
    advice_least_s: float = 3600.0
    report_first_s: float = 3600.0
    report_again_s: float = 0.0
    quality_s: float = 900.0
    rolling_s: float = 60.0
    closing_s: float = 300.0
    settle_s: float = 3 * DAY_S
    detect_s: float = 60.0
    training_s: float = 1800.0
    chain_s: float = 60.0
    scrub_s: float = 3600.0
    raw_kept_s: float = 0.0


REAL = Pace()
DEMONSTRATION = Pace(
    delay_scale=0.2,
    advice_s=10.0,
    advice_every_s=900.0,
    verifying_s=60.0,
    advice_least_s=60.0,
    report_first_s=30.0,
    report_again_s=120.0,
    quality_s=60.0,
    detect_s=15.0,
    training_s=300.0,
)
"""A simulated site shows within minutes what takes hours elsewhere; its reports carry the mark of simulated data."""


def pace_of(*, simulated: bool, settle_days: str, raw_days: int = 0) -> Pace:
    """Return the pace of a site whose figures are final ``settle_days`` after the end of their period.

    Its readings are kept ``raw_days``, 0 for ever.

    Raises:
        ConfigError: ``settle_days`` is no number of days from 0 to 365.
    """
    try:
        days = float(settle_days)
    except ValueError:
        days = math.nan
    if not 0 <= days <= LONGEST_DAYS:
        raise ConfigError.single("errors.settle_days", value=settle_days, most=str(LONGEST_DAYS))
    return msgspec.structs.replace(
        DEMONSTRATION if simulated else REAL, settle_s=days * DAY_S, raw_kept_s=raw_days * DAY_S
    )


def least_ns_of(site: Site) -> int:
    """Return how much data a site needs for advice [ns]."""
    return round((DEMONSTRATION if site.info.simulated else REAL).advice_least_s * NS_PER_SECOND)
