"""Everything the efficiency page shows: the kept figures of each rolling window by group, and the course of PUE."""

from __future__ import annotations

from analytics.efficiency_view import wording
from analytics.efficiency_view.course import Course, CoursePoint, Span, course
from analytics.efficiency_view.figures import (
    GROUPS,
    Efficiency,
    Group,
    WindowFigures,
    efficiency,
    fresh_figures,
    grouped,
)
from analytics.efficiency_view.table import COLUMNS, table
from analytics.efficiency_view.year import YearToDate, year_to_date

__all__ = [
    "COLUMNS",
    "GROUPS",
    "Course",
    "CoursePoint",
    "Efficiency",
    "Group",
    "Span",
    "WindowFigures",
    "YearToDate",
    "course",
    "efficiency",
    "fresh_figures",
    "grouped",
    "table",
    "wording",
    "year_to_date",
]
