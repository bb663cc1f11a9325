"""The chart of one alarm: its series with the band or the limit that it is judged by."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dashboard.chart import Option, over_time, stamp

if TYPE_CHECKING:
    from analytics.alarm_view import Course
    from dashboard.markup import View

HEIGHT = 200
MARGIN = 0.1


def option(view: View, course: Course) -> Option:
    """Return the series as a line, its band as an area, its limit and the onset as dashed lines."""
    colours = view.palette
    label: Option = {"color": colours.muted}
    stamps = [stamp(time_ns, view.zone) for time_ns in course.times_ns]
    return {
        **over_time(view, top=28, right=12),
        "color": [colours.line],
        "yAxis": {
            "type": "value",
            "name": course.unit,
            "scale": True,
            "nameTextStyle": label,
            "axisLabel": label,
            "splitLine": {"lineStyle": {"color": colours.edge}},
            **_reach(course),
        },
        "series": [
            {
                "type": "line",
                "name": view.say("dashboard_alarms.chart.value"),
                "data": [[at, value] for at, value in zip(stamps, course.values, strict=True)],
                "symbol": "none",
                "connectNulls": False,
                "lineStyle": {"width": 2},
                "emphasis": {"disabled": True},
                "markArea": _band(view, course),
                "markLine": _lines(view, course),
            }
        ],
    }


def _reach(course: Course) -> Option:
    """Return ends of the axis that hold the marks too, which do not stretch it by themselves."""
    marks = [mark for mark in (course.low, course.high, course.limit, course.expected) if mark is not None]
    known = [value for value in course.values if value is not None] + marks
    if not known or not marks:
        return {}
    span = max(known) - min(known) or 1.0
    step = 10.0 ** math.floor(math.log10(span))
    low, high = (math.floor(min(known) / step - MARGIN), math.ceil(max(known) / step + MARGIN))
    return {"min": round(low * step, 6), "max": round(high * step, 6)}


def _band(view: View, course: Course) -> Option:
    if course.low is None or course.high is None:
        return {"data": []}
    return {
        "silent": True,
        "itemStyle": {"color": view.palette.band, "opacity": 0.7},
        "data": [[{"yAxis": course.low}, {"yAxis": course.high}]],
    }


def _lines(view: View, course: Course) -> Option:
    colour = view.palette.text
    label: Option = {"color": view.palette.muted, "position": "insideStartTop", "fontSize": 11}

    def mark(key: str, place: Option) -> Option:
        return {**place, "name": view.say(f"dashboard_alarms.chart.{key}"), "label": {**label, "formatter": "{b}"}}

    data = [mark("since", {"xAxis": stamp(course.since_ns, view.zone)})]
    data += [
        mark(key, {"yAxis": value})
        for key, value in (("limit", course.limit), ("expected", course.expected))
        if value is not None
    ]
    return {
        "silent": True,
        "symbol": "none",
        "lineStyle": {"color": colour, "type": "dashed", "width": 1},
        "data": data,
    }
