"""What a joule of the grid cost in each step and how much carbon it carried.

Cost and carbon are those of the grid's electricity: it costs the tariff's price and carries the grid's factor. What the
sun gives is free of both, and what a storage gives was paid for when it was charged; fuels are not counted. The bus
carries the mean of its supplies, so that every ribbon below it shares both by its energy, and nothing is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.counters import Floats
from analytics.schedule.carbon_factors import factors_at
from analytics.tariff import price_table
from greendc.units import J_PER_KWH

if TYPE_CHECKING:
    from analytics.counters import Times
    from greendc.site import Site


class Worth(msgspec.Struct, frozen=True, kw_only=True):
    """Weights per J of each step for what the grid gives; NaN where there is no price or factor."""

    price: Floats
    carbon: Floats
    currency: str = ""
    unpriced: str = ""
    uncounted: str = ""
    source: str = ""


def worth_of(site: Site, edges_ns: Times) -> Worth:
    """Return what the grid's energy is worth in each step.

    Raises:
        ConfigError: the tariff file cannot be used.
    """
    starts, step = edges_ns[:-1], int(edges_ns[1] - edges_ns[0])
    table = price_table(site)
    nothing = np.full(len(starts), np.nan)
    price = nothing if table is None else table.mean_price(starts, step) / J_PER_KWH
    # The factor of the year, as the carbon figures have it: page and figures agree.
    factors = factors_at(starts, site.info.region, site.zone())
    carbon = factors.location / J_PER_KWH
    return Worth(
        price=price,
        carbon=carbon,
        currency="" if table is None else table.currency,
        unpriced="no_tariff" if table is None else "no_price" if np.isnan(price).any() else "",
        uncounted="no_grid_factor" if np.isnan(carbon).any() else "",
        source=factors.source,
    )
