"""Time-of-use tariffs: the user's own table, the price of any time, and the bill of any load."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from analytics.tariff.bill import Bill, BillItem, BillRemark, Intervals, bill
from analytics.tariff.check import load_tariff, read_tariff, tariff_problems
from analytics.tariff.file import TIERS, TariffFile, Tier
from analytics.tariff.price_table import NO_TIER, PriceTable, flat_table
from analytics.tariff.replay import BillReplay, cheapest_first, under_another, with_another

if TYPE_CHECKING:
    from greendc.site import Site

__all__ = [
    "NO_TIER",
    "TIERS",
    "Bill",
    "BillItem",
    "BillRemark",
    "BillReplay",
    "Intervals",
    "PriceTable",
    "TariffFile",
    "Tier",
    "bill",
    "cheapest_first",
    "flat_table",
    "load_tariff",
    "price_table",
    "read_tariff",
    "tariff_problems",
    "under_another",
    "with_another",
]


def price_table(site: Site) -> PriceTable | None:
    """Return a site's tariff: its own table, else its flat price, else None.

    Raises:
        ConfigError: the tariff file cannot be used.
    """
    if site.tariff is None:
        return None
    if not site.tariff.file:
        return flat_table(site.tariff, site.zone())
    return PriceTable(read_tariff(Path(site.tariff.file)), site.zone())
