"""The cards of the energy flow page: ribbons as a ranked table, notes on meters, the meters of a node, the file."""

from __future__ import annotations

import csv
import io
from html import escape
from typing import TYPE_CHECKING

from analytics.flow_view import COLUMNS, WHOLE, Ribbon, Unit, table
from dashboard.flow_words import amount, pair, signed, titles
from dashboard.markup import APPROXIMATELY, card, phrases
from dashboard.navigation import link as linked
from greendc import display
from greendc.origins import origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.flow_view import Flow, Link, Node, NodeMeter, Note
    from dashboard.markup import View

MOST_METERS = 48
MOST_NAMED = 6
ALT_PARTS = 4


def caption(view: View, flow: Flow, unit: Unit) -> str:
    """Return which period is shown, how much it was in all, and how far it is known."""
    words = [
        view.t(
            "dashboard_flow.said",
            start=display.moment(flow.start_ns, view.zone),
            end=display.moment(flow.end_ns, view.zone),
            whole=amount(flow.whole(unit), unit, flow),
            share=str(display.percent(flow.coverage)),
        )
    ]
    if flow.before_ns is not None:
        start, end = (display.moment(time_ns, view.zone) for time_ns in flow.before_ns)
        words.append(view.t("dashboard_flow.before", start=start, end=end))
    if unit is not Unit.ENERGY:
        words.append(view.t("dashboard_flow.basis"))
    if unit is Unit.CARBON and flow.factor_source:
        words.append(view.t("dashboard_flow.factor", source=origin(flow.factor_source, view.lang)))
    mark = " g-partly" if flow.coverage < WHOLE else ""
    return f'<p class="g-when{mark}" data-flow="{unit.value}">{" · ".join(words)}</p>'


def alt(view: View, flow: Flow, unit: Unit) -> str:
    """Return the diagram in one sentence."""
    names = titles(view, flow)
    parts = "; ".join(
        f"{pair(view, one, names)} {amount(one.amount.of(unit), unit, flow)}" for one in ranked(flow, unit)[:ALT_PARTS]
    )
    return view.say("dashboard_flow.alt", whole=amount(flow.whole(unit), unit, flow), parts=parts)


def ranked(flow: Flow, unit: Unit) -> list[Link]:
    """Return the ribbons, the widest first; where there is no amount in a unit, by energy."""
    return sorted(flow.links, key=lambda link: (-(link.amount.of(unit) or 0.0), -link.amount.energy_j))


def ribbons(view: View, flow: Flow, unit: Unit) -> str:
    """Return the ribbons as a table that fits a phone: ends, amount, share as a bar, and what is to be known."""
    names, whole = titles(view, flow), flow.whole(unit)
    heads = ("ribbon", "amount", "change") if flow.before_ns is not None else ("ribbon", "amount")
    row = _heads(view, "table", heads)
    body = "".join(_ribbon(view, flow, one, unit, names, whole) for one in ranked(flow, unit))
    return f'<table class="g-table g-ribbons"><thead><tr>{row}</tr></thead><tbody>{body}</tbody></table>'


def _ribbon(view: View, flow: Flow, link: Link, unit: Unit, names: dict[str, str], whole: float | None) -> str:
    value = link.amount.of(unit)
    share = value / whole if value is not None and whole else None
    lead = f'<span class="g-approx">{APPROXIMATELY}</span>' if link.own else ""
    kind = "g-ribbon-marked" if link.marked else f"g-ribbon-{link.ribbon.value}"
    width = f"{100 * min(1.0, share or 0.0):.1f}%"
    said = phrases([str(display.percent(share)) if share is not None else "", *marks(view, link)])
    change = ""
    if flow.before_ns is not None:
        grew = link.change(unit)
        shown = (
            signed(grew) if grew is not None else escape(view.say("dashboard_flow.new")) if link.before is None else "—"
        )
        change = f'<td class="g-right">{shown}</td>'
    return (
        f'<tr data-ribbon="{link.ribbon.value}"><td>{escape(pair(view, link, names))}'
        f'<div class="g-width"><span class="{kind}" style="width:{width}"></span></div>'
        f'<span class="g-when">{said}</span></td>'
        f'<td class="g-right">{lead}{escape(amount(value, unit, flow))}</td>{change}</tr>'
    )


def marks(view: View, link: Link) -> list[str]:
    """Return in words why a ribbon is to be read with care."""
    found = []
    if link.ribbon is Ribbon.UNKNOWN:
        found.append(view.t("dashboard_flow.unknown"))
    elif link.coverage < WHOLE:
        found.append(view.t("dashboard_flow.covered", share=str(display.percent(link.coverage))))
    if link.own:
        found.append(view.t("dashboard_flow.own"))
    return found


def notes(view: View, flow: Flow) -> str:
    """Return what is to be known about meters, with the way to the data quality page."""
    said = [_note(view, note) for note in flow.notes]
    body = "".join(f"<li>{one}</li>" for one in said) or f"<li>{view.t('dashboard_flow.note.none')}</li>"
    more = linked("quality", view.t("dashboard_flow.note.lineage"))
    return card(view.t("dashboard_flow.note.title"), f'<ul class="g-list">{body}</ul><p class="g-link">{more}</p>')


def _note(view: View, note: Note) -> str:
    named = ", ".join(display.one_line(name, 60) for name in note.meters[:MOST_NAMED])
    meters = f"{named} …" if len(note.meters) > MOST_NAMED else named
    return view.t(
        f"dashboard_flow.note.{note.code}",
        meters=meters,
        energy=str(display.energy(note.energy_j)),
        allowed=str(display.energy(note.allowed_j)),
    )


def meters(view: View, node: Node) -> str:
    """Return the meters of a node, each with a link to its device."""
    if not node.meters:
        return f'<p class="g-muted">{view.t("dashboard_flow.meters.none")}</p>'
    rows = "".join(_meter(view, meter) for meter in node.meters[:MOST_METERS])
    heads = _heads(view, "meters", ("meter", "energy", "coverage"))
    left = len(node.meters) - MOST_METERS
    more = f'<p class="g-when">{view.t("dashboard_flow.meters.more", n=left)}</p>' if left > 0 else ""
    return f'<table class="g-table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{more}'


def _heads(view: View, table_name: str, keys: Sequence[str]) -> str:
    """Return the heads of a table whose first column is words and whose others are numbers."""
    cells = [view.t(f"dashboard_flow.{table_name}.{key}") for key in keys]
    return f"<th>{cells[0]}</th>" + "".join(f'<th class="g-right">{cell}</th>' for cell in cells[1:])


def _meter(view: View, meter: NodeMeter) -> str:
    name = linked("device", escape(display.one_line(meter.label, 60)), device=meter.device)
    method = view.t(f"dashboard_flow.meters.{meter.method or 'unread'}")
    error = str(display.percent(meter.uncertainty_ratio))
    said = phrases(
        [
            view.t(f"dashboard_flow.role.{meter.role}"),
            method,
            view.t("dashboard_flow.meters.error", share=error) if meter.method else "",
            view.t("dashboard_flow.own") if meter.own else "",
            view.t("dashboard_flow.meters.resets", n=meter.resets) if meter.resets else "",
        ]
    )
    lead = f'<span class="g-approx">{APPROXIMATELY}</span>' if meter.own and meter.energy_j is not None else ""
    label = escape(display.one_line(meter.label, 60))
    return (
        f'<tr data-meter="{label}"><td>{name}<br><span class="g-when">{said}</span></td>'
        f'<td class="g-right">{lead}{escape(str(display.energy(meter.energy_j)))}</td>'
        f'<td class="g-right">{escape(str(display.percent(meter.coverage)))}</td></tr>'
    )


def as_csv(flow: Flow) -> bytes:
    """Return the ribbons as a CSV file, with the mark that spreadsheets know UTF-8 by."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(table(flow))
    return text.getvalue().encode("utf-8-sig")
