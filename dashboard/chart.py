"""The options of the page's charts, as Streamlit's ECharts element takes them: plain JSON, a gap is None."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, TypeAlias

from greendc.units import NS_PER_SECOND, kw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analytics.efficiency_view import Course, CoursePoint
    from analytics.overview import Trend
    from dashboard.markup import View

Option: TypeAlias = "dict[str, object]"

HEIGHT = 340
COURSE_HEIGHT = 240
_DIGITS = {"kw": 1, "pue": 3}


def power_and_pue(view: View, trend: Trend) -> Option:
    """Return facility and IT power on the left axis and PUE on the right, over the site's time."""
    stamps = [stamp(time_ns, view.zone) for time_ns in trend.times_ns]
    colours = view.palette
    facility, it, pue = (view.say(f"dashboard.chart.{key}") for key in ("facility", "it", "pue"))
    label: Option = {"color": colours.muted}
    return {
        **over_time(view, top=56, right=8),
        "color": [colours.line, colours.line, colours.text],
        "legend": {
            "top": 0,
            "left": 0,
            "textStyle": label,
            "itemWidth": 36,
            "itemStyle": {"opacity": 0},
            "data": [facility, it, pue],
        },
        "yAxis": [
            _axis(view.say("dashboard.chart.power_axis"), label, colours.edge, grid=True) | {"min": 0},
            _axis(pue, label, colours.edge, grid=False) | {"scale": True, "min": 1, "max": _pue_top(trend.pue)},
        ],
        "series": [
            _line(facility, _points(stamps, [_kw(value) for value in trend.facility_w]), 0, "solid", 2),
            _line(it, _points(stamps, [_kw(value) for value in trend.it_w]), 0, "dashed", 2),
            _line(pue, _points(stamps, [_rounded(value, "pue") for value in trend.pue]), 1, "dotted", 2),
        ],
    }


def beside(view: View, drawn: Option, name: str, times_ns: list[int], power_w: list[float | None]) -> Option:
    """Return the chart of power with one more course behind it, thin and pale: another period, moved onto this one."""
    stamps = [stamp(time_ns, view.zone) for time_ns in times_ns]
    line = _line(name, _points(stamps, [_kw(value) for value in power_w]), 0, "solid", 1)
    legend, series, colours = drawn["legend"], drawn["series"], drawn["color"]
    assert isinstance(legend, dict)  # noqa: S101 (what this module has just built)
    assert isinstance(series, list)  # noqa: S101 (what this module has just built)
    assert isinstance(colours, list)  # noqa: S101 (what this module has just built)
    return drawn | {
        "legend": legend | {"data": [*legend["data"], name]},
        "series": [*series, line],
        "color": [*colours, view.palette.line_soft],
    }


def over_time(view: View, *, top: int, right: int) -> Option:
    """Return what every chart over time has: a still frame, a tooltip, an axis of the site's time."""
    colours = view.palette
    return {
        "animation": False,
        "aria": {"enabled": True},
        "backgroundColor": "transparent",
        "grid": {"left": 8, "right": right, "top": top, "bottom": 8, "containLabel": True},
        "tooltip": {
            "trigger": "axis",
            "backgroundColor": colours.card,
            "borderColor": colours.edge,
            "textStyle": {"color": colours.text},
        },
        "xAxis": {
            "type": "time",
            "axisLabel": {
                "color": colours.muted,
                "hideOverlap": True,
                "formatter": {"day": "{MM}-{dd}", "hour": "{HH}:{mm}"},
            },
            "axisLine": {"lineStyle": {"color": colours.line_soft}},
            "splitLine": {"show": False},
        },
    }


def rows(view: View, trend: Trend) -> dict[str, list[object]]:
    """Return the chart as columns of a table, newest first, for who cannot see it."""
    times = [stamp(time_ns, view.zone).replace("T", " ") for time_ns in trend.times_ns]
    columns: dict[str, list[object]] = {
        view.say("dashboard.chart.time"): list(times),
        f"{view.say('dashboard.chart.facility')} kW": [_kw(value) for value in trend.facility_w],
        f"{view.say('dashboard.chart.it')} kW": [_kw(value) for value in trend.it_w],
        view.say("dashboard.chart.pue"): [_rounded(value, "pue") for value in trend.pue],
        view.say("dashboard.chart.inlet"): [_rounded(value, "kw") for value in trend.inlet_c],
    }
    return {name: values[::-1] for name, values in columns.items()}


def pue_course(view: View, course: Course) -> Option:
    """Return PUE step by step; provisional steps are hollow points, a step without a value is a gap."""
    colours = view.palette
    label: Option = {"color": colours.muted}
    sound, provisional = (view.say(f"dashboard_efficiency.course.{key}") for key in ("sound", "provisional"))
    stamps = [stamp(point.start_ns, view.zone) for point in course.points]
    values = [_rounded(point.value, "pue") for point in course.points]
    hollow = [value if point.provisional else None for point, value in zip(course.points, values, strict=True)]
    return {
        **over_time(view, top=32, right=16),
        "color": [colours.line, colours.text],
        "legend": {"top": 0, "left": 0, "textStyle": label, "data": [sound, provisional]},
        "yAxis": [
            _axis("", label, colours.edge, grid=True) | {"scale": True, "min": 1, "max": _pue_top(values)},
        ],
        "series": [
            _line(sound, _points(stamps, values), 0, "solid", 2) | {"symbol": "circle", "symbolSize": 5},
            {
                "type": "scatter",
                "name": provisional,
                "data": _points(stamps, hollow),
                "symbol": "emptyCircle",
                "symbolSize": 10,
            },
        ],
    }


def course_rows(view: View, course: Course) -> dict[str, list[object]]:
    """Return the course of PUE as columns of a table, newest first."""

    def cells(of: Callable[[CoursePoint], object]) -> list[object]:
        return [of(point) for point in reversed(course.points)]

    return {
        view.say("dashboard_efficiency.course.begin"): cells(
            lambda point: stamp(point.start_ns, view.zone).replace("T", " ")
        ),
        "PUE": cells(lambda point: _rounded(point.value, "pue")),
        view.say("dashboard_efficiency.course.coverage"): cells(lambda point: round(100 * point.coverage, 1)),
        view.say("dashboard_efficiency.course.provisional"): cells(lambda point: point.provisional),
    }


def stamp(time_ns: int, zone: dt.tzinfo) -> str:
    """Return a time without an offset: ECharts shows it as it stands, whatever the zone of the browser."""
    moment = dt.datetime.fromtimestamp(time_ns // NS_PER_SECOND, tz=dt.UTC).astimezone(zone)
    return f"{moment:%Y-%m-%dT%H:%M:%S}"


def _kw(value_w: float | None) -> float | None:
    return None if value_w is None else _rounded(kw(value_w), "kw")


def _pue_top(values: Sequence[float | None]) -> float:
    """Return the top of the PUE axis, twice as far from 1 as the data: the line runs below the powers, not across."""
    highest = max((value for value in values if value is not None and math.isfinite(value)), default=1.5)
    return math.ceil(10 + 20 * (highest - 1)) / 10


def _rounded(value: float | None, kind: str) -> float | None:
    return None if value is None else round(value, _DIGITS[kind])


def _points(stamps: list[str], values: list[float | None]) -> list[list[object]]:
    return [[stamp, value] for stamp, value in zip(stamps, values, strict=True)]


def _axis(name: str, label: Option, edge: str, *, grid: bool) -> Option:
    return {
        "type": "value",
        "name": name,
        "nameTextStyle": label,
        "axisLabel": label,
        "splitLine": {"show": grid, "lineStyle": {"color": edge}},
    }


def _line(name: str, data: list[list[object]], axis: int, dash: str, width: float) -> Option:
    return {
        "type": "line",
        "name": name,
        "yAxisIndex": axis,
        "data": data,
        "symbol": "none",
        "connectNulls": False,
        "lineStyle": {"type": dash, "width": width},
        "emphasis": {"disabled": True},
    }
