"""Figures as rows of plain values, for who goes on in a spreadsheet: one row a figure, nothing rounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.kpis import KPIS
from greendc.clock import iso

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analytics.efficiency_view.figures import WindowFigures
    from analytics.result import KpiResult

COLUMNS = (
    "kpi",
    "title",
    "label",
    "part",
    "window",
    "start",
    "end",
    "computed",
    "value",
    "unit",
    "uncertainty_ratio",
    "coverage_ratio",
    "category",
    "status",
    "reason",
    "method",
    "standard",
    "judgements",
    "meters",
)


def table(windows: Iterable[WindowFigures], lang: str) -> list[tuple[str, ...]]:
    """Return the rows below `COLUMNS`: times in UTC (ISO 8601), values in the unit beside them, unknown ones empty."""
    titles = {kpi.key: kpi.title(lang) for kpi in KPIS}
    return [_row(window, figure, titles.get(figure.kpi, figure.kpi)) for window in windows for figure in window.figures]


def _row(window: WindowFigures, figure: KpiResult, title: str) -> tuple[str, ...]:
    status = "" if figure.value is None else "provisional" if figure.provisional else "sound"
    judged = "; ".join(
        f"{one.limit.key}: {one.verdict}" + (f" (grade {one.grade})" if one.grade else "") for one in figure.judgements
    )
    return (
        figure.kpi,
        title,
        figure.label,
        figure.part,
        str(window.window),
        iso(figure.start_ns),
        iso(figure.end_ns),
        iso(window.made_ns),
        _plain(figure.value),
        figure.unit,
        _plain(figure.uncertainty),
        _plain(figure.coverage),
        str(figure.category or ""),
        status,
        figure.reason,
        figure.method,
        figure.standard,
        judged,
        " ".join(sorted({meter for side in figure.inputs for meter in side.meters})),
    )


def _plain(value: float | None) -> str:
    return "" if value is None else repr(value)
