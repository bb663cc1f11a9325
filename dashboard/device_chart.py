"""The chart of one measurement: gaps stay gaps, doubtful readings are shaded, what happened stands upright."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.chart import Option, over_time, stamp
from dashboard.palette import MARKS
from greendc import display
from greendc.model import Quality
from greendc.quantities import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.alarms.fold import Window
    from analytics.device_view import Course, Mark, Stretch
    from dashboard.markup import View

HEIGHT = 320
LABELLED = 8
"""More marks than this carry no words: they would cover each other."""


def option(view: View, course: Course, marks: Sequence[Mark], windows: Sequence[Window], name: str) -> Option:
    """Return the line of a measurement with its marks."""
    colours = view.palette
    label: Option = {"color": colours.muted}
    upright = _upright(view, course, marks)
    axis: Option = {
        "type": "value",
        "name": course.unit,
        "nameTextStyle": label,
        "axisLabel": label,
        "scale": True,
        "splitLine": {"lineStyle": {"color": colours.edge}},
    }
    if course.states:
        axis |= {"name": "", "minInterval": 1, "min": min(course.states.values()), "max": max(course.states.values())}
    option = over_time(view, top=46, right=36)
    # The range is what was asked for, also where nothing was read.
    ends = {"min": stamp(course.start_ns, view.zone), "max": stamp(course.end_ns, view.zone)}
    shown: dict[str, object] = dict(option["xAxis"]) if isinstance(option["xAxis"], dict) else {}
    return {
        **option,
        "xAxis": shown | ends,
        "color": [colours.line],
        "yAxis": axis,
        "series": [
            {
                "type": "line",
                "name": name,
                "data": [
                    [stamp(at, view.zone), value] for at, value in zip(course.times_ns, course.values, strict=True)
                ],
                "step": "end" if course.kind is Kind.STATE else False,
                "showSymbol": False,
                "connectNulls": False,
                "lineStyle": {"width": 1.6},
                "emphasis": {"disabled": True},
                "markLine": {"symbol": "none", "silent": True, "animation": False, "data": upright},
                "markArea": {"silent": True, "data": _areas(view, course, windows)},
            }
        ],
    }


def _upright(view: View, course: Course, marks: Sequence[Mark]) -> list[Option]:
    lines = [(reset.time_ns, view.say(f"dashboard_device.mark.{reset.kind}"), "dotted") for reset in course.resets]
    for mark in marks:
        shape = "✎" if mark.kind == "note" else MARKS.get(mark.priority, "")
        word = view.say(f"dashboard_device.mark.{mark.kind}")
        lines.append((mark.time_ns, f"{shape} {word}", "solid" if mark.kind == "raised" else "dashed"))
    worded = len(lines) <= LABELLED
    return [
        {
            "xAxis": stamp(at, view.zone),
            "name": word,
            "lineStyle": {"color": view.palette.text, "type": dashes, "width": 1},
            "label": {
                "show": worded,
                "formatter": "{b}",
                "color": view.palette.text,
                "fontSize": 11,
                "position": "end",
                # Words of marks close to each other stand one above the other.
                "distance": [0, 2 + 13 * (i % 2)],
            },
        }
        for i, (at, word, dashes) in enumerate(sorted(lines))
    ]


def _areas(view: View, course: Course, windows: Sequence[Window]) -> list[list[Option]]:
    areas = [_area(view, one.start_ns, one.end_ns, _doubt(view, one), "dotted") for one in course.stretches]
    maintenance = view.say("dashboard_shell.state.suppressed")
    for window in windows:
        start_ns, end_ns = max(window.start_ns, course.start_ns), min(window.until_ns, course.end_ns)
        if start_ns < end_ns:
            areas.append(_area(view, start_ns, end_ns, maintenance, "solid"))
    return areas


def _area(view: View, start_ns: int, end_ns: int, name: str, dashes: str) -> list[Option]:
    begin: Option = {
        "xAxis": stamp(start_ns, view.zone),
        "name": name,
        "itemStyle": {
            "color": view.palette.band,
            "opacity": 0.75,
            "borderColor": view.palette.muted,
            "borderWidth": 1,
            "borderType": dashes,
        },
        "label": {"show": False},
    }
    return [begin, {"xAxis": stamp(end_ns, view.zone)}]


def _doubt(view: View, stretch: Stretch) -> str:
    return view.say(f"dashboard_device.quality.{Quality(stretch.quality).name.lower()}")


def rows(view: View, course: Course) -> dict[str, list[object]]:
    """Return the chart as columns of a table, newest first, for who cannot see it."""
    names = {code: name for name, code in course.states.items()}
    known = [(at, value) for at, value in zip(course.times_ns, course.values, strict=True) if value is not None][::-1]
    values: list[object] = [names.get(round(value), value) if names else value for _, value in known]
    return {
        view.say("dashboard.chart.time"): [stamp(at, view.zone).replace("T", " ") for at, _ in known],
        course.unit or view.say("dashboard_device.column.value"): values,
    }


def legend(course: Course) -> str:
    """Return the names of the codes of a state, empty for what is no state."""
    return " · ".join(f"{display.number(code)} = {name}" for name, code in course.states.items())
