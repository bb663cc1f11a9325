"""The year to date: PUE and energy as they are kept, beside the PUE that the site's design predicts for a year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.efficiency_view.figures import WindowFigures, efficiency
from analytics.figures import Window
from analytics.result import KpiResult

if TYPE_CHECKING:
    from greendc.contracts import Ledger
    from greendc.site import Site

ENERGIES = ("facility_energy", "it_energy")


class YearToDate(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of this year so far. ``design`` is the declared PUE, ``above`` [1] how far the year is above it.

    ``settled`` is false where the difference is within the uncertainty of the year's PUE.
    """

    kept: WindowFigures
    pue: KpiResult | None = None
    energies: tuple[KpiResult, ...] = ()
    design: KpiResult | None = None
    above: float | None = None
    settled: bool = False


def year_to_date(ledger: Ledger, site: Site, now_ns: int) -> YearToDate:
    """Return what is known of this year; what is not known yet is not put forward from a part of the year.

    Raises:
        ConfigError: the site names a standards profile that does not exist.
        StoreAway: the ledger cannot be read.
    """
    kept = efficiency(ledger, site, now_ns).window(Window.YEAR)
    pue, design = kept.figure("pue"), kept.figure("dpue")
    if design is not None and design.value is None:
        design = None
    energies = tuple(one for one in (kept.figure(name) for name in ENERGIES) if one is not None)
    above, settled = None, False
    if pue is not None and pue.value is not None and design is not None and design.value is not None:
        above = pue.value - design.value
        settled = abs(above) > pue.value * (pue.uncertainty or 0.0)
    return YearToDate(kept=kept, pue=pue, energies=energies, design=design, above=above, settled=settled)
