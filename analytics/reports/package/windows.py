"""The windows that a report's figures are of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.kpis.calendar import days
from greendc.clock import NS_PER_HOUR
from greendc.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.reports.facts import Facts
    from analytics.spans import Span
    from greendc.site import Site

WHOLE = "period"
MOST_MONTHS = 129
"""Calendar months that a report may touch; checking one takes a window for each, and one for the whole period."""
MOST_WINDOWS = MOST_MONTHS + 1
_MONTHS_OF_YEAR = 12
BESIDE_NS = 2 * NS_PER_HOUR
"""How far from an end of a window a reading may be to count as the one beside it."""


def refuse_long(site: Site, start_ns: int, end_ns: int) -> None:
    """Refuse a period that has more windows than are verified.

    Raises:
        ConfigError: it touches more than `MOST_MONTHS` calendar months of the site's zone.
    """
    first, last = days(site, start_ns, end_ns)
    months = (last.year - first.year) * _MONTHS_OF_YEAR + last.month - first.month + 1
    if months > MOST_MONTHS:
        hint = "report_package.period.long_hint"
        raise ConfigError.single("report_package.period.long", hint=hint, months=str(months), most=str(MOST_MONTHS))


def windows_of(facts: Facts) -> dict[str, Span]:
    """Return the windows that figures are of, by name, the whole period first; two that are the same are one."""
    found: dict[str, Span] = {}
    for name, figures in ((WHOLE, facts.figures), *((month.name, month.figures) for month in facts.months)):
        span = (figures[0].start_ns, figures[0].end_ns) if figures else None
        if span is not None and span not in found.values():
            found[name] = span
    return found


def counterpart(rows: Mapping[int, float], time_ns: int, edge: int, step_ns: int) -> float | None:
    """Return what the rows of a register show for a reading beside an edge, None where it is not among them.

    Inside of a long period the store gives the first reading of a step at its start, and the last one at its end.
    """
    first = time_ns // step_ns * step_ns
    return rows.get(time_ns, rows.get(first if time_ns >= edge else first + step_ns - 1))
