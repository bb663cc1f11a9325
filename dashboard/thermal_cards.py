"""The cards beside the plan of racks: caption, legend, the racks that need a look, one rack, and what has no place."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from analytics.overview import State
from analytics.thermal_view import Layer, Zone
from dashboard.markup import View, card, figure, phrases, provenance, state_of
from dashboard.navigation import link
from dashboard.thermal_chart import UNITS, shown
from dashboard.thermal_colours import MARKS, Ground, thermal_colours
from greendc import display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.result import KpiResult
    from analytics.thermal_view import Cell, Field, Sensor, ThermalDay

WORST_SHOWN = 8
LOOSE_SHOWN = 40
_LEGEND = (Zone.COLD, Zone.INSIDE, Zone.WARM, Zone.HOT, Zone.UNKNOWN)


def caption(view: View, field: Field, figures: Sequence[KpiResult]) -> str:
    """Return what is shown, of when, by which limits, and the figures of the air."""
    limits = field.limits
    when = view.t("dashboard_thermal.live") if field.live else display.moment(field.at_ns, view.zone)
    named = {
        "class": limits.equipment_class,
        "low": _degrees(limits.recommended_low_c),
        "high": _degrees(limits.recommended_high_c),
        "limit": _degrees(limits.allowable_high_c),
        "derating": display.number(limits.derating_k, 1),
    }
    limit_words = view.t("dashboard_thermal.limits", **named)
    if limits.derating_k > 0:
        limit_words += f" {view.t('dashboard_thermal.derated', **named)}"
    counts = view.t("dashboard_thermal.sensors", known=field.known, all=field.sensors)
    words = [*(_air(view, figure) for figure in figures), counts, limit_words]
    return f'<p class="g-when"><b>{when}</b> · {phrases(words)}</p>'


def _air(view: View, result: KpiResult) -> str:
    name = view.t(f"dashboard_thermal.figure.{result.kpi}")
    if result.value is None:
        return f"{name} {display.UNKNOWN} ({view.t(f'kpis.reason.{result.reason}')})"
    return f"{name} {display.percent(result.value)}"


def legend(view: View, field: Field) -> str:
    """Return the colours in words with how many racks wear each; layers without limits have greys alone."""
    colours = thermal_colours(view.palette.name)
    entries = []
    if field.layer is Layer.INLET:
        for zone in _LEGEND:
            ground = colours.zone(zone, 0.5)
            entries.append(
                _entry(ground, MARKS.get(zone, ""), view.t(f"dashboard_thermal.zone.{zone}"), field.count(zone))
            )
    else:
        ends = (colours.ramp[0], colours.ramp[-1])
        entries = [
            _entry(ground, "", view.t(f"dashboard_thermal.ramp.{name}"), None)
            for ground, name in zip(ends, ("least", "most"), strict=True)
        ]
        if field.layer is Layer.TREND:
            words = view.t("dashboard_thermal.zone.fast", limit=display.number(field.change_k_per_h))
            entries.append(_entry(colours.warm, MARKS[Zone.WARM], words, field.count(Zone.WARM)))
    stale = sum(cell.state is State.STALE for cell in field.cells.values())
    if stale:
        entries.append(_entry(colours.stale, "", view.t("dashboard_shell.state.stale"), stale, frame="dashed"))
    return f'<div class="g-when g-legend">{" ".join(entries)}</div>'


def _entry(ground: Ground, mark: str, words: str, count: int | None, *, frame: str = "solid") -> str:
    swatch = (
        f'<span style="display:inline-block;min-width:1.5em;text-align:center;margin-right:0.35em;border-radius:2px;'
        f'border:1px {frame} var(--g-muted);background:{ground.fill};color:{ground.ink}">{mark or "&nbsp;"}</span>'
    )
    number = "" if count is None else f" {count}"
    return f'<span class="g-phrase" style="margin-right:1.1em">{swatch}{words}{number}</span>'


def worst(view: View, field: Field) -> str:
    """Return the racks that need a look first, each with its number and a link."""
    title = view.t(f"dashboard_thermal.worst.{field.layer}")
    rows = "".join(_row(view, field, cell) for cell in field.worst[:WORST_SHOWN])
    if not rows:
        return card(title, f'<p class="g-muted">{view.t("dashboard_thermal.nothing_known")}</p>')
    return card(title, f'<table class="g-table">{rows}</table>')


def table(view: View, field: Field) -> str:
    """Return every rack as a row, for who cannot see the plan."""
    heads = "".join(f"<th>{view.t(f'dashboard_thermal.column.{key}')}</th>" for key in ("rack", "value", "judged"))
    rows = "".join(_row(view, field, cell) for cell in field.cells.values())
    return f'<table class="g-table"><tr>{heads}</tr>{rows}</table>'


def _row(view: View, field: Field, cell: Cell) -> str:
    value = f"{shown(field, cell)} {UNITS[field.layer]}" if cell.value is not None else display.UNKNOWN
    judged = "" if cell.zone in (Zone.PLAIN, Zone.UNKNOWN) else view.t(f"dashboard_thermal.zone.{cell.zone}")
    state = ""
    if cell.state is not State.FRESH:
        state = state_of(view, cell.state, time_ns=cell.time_ns, reason=cell.reason)
    place = phrases([escape(word) for word in (cell.room, cell.row and f"{cell.row}{cell.position}") if word])
    return (
        f'<tr data-rack="{escape(cell.rack)}"><td>{link("rack", escape(cell.rack), rack=cell.rack)} '
        f'<span class="g-when">{place}</span></td><td style="white-space:nowrap">{escape(value)}</td>'
        f"<td>{judged} {state}</td></tr>"
    )


def picked(view: View, day: ThermalDay, rack: str) -> str:
    """Return the sensors of one rack as they read now, low to high, then those behind it."""
    sensors = [sensor for sensor in day.sensors if sensor.rack == rack]
    rows = "".join(_sensor(view, sensor) for sensor in sorted(sensors, key=_from_below))
    body = f'<table class="g-table">{rows}</table>' if rows else f"<p>{view.t('overview.reason.no_sensor')}</p>"
    lead = f'<p class="g-link">{link("rack", view.t("dashboard_thermal.open_rack"), rack=rack)}</p>'
    return card(view.t("dashboard_thermal.picked", rack=rack), body + lead)


def _from_below(sensor: Sensor) -> tuple[bool, int, str]:
    order = ("high", "middle", "low")
    return sensor.behind, order.index(sensor.height) if sensor.height else len(order), sensor.key.label()


def _sensor(view: View, sensor: Sensor) -> str:
    side = "behind" if sensor.behind else sensor.height or ("heightless" if sensor.rack else "rackless")
    where = "/".join(part for part in (sensor.key.device, sensor.key.part) if part)
    value = figure(view, sensor.now, display.temperature(sensor.now.value))
    return (
        f'<tr><td>{view.t(f"dashboard_thermal.height.{side}")}<div class="g-when">'
        f"{link('device', escape(where), device=sensor.key.device)}</div></td>"
        f"<td>{value}<div>{provenance(view, sensor.now)}</div>"
        "</td></tr>"
    )


def unplaced(view: View, field: Field) -> str:
    """Return what the plan cannot show: racks without a place, sensors at no rack, sensors without a height."""
    parts = []
    if field.unplaced:
        names = ", ".join(link("rack", escape(name), rack=name) for name in field.unplaced)
        parts.append(f"<h3>{view.t('dashboard_thermal.loose.racks', n=len(field.unplaced))}</h3><p>{names}</p>")
    for key, sensors in (("sensors", field.loose), ("heights", field.heightless)):
        if sensors:
            rows = "".join(_sensor(view, sensor) for sensor in sensors[:LOOSE_SHOWN])
            more = len(sensors) - LOOSE_SHOWN
            hidden = f'<p class="g-muted">{view.t("dashboard_thermal.loose.more", n=more)}</p>' if more > 0 else ""
            parts.append(
                f"<h3>{view.t(f'dashboard_thermal.loose.{key}', n=len(sensors))}</h3>"
                f'<table class="g-table">{rows}</table>{hidden}'
            )
    return card(view.t("dashboard_thermal.loose.title"), "".join(parts)) if parts else ""


def _degrees(value: float) -> str:
    # A limit that altitude lowered to 31.7 must not read as 32.
    return display.number(value, 0 if value.is_integer() else 1)
