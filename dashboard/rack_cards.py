"""The cards of the rack page: what is free, both sides, contents, air by height, phases."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.overview import Figure, State
from analytics.thermal_view import Zone
from dashboard.elevation import Box, elevation
from dashboard.markup import View, card, figure, image, phrases, provenance, state_of, why
from dashboard.navigation import link
from dashboard.place_alarms import named
from dashboard.thermal_colours import MARKS
from greendc import display
from greendc.mounted import Face
from greendc.origins import origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.alarm_view import Beside
    from analytics.rack_view import HeightLine, Item, PhaseLine, Plugged, RackView
    from greendc.display import Shown

STYLE = Path(__file__).with_name("rack.css")


def style() -> str:
    """Return the page's own style sheet."""
    return f"<style>{STYLE.read_text('utf-8')}</style>"


def head(view: View, page: RackView) -> str:
    """Return which rack this is and where it stands, with the racks beside it."""
    rack = page.rack
    place = [word for word in (rack.room, rack.row and f"{rack.row}{rack.position}", rack.module) if word]
    words = [escape(word) for word in place] or [view.t("dashboard_rack.no_place")]
    before, after = page.beside
    steps = [
        link("rack", f"← {escape(before)}", rack=before) if before else "",
        link("rack", f"{escape(after)} →", rack=after) if after else "",
    ]
    print_words = f'<span class="g-noprint">{view.t("dashboard_rack.print")}</span>'
    line = phrases([*words, view.t("dashboard_rack.size", units=rack.units), *steps, print_words])
    return f'<h2>{view.t("dashboard_rack.title", rack=rack.name)}</h2><p class="g-when">{line}</p>'


def tiles(view: View, page: RackView) -> str:
    """Return what the rack draws, and how much of its units, power and mass is free."""
    rack, spare = page.rack, page.spare
    rated = "" if rack.nominal_kw is None else _said(view, "rated_kw", kw=display.significant(rack.nominal_kw))
    borne = "" if rack.nominal_kg is None else _said(view, "rated_kg", kg=display.number(rack.nominal_kg))
    units = Figure(value=float(spare.units), unit="1", state=State.FRESH)
    block = _said(view, "block", n=spare.block)
    unweighed = _said(view, "unweighed", n=spare.unweighed) if spare.unweighed else ""
    parts = [
        _tile(view, "power", page.power, display.power(page.power.value), rated, provenance(view, page.power)),
        _tile(view, "free_units", units, display.Shown(str(spare.units), "U"), block),
        _tile(view, "free_power", spare.power, display.power(spare.power.value), why(view, spare.power)),
        _tile(view, "free_mass", spare.mass, display.mass(spare.mass.value), borne, why(view, spare.mass), unweighed),
    ]
    return f'<div class="g-tiles g-four">{"".join(parts)}</div>'


def _tile(view: View, key: str, fact: Figure, shown: Shown, *lines: str) -> str:
    body = "".join(f'<div class="g-line g-when">{line}</div>' for line in lines if line)
    return (
        f'<section class="g-tile g-card-{fact.state.value}" data-tile="{key}">'
        f"<h2>{view.t(f'dashboard_rack.tile.{key}')}</h2>"
        f'<div class="g-figure">{figure(view, fact, shown)}</div>{body}</section>'
    )


def _said(view: View, key: str, **params: str | float) -> str:
    return view.t(f"dashboard_rack.{key}", **params)


def sides(view: View, page: RackView, found: Beside | None) -> str:
    """Return front and rear side by side."""
    drawn = "".join(_side(view, page, found, face) for face in Face)
    return card(view.t("dashboard_rack.elevation"), f'<div class="g-elevations">{drawn}</div>', kind="g-wide")


def _side(view: View, page: RackView, found: Beside | None, face: Face) -> str:
    boxes = [_box(item, found) for item in page.items if item.mounted.on(face)]
    title = view.say(f"dashboard_rack.{face}")
    desc = view.say("dashboard_rack.alt", side=title, rack=page.rack.name, n=len(boxes))
    return image(elevation(boxes, page.rack.units, title=title, desc=desc, palette=view.palette), desc)


def _box(item: Item, found: Beside | None) -> Box:
    one = item.mounted
    alarm = None if found is None else found.worst(one.name)
    return Box(
        unit=one.unit,
        units=one.units,
        name=title_of(item),
        amount="" if item.power.value is None else str(display.power(item.power.value)),
        state=_state(item, found),
        priority="" if alarm is None else alarm.episode.alarm.priority,
    )


def title_of(item: Item) -> str:
    """Return what a thing is called: its title and its name, where they differ."""
    one = item.mounted
    return f"{one.title} ({one.name})" if one.title and one.title != one.name else one.name


def _state(item: Item, found: Beside | None) -> State | None:
    if found is not None and item.mounted.name in found.windows:
        return State.SUPPRESSED
    if item.heard is not None:
        return item.heard
    return item.power.state if item.power.value is not None else None


def contents(view: View, page: RackView, found: Beside | None) -> str:
    """Return everything in the rack as a list, from the top, then what takes no units."""
    heads = "".join(f"<th>{view.t(f'dashboard_rack.column.{key}')}</th>" for key in ("what", "power", "state"))
    rows = "".join(_item(view, item, found) for item in page.items)
    rows += "".join(_plugged(view, one, found) for one in page.plugged)
    title = view.t("dashboard_rack.contents")
    if not rows:
        return card(title, f'<p class="g-muted">{view.t("dashboard_rack.nothing_in")}</p>')
    note = "" if page.items else f'<p class="g-muted">{view.t("dashboard_rack.how")}</p>'
    return card(title, f'<table class="g-table g-contents"><tr>{heads}</tr>{rows}</table>{note}')


def _item(view: View, item: Item, found: Beside | None) -> str:
    one = item.mounted
    span = f"U{one.unit}" if one.units == 1 else f"U{one.unit}-{one.top}"
    words = [span, view.t(f"dashboard_rack.{one.face}") if one.face else ""]
    name = named(title_of(item))
    what = link("device", name, device=one.name) if item.device else name
    return _row(
        view,
        one.name,
        f'{what}<div class="g-when">{phrases(words)}</div>',
        item.power,
        _state(item, found),
        item.heard_ns or item.power.time_ns,
        found,
    )


def _plugged(view: View, one: Plugged, found: Beside | None) -> str:
    title = escape(origin(one.title, view.lang))
    what = f'{link("device", escape(one.name), device=one.name)}<div class="g-when">{title}</div>'
    state = State.SUPPRESSED if found is not None and one.name in found.windows else one.heard
    return _row(view, one.name, what, one.power, state, one.heard_ns, found)


def _row(
    view: View, name: str, what: str, power: Figure, state: State | None, heard_ns: int, found: Beside | None
) -> str:
    window = None if found is None else found.windows.get(name)
    said = "" if state is None else state_of(view, state, time_ns=heard_ns, until_ns=window.until_ns if window else 0)
    amount = figure(view, power, display.power(power.value))
    reason = f'<div class="g-when">{why(view, power)}</div>' if power.value is None else ""
    return f'<tr data-thing="{escape(name)}"><td>{what}</td><td>{amount}{reason}</td><td>{said}</td></tr>'


def heights(view: View, page: RackView) -> str:
    """Return the air before the rack from high to low, each against the limits, and the air behind it."""
    title = view.t("dashboard_rack.heights")
    if not page.heights:
        return card(title, f'<p class="g-muted">{view.t("kpis.reason.no_inlet_sensor")}</p>')
    limits = view.t(
        "dashboard_rack.limits",
        low=display.number(page.limits.recommended_low_c),
        high=display.number(page.limits.recommended_high_c),
        limit=display.number(page.limits.allowable_high_c, 1),
        name=page.limits.equipment_class,
    )
    rows = "".join(_height(view, line) for line in page.heights)
    return card(title, f'<table class="g-table">{rows}</table><p class="g-when">{limits}</p>')


def _height(view: View, line: HeightLine) -> str:
    side = "behind" if line.behind else line.height or "heightless"
    where = "/".join(part for part in (line.key.device, line.key.part) if part)
    judged = "" if line.zone in (Zone.PLAIN, Zone.UNKNOWN) else view.t(f"dashboard_thermal.zone.{line.zone}")
    mark = MARKS.get(line.zone, "")
    value = figure(view, line.figure, display.temperature(line.figure.value))
    return (
        f"<tr><td>{view.t(f'dashboard_thermal.height.{side}')}"
        f'<div class="g-when">{link("device", escape(where), device=line.key.device)}</div></td>'
        f"<td>{mark} {value}<div>{provenance(view, line.figure)}</div></td><td>{judged}</td></tr>"
    )


def phases(view: View, lines: Sequence[PhaseLine]) -> str:
    """Return the phases of the PDUs as a table."""
    title = view.t("dashboard_rack.phases")
    if not lines:
        return card(title, f'<p class="g-muted">{view.t("dashboard_rack.no_phases")}</p>')
    columns = ("phase", "current", "load", "power", "voltage", "factor")
    heads = "".join(f"<th>{view.t(f'dashboard_rack.column.{key}')}</th>" for key in columns)
    rows = "".join(_phase(view, line) for line in lines)
    return card(title, f'<table class="g-table"><tr>{heads}</tr>{rows}</table>')


def _phase(view: View, line: PhaseLine) -> str:
    load = display.UNKNOWN if line.load is None else str(display.percent(line.load, 0))
    rated = "" if line.rated_a is None else f' <span class="g-when">/ {display.significant(line.rated_a)} A</span>'
    cells = (
        f"{link('device', escape(line.device), device=line.device)} {escape(line.phase)}",
        figure(view, line.current, display.stored(line.current.value, "A")) + rated,
        load,
        figure(view, line.power, display.power(line.power.value)),
        figure(view, line.voltage, display.stored(line.voltage.value, "V")),
        figure(view, line.power_factor, display.Shown(display.number(line.power_factor.value, 2))),
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
