"""Whether the numbers that are printed are the figures that are stated: a printed one is what people go by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.reports.package.finding import Finding, error
from analytics.reports.sections import measured
from analytics.result import KpiResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from analytics.reports.document import Figure
    from analytics.reports.package.said import Said, SaidFile, SaidPrinted

MOST_NAMED = 25
"""So many are named one by one."""


def printed_findings(said: SaidFile, file: str) -> Iterator[Finding]:
    """Yield each printed value, coverage and error of a figure that is not what the file states of the figure."""
    printed = {one.id: one for one in said.figures}
    wrong = [
        one.id
        for prefix, figures in ((measured.KPI, said.kpis), *((f"month.{one.name}", one.kpis) for one in said.months))
        for one in _expected(figures, prefix)
        if one.id in printed and not _is(printed[one.id], one)
    ]
    for name in wrong[:MOST_NAMED]:
        yield error("printed_otherwise", file, figure=name)
    if len(wrong) > MOST_NAMED:
        yield error("more_differences", file, count=str(len(wrong) - MOST_NAMED))


def _expected(figures: Sequence[Said], prefix: str) -> Iterable[Figure]:
    for one in figures:
        result = KpiResult(
            kpi=one.kpi,
            part=one.part,
            label="",
            value=one.value,
            unit=one.unit,
            start_ns=0,
            end_ns=0,
            coverage=one.coverage,
            uncertainty=one.uncertainty,
        )
        yield measured.value_of(result, prefix)
        yield measured.coverage_of(result, prefix)
        if one.uncertainty is not None:
            yield measured.share(f"{measured.id_of(result, prefix)}.uncertainty", one.uncertainty)


def _is(printed: SaidPrinted, expected: Figure) -> bool:
    alike = printed.value == expected.value and printed.unit == expected.unit
    return alike and all(shown == expected.shown for shown in printed.shown.values())
