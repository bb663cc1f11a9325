"""The plan of a room as a heat map: a cell for each rack, rows and aisles from top to bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.overview import State
from analytics.thermal_view import Layer
from analytics.thermal_view.plan import Kind
from dashboard.markup import APPROXIMATELY
from dashboard.thermal_colours import MARKS, thermal_colours
from greendc import display

if TYPE_CHECKING:
    from analytics.thermal_view import Cell, Field, Lane, RoomPlan
    from dashboard.chart import Option
    from dashboard.markup import View
    from dashboard.thermal_colours import Ground

LANE_PX, FRAME_PX = 58, 40
WIDE = 14
"""A row of more racks than this has no room for numbers on a phone; they stand in the table and under the finger."""
PHONE_PX = 640
UNITS = {Layer.INLET: "°C", Layer.OUTLET: "°C", Layer.RISE: "K", Layer.TREND: "K/h"}


def height(plan: RoomPlan) -> int:
    """Return the height of a room's chart in pixels."""
    return FRAME_PX + LANE_PX * len(plan.lanes)


def shown(field: Field, cell: Cell) -> str:
    """Return a cell's number with the mark of its zone, without its unit."""
    if cell.value is None:
        return display.UNKNOWN
    sign = "+" if field.layer is Layer.TREND and round(cell.value, 1) > 0 else ""
    lead = APPROXIMATELY if cell.state is State.ESTIMATED else ""
    mark = MARKS.get(cell.zone, "")
    return f"{mark} {lead}{sign}{display.number(cell.value, 1)}".strip()


def share_of(field: Field, value: float) -> float:
    """Return where a value stands in the grey ramp, 0..1: within the recommended range, else among its like."""
    if field.layer is Layer.INLET:
        low, high = field.limits.recommended_low_c, field.limits.recommended_high_c
    else:
        known = [cell.value for cell in field.cells.values() if cell.value is not None]
        low, high = min(known), max(known)
    return (value - low) / (high - low) if high > low else 0.5


def option(view: View, field: Field, plan: RoomPlan) -> Option:
    """Return the heat map of a room."""
    painter = _Painter(view, field, plan)
    data = [painter.item(x, y, lane) for y, lane in enumerate(plan.lanes) for x in range(plan.positions)]
    bare: Option = {"axisTick": {"show": False}, "axisLine": {"show": False}}
    return {
        "animation": False,
        "aria": {"enabled": True},
        "backgroundColor": "transparent",
        "grid": {"left": 4, "right": 4, "top": 4, "bottom": 4, "containLabel": True},
        "tooltip": {
            "trigger": "item",
            "formatter": "{b}",
            "backgroundColor": view.palette.card,
            "borderColor": view.palette.edge,
            "textStyle": {"color": view.palette.text},
        },
        "xAxis": {
            "type": "category",
            "data": [str(x + 1) for x in range(plan.positions)],
            "axisLabel": {"color": view.palette.muted},
            **bare,
        },
        "yAxis": {
            "type": "category",
            "inverse": True,
            # Two lanes of one name would be one lane.
            "data": [lane.row or " " * (i + 1) for i, lane in enumerate(plan.lanes)],
            "axisLabel": {"color": view.palette.text, "fontWeight": 600},
            **bare,
        },
        "visualMap": {
            "show": False,
            "type": "piecewise",
            "dimension": 2,
            "pieces": [{"value": i, "color": ground.fill} for i, ground in enumerate(painter.grounds)],
        },
        "media": _on_a_phone(plan),
        "series": [
            {
                "type": "heatmap",
                "name": plan.room,
                "data": data,
                "label": {"show": True},
                "labelLayout": {"hideOverlap": True},
                "itemStyle": {"borderColor": view.palette.card, "borderWidth": 2},
                "emphasis": {"itemStyle": {"borderColor": view.palette.text, "borderWidth": 2}},
                "select": {"itemStyle": {"borderColor": view.palette.text, "borderWidth": 3}},
                "selectedMode": "single",
            }
        ],
    }


def _on_a_phone(plan: RoomPlan) -> list[Option]:
    if plan.positions <= WIDE:
        return []
    return [{"query": {"maxWidth": PHONE_PX}, "option": {"series": [{"label": {"show": False}}]}}]


def rack_at(plan: RoomPlan, index: int) -> str:
    """Return the rack that a place in the chart's data stands for, empty for an aisle or a free place."""
    lane, x = divmod(index, plan.positions)
    if not 0 <= lane < len(plan.lanes):
        return ""
    rack = plan.lanes[lane].racks.get(x + 1)
    return rack.name if rack else ""


class _Painter:
    """Makes the items of one heat map and keeps the colours that they use: an item names its colour by its place."""

    def __init__(self, view: View, field: Field, plan: RoomPlan) -> None:
        self._middle = (plan.positions - 1) // 2
        self._view = view
        self._field = field
        self._colours = thermal_colours(view.palette.name)
        self.grounds: list[Ground] = []

    def item(self, x: int, y: int, lane: Lane) -> Option:
        rack = lane.racks.get(x + 1)
        return self._floor(x, y, lane) if rack is None else self._rack(x, y, self._field.cells[rack.name])

    def _rack(self, x: int, y: int, cell: Cell) -> Option:
        view, stale = self._view, cell.state is State.STALE
        share = 0.0 if cell.value is None else share_of(self._field, cell.value)
        ground = self._colours.stale if stale else self._colours.zone(cell.zone, share)
        text = shown(self._field, cell)
        value = view.say("dashboard_thermal.unknown") if cell.value is None else f"{text} {UNITS[self._field.layer]}"
        words = [cell.rack, value]
        if stale:
            words.append(view.say("dashboard.figure.stale", age=view.ago(cell.time_ns)))
        frame: Option = {}
        if stale or cell.value is None:
            dashes = "dashed" if stale else "dotted"
            frame = {"borderColor": view.palette.muted, "borderWidth": 1, "borderType": dashes}
        return {
            "name": " · ".join(words),
            "value": [x, y, self._place(ground)],
            "itemStyle": frame,
            "label": {"formatter": f"{cell.rack}\n{text}", "color": ground.ink, "fontSize": 11, "lineHeight": 15},
        }

    def _floor(self, x: int, y: int, lane: Lane) -> Option:
        lanes = {Kind.COLD: self._colours.cold_aisle, Kind.HOT: self._colours.hot_aisle}
        ground = lanes.get(lane.kind, self._colours.aisle)
        name = "" if lane.kind is Kind.ROW else self._view.say(f"dashboard_thermal.aisle.{lane.kind}")
        text = name if x == self._middle else ""
        return {
            "name": name,
            "value": [x, y, self._place(ground)],
            "itemStyle": {"borderWidth": 0},
            "label": {"formatter": text, "show": bool(text), "color": ground.ink, "fontSize": 11},
            "tooltip": {"show": bool(name)},
        }

    def _place(self, ground: Ground) -> int:
        if ground not in self.grounds:
            self.grounds.append(ground)
        return self.grounds.index(ground)
