"""What a saving of power is worth in a year: energy, money, carbon, with the range that the draws give.

``kWh = mean(dP) 8760 h y``: ``y`` is the year's saving relative to that of the evidence, a prior where the evidence is
shorter than a year (`analytics/data/cooling_response.toml`). Money and carbon weigh each step with its own price and
factor: ``money = mean(dP c) 8760 h y``.
"""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import msgspec
import numpy as np

from analytics.advice.recommendation import Spread
from analytics.priors import cooling_response
from analytics.schedule.carbon_factors import Factors, HourlyFactors, factors_at
from analytics.schedule.declared import hourly_factors
from analytics.tariff import price_table
from greendc.clock import NS_PER_HOUR
from greendc.errors import ConfigError
from greendc.units import NS_PER_SECOND, SECONDS_PER_HOUR, kwh

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.counters import Floats, Times
    from analytics.site_model import Draws
    from analytics.tariff.price_table import PriceTable
    from greendc.site import Site

log = logging.getLogger("greendc.advice")

T = TypeVar("T")

HOURS_A_YEAR = 8760
DAY_NS = 24 * NS_PER_HOUR
PERCENTILES = (10, 50, 90)
LEAST_PRICED = 0.9
"""Where fewer of the steps have a price or a factor than this, the saving is not priced."""
_PER_W = kwh(HOURS_A_YEAR * SECONDS_PER_HOUR)


class Worth(msgspec.Struct, frozen=True, kw_only=True):
    """A saving over the evidence and a year of it; money, carbon and market-based carbon are None when unpriced.

    ``coverage`` is the share of the evidence's steps in which the saving is known.
    """

    evidence_kwh: Spread
    energy_kwh: Spread
    money: Spread | None
    carbon_kg: Spread | None
    carbon_market_kg: Spread | None
    carbon_source: str
    coverage: float


class Prices:
    """A site's tariff and emission factors for arrays of times [ns since 1970, UTC]."""

    def __init__(self, site: Site) -> None:
        """Take the site whose tariff and region count."""
        self._site = site

    @cached_property
    def currency(self) -> str:
        """The currency, empty without a tariff."""
        return self._site.tariff.currency if self._site.tariff else ""

    def per_kwh(self, time_ns: Times, step_ns: int) -> Floats | None:
        """Return the price of a kilowatt-hour in each step, NaN where the tariff has none; None without a tariff."""
        table = self.table
        return None if table is None else table.mean_price(time_ns, step_ns)

    def mean_price(self, time_ns: Times, step_ns: int) -> float:
        """Return the mean price of a kilowatt-hour over the steps that have one, 0 where none has."""
        prices = self.per_kwh(time_ns, step_ns)
        known = np.zeros(0) if prices is None else prices[np.isfinite(prices)]
        return float(known.mean()) if len(known) else 0.0

    def factors(self, time_ns: Times) -> Factors:
        """Return the emission factors at times."""
        return factors_at(time_ns, self._site.info.region, self._site.zone(), self._hourly)

    @cached_property
    def _hourly(self) -> HourlyFactors | None:
        return _readable(hourly_factors, self._site)

    @cached_property
    def table(self) -> PriceTable | None:
        """The tariff: by time of use, else the flat price, else None.

        A file that cannot be read is no tariff, and said in the log: advice without money is better than none.
        """
        return _readable(price_table, self._site)


def _readable(read: Callable[[Site], T | None], site: Site) -> T | None:
    """Return what a file of the site says, None where it cannot be read."""
    try:
        return read(site)
    except ConfigError as error:
        log.warning("left out of what advice is worth: %s", error)
        return None


def worth_of(
    saved_w: Floats, time_ns: Times, step_ns: int, span_ns: int, prices: Prices, draws: Draws, *, yearly: bool = True
) -> Worth | None:
    """Return what a saving [W, draws x rows] is worth; None when no row is known.

    Rows may be a sample of the evidence, ``span_ns`` is the whole of it. ``yearly`` False means that weather and season
    do not touch the saving, so that a short evidence tells the year.
    """
    known = np.isfinite(saved_w).all(axis=0)
    if not known.any():
        return None
    rows = saved_w[:, known]
    year = year_share(span_ns, draws, len(rows), yearly=yearly)
    mean_w = rows.mean(axis=1)
    factors = prices.factors(time_ns[known])
    coverage = float(known.mean())
    return Worth(
        evidence_kwh=spread(mean_w * kwh(span_ns * coverage / NS_PER_SECOND)),
        energy_kwh=spread(mean_w * year * _PER_W),
        money=_weighed(rows, year, prices.per_kwh(time_ns[known], step_ns)),
        carbon_kg=_weighed(rows, year, factors.location),
        carbon_market_kg=_weighed(rows, year, factors.market),
        carbon_source=_source(factors),
        coverage=coverage,
    )


def spread(values: Floats) -> Spread:
    """Return the percentiles of draws."""
    p10, p50, p90 = (float(value) for value in np.percentile(values, PERCENTILES))
    return Spread(p10=p10, p50=p50, p90=p90)


def _weighed(saved_w: Floats, year: Floats, weight: Floats | None) -> Spread | None:
    if weight is None:
        return None
    known = np.isfinite(weight)
    if known.mean() < LEAST_PRICED:
        return None
    return spread((saved_w[:, known] * weight[known]).mean(axis=1) * year * _PER_W)


def _source(factors: Factors) -> str:
    if not factors.hourly_share:
        return factors.source
    own = f"the site's hourly factors for {100 * factors.hourly_share:.0f} % of the steps"
    return "; ".join(part for part in (own, factors.source) if part)


def year_share(span_ns: int, draws: Draws, count: int, *, yearly: bool) -> Floats:
    """Return the year's saving relative to that of the evidence, by draw."""
    prior = cooling_response().year
    if not yearly or span_ns >= prior.short_days * DAY_NS:
        return np.ones(count)
    spread_of = (prior.high - prior.low) / 24.0**0.5
    values = prior.mode + spread_of * draws.normal("year")[:count]
    return np.asarray(np.clip(values, prior.low, prior.high), dtype=np.float64)
