"""What packages have in common: their figures by name, and groups that may stand in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.kpis import KPIS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.reports.evaluation.centre import Centre
    from analytics.result import KpiResult

CATEGORIES = (1, 2, 3)
"""Where IT energy is metered; figures of two categories are never laid in one table."""
_ORDER = {kpi.key: place for place, kpi in enumerate(KPIS)}


def by_category(sound: Sequence[Centre]) -> dict[int, list[Centre]]:
    """Return packages by the category of their IT metering, those without one last; each group as it was given."""
    found = {category: [one for one in sound if one.category == category] for category in (*CATEGORIES, 0)}
    return {category: some for category, some in found.items() if some}


def figure_names(sound: Sequence[Centre]) -> list[tuple[str, str]]:
    """Return the names and parts of all figures that any package states, in this software's own order."""
    names = {(one.kpi, one.part) for centre in sound if centre.stated is not None for one in centre.stated.results}
    return sorted(names, key=lambda name: (_ORDER[name[0]], name[1]))


def result_in(centre: Centre, kpi: str, part: str) -> KpiResult | None:
    """Return a figure of a package, None where it states none."""
    results = () if centre.stated is None else centre.stated.results
    return next((one for one in results if (one.kpi, one.part) == (kpi, part)), None)
