"""The cards of the lineage page: result, formula, boundary with every meter, configuration and hashes, versions."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from analytics.efficiency_view import wording
from analytics.lineage_view import amount, filled_in, formula
from analytics.overview import Figure, State
from dashboard.efficiency_cards import facts, judgements
from dashboard.markup import View, card, figure, phrases
from greendc import display, origins
from greendc.clock import iso
from greendc.quantities import quantities
from greendc.site import ALWAYS, FOREVER
from greendc.texts import catalogue
from greendc.units import from_stored

if TYPE_CHECKING:
    from analytics.lineage import Boundary, Source
    from analytics.lineage_view import Origin, Step, Version

METERS_SHOWN = 60
BOUNDARIES_SHOWN = 4
HASH_SHOWN = 16
ARROW = "→"
SIGNS = {1.0: "+", -1.0: "−"}  # noqa: RUF001 (a true minus sign)


def result(view: View, origin: Origin, *, rolling: bool) -> str:
    """Return the figure with its period, what qualifies it, its judgements, remarks and standard."""
    one = origin.result
    start, end = (display.moment(at_ns, view.zone) for at_ns in (one.start_ns, one.end_ns))
    state = State.MISSING if one.value is None else State.FRESH
    fact = Figure(value=one.value, unit=one.unit, state=state)
    newest = origin.versions[0] if origin.versions else None
    status = view.t("dashboard_lineage.rolling") if rolling or newest is None else _state(view, newest)
    standard = view.t("dashboard_lineage.standard", standard=origins.origin(one.standard, view.lang))
    lines = [
        f'<span class="g-tag">{status}</span>',
        facts(view, one),
        f"<b>{escape(wording.reason(one, view.lang))}</b>" if one.reason else "",
        judgements(view, one),
        *(escape(remark) for remark in wording.remarks(one, view.lang)),
        f'<span class="g-when">{standard}</span>',
        '<span class="g-when">'
        + phrases(
            [
                view.t("dashboard_lineage.span", start=start, end=end),
                view.t("dashboard_lineage.computed", time=display.moment(origin.made_ns, view.zone)),
            ]
        )
        + "</span>",
    ]
    body = "".join(f'<div class="g-line">{line}</div>' for line in lines if line)
    return (
        f'<section class="g-tile g-card-{state.value}"><h2>{escape(wording.title(one, view.lang))}</h2>'
        f'<div class="g-figure">{figure(view, fact, wording.shown(one.value, one))}</div>{body}</section>'
    )


def equation(view: View, origin: Origin) -> str:
    """Return the definition, the equation in signs, and the equation with its numbers."""
    one = origin.result
    words = f"<p>{view.t(f'kpis.{one.kpi}.definition')}</p>" if f"kpis.{one.kpi}.definition" in catalogue() else ""
    signs, numbers = formula(one), filled_in(one)
    name = escape(one.label.upper() if one.label.islower() else one.label)
    body = f"<code>{name} = {escape(signs)}</code>" if signs else ""
    if numbers and one.value is not None:
        body += f"<code>{escape(numbers)} = {escape(str(wording.shown(one.value, one)))}</code>"
    return card(view.t("dashboard_lineage.formula"), words + body)


def boundary(view: View, origin: Origin) -> str:
    """Return every side of a figure: which roles it counts with which sign, and what each meter gave."""
    title = view.t("dashboard_lineage.boundary")
    if not origin.steps:
        return card(title, f'<p class="g-muted">{view.t("dashboard_lineage.no_inputs")}</p>')
    return card(title, "".join(_step(view, step) for step in origin.steps))


def _step(view: View, step: Step) -> str:
    side = step.side
    roles = phrases(
        [
            view.t("dashboard_lineage.role", sign=SIGNS.get(sign, f"{sign:g}"), role=_role(view, role))
            for role, sign in step.signs.items()
            if sign
        ]
    )
    said = phrases(
        [
            view.t("dashboard_lineage.covered", share=str(display.percent(side.coverage))),
            view.t("dashboard_lineage.error", share=str(display.percent(side.uncertainty)))
            if side.uncertainty is not None
            else "",
            view.t(f"kpis.method.{side.method}") if side.method else "",
            view.t("dashboard_lineage.gaps", gaps=side.gaps, resets=side.resets),
        ]
    )
    sources = sorted(step.sources, key=lambda source: (source.role, source.meter))
    rows = "".join(_source(view, source) for source in sources[:METERS_SHOWN])
    more = ""
    if len(sources) > METERS_SHOWN:
        shown = view.t("dashboard_lineage.meters_shown", shown=METERS_SHOWN, n=len(sources))
        more = f'<p class="g-muted">{shown}</p>'
    return (
        f'<h3>{escape(_side(view, side.role))}: {escape(amount(side))}</h3><p class="g-when">{roles}</p>'
        f'<p class="g-when">{said}</p><div class="g-rows g-meters">{rows}</div>{more}'
    )


def _source(view: View, source: Source) -> str:
    known = source.boundaries
    ends = known if len(known) <= BOUNDARIES_SHOWN else (*known[:2], *known[-2:])
    readings = f" {ARROW} ".join(f'<span class="g-phrase">{_reading(view, source, one)}</span>' for one in ends)
    hidden = len(known) - len(ends) + source.left_out
    more = f'<div class="g-when">{view.t("dashboard_lineage.left_out", n=hidden)}</div>' if hidden > 0 else ""
    said = phrases(
        [
            view.t("dashboard_lineage.covered", share=str(display.percent(source.coverage))),
            view.t("dashboard_lineage.class", share=str(display.percent(source.accuracy_ratio))),
            view.t("dashboard_lineage.factor", factor=f"{source.factor:g}"),
            view.t(f"kpis.method.{source.method}") if source.method else "",
            view.t("dashboard_lineage.values", n=display.number(source.values)),
            _validity(view, source),
        ]
    )
    return (
        f'<div class="g-meter"><div class="g-name"><b>{escape(source.meter)}</b> '
        f'<span class="g-when">{escape(_role(view, source.role))} · {escape(_quantity(view, source))}</span></div>'
        f'<div class="g-readings">{readings}{more}</div>'
        f'<div class="g-when g-notes">{said} · {_hash(source.sha256)}</div></div>'
    )


def _reading(view: View, source: Source, one: Boundary) -> str:
    unit = "" if source.quantity not in quantities() else quantities()[source.quantity].unit
    if unit == "J":
        value = f"{display.number(from_stored(one.value, 'kW.h'), 2)} kWh"
    else:
        value = f"{display.number(one.value, 3)} {wording.UNITS.get(unit, unit)}"
    return view.t("dashboard_lineage.register", value=value, time=display.moment(one.time_ns, view.zone))


def _validity(view: View, source: Source) -> str:
    if source.valid_from <= ALWAYS and source.valid_to >= FOREVER:
        return ""
    if source.valid_to >= FOREVER:
        return view.t("dashboard_lineage.validity", start=source.valid_from.isoformat())
    return view.t("dashboard_lineage.validity_to", start=source.valid_from.isoformat(), end=source.valid_to.isoformat())


def _quantity(view: View, source: Source) -> str:
    known = quantities().get(source.quantity)
    return source.quantity if known is None else known.title(view.lang)


def _role(view: View, role: str) -> str:
    key = f"dashboard_lineage.role_name.{role}"
    return view.say(key) if key in catalogue() else role


def _side(view: View, name: str) -> str:
    key = f"report.role.{name}"
    return view.say(key) if key in catalogue() else name


def configuration(view: View, origin: Origin) -> str:
    """Return what a figure was computed with, and the hashes of data and configuration."""
    known = origin.result.lineage
    if known is None:
        return f'<p class="g-muted">{display.UNKNOWN}</p>'
    lines = [
        view.t("dashboard_lineage.software", version=known.configuration.software),
        view.t("dashboard_lineage.profile", name=known.configuration.standards),
    ]
    named = [
        (view.t("dashboard_lineage.whole_hash"), known.sha256),
        (view.t("dashboard_lineage.data_hash"), known.data_sha256),
        (view.t("dashboard_lineage.configuration_hash"), known.configuration.sha256),
        *((escape(name), value) for name, value in sorted(known.configuration.parts.items())),
    ]
    rows = "".join(f'<tr><td>{name}</td><td class="g-right">{_hash(value)}</td></tr>' for name, value in named)
    said = "".join(f"<p>{line}</p>" for line in lines)
    note = f'<p class="g-when">{view.t("dashboard_lineage.hashes")}</p>'
    return f'{said}{note}<table class="g-table g-hashes">{rows}</table>'


def versions(view: View, origin: Origin) -> str:
    """Return the versions of a closed period, the newest first."""
    title = view.t("dashboard_lineage.versions")
    if not origin.versions:
        return card(title, f'<p class="g-muted">{view.t("dashboard_lineage.no_versions")}</p>')
    rows = "".join(
        f"<tr><td>{_state(view, one)}"
        f'<div class="g-when">{_cause(view, one)} · {escape(display.moment(one.at_ns, view.zone))}</div></td>'
        f'<td class="g-right">{escape(str(wording.shown(one.value, origin.result)))}</td>'
        f'<td class="g-right">{_hash(one.data_sha256)}</td></tr>'
        for one in origin.versions
    )
    return card(title, f'<table class="g-table">{rows}</table>')


def _state(view: View, version: Version) -> str:
    return view.t(f"dashboard_lineage.state.{version.state}", n=version.number)


def _cause(view: View, version: Version) -> str:
    key = f"dashboard_lineage.cause.{version.reason}"
    return view.t(key) if key in catalogue() else escape(version.reason)


def _hash(value: str) -> str:
    if not value:
        return display.UNKNOWN
    return f'<span class="g-hash" title="{escape(value)}">{escape(value[:HASH_SHOWN])}</span>'


def as_json_name(origin: Origin) -> str:
    """Return the name of the file that a figure's lineage is saved under."""
    return f"{origin.result.kpi}-{iso(origin.result.end_ns)[:10]}.json"
