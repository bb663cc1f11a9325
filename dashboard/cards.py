"""The cards of the overview: alarms, advice, where the power goes, PUE windows, edge nodes, report."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from analytics.overview import State
from dashboard.markup import View, bare, card, chip, figure, why
from dashboard.navigation import link
from greendc import display
from greendc.quantities import quantity

if TYPE_CHECKING:
    from analytics.advice import Recommendation
    from analytics.alarms import Alarm
    from analytics.overview import DeviceCell, EdgeCell, Fact, Overview, ReportCard, Share

ALARMS_SHOWN = 5
CHECKS = {"passed": "✓", "failed": "✗", "not_evaluable": "?"}
"""The mark of a guard rail: kept, broken, or not known."""
_ORDER = ("critical", "high", "medium", "low")


def sorted_alarms(alarms: list[Alarm]) -> list[Alarm]:
    """Return alarms as a person works on them: unacknowledged first, then by priority, then the oldest."""
    return sorted(alarms, key=lambda alarm: (alarm.acknowledged, _ORDER.index(alarm.priority), alarm.since_ns))


def alarms(view: View, page: Overview) -> str:
    """Return the list of open alarms."""
    title = view.t("dashboard.alarms.title")
    if not page.alarms:
        key = "none" if page.health.fresh else "blind"
        return card(title, f'<p class="g-muted">{view.t(f"dashboard.alarms.{key}")}</p>')
    rows = "".join(_known(view, alarm) for alarm in sorted_alarms(page.alarms)[:ALARMS_SHOWN])
    hidden = len(page.alarms) - ALARMS_SHOWN
    more = f'<p class="g-muted">{view.t("dashboard.alarms.more", n=hidden)}</p>' if hidden > 0 else ""
    more += f'<p class="g-link">{link("alarms", view.t("dashboard.alarms.act"), lang=view.lang)}</p>'
    return card(f'{title} <span class="g-count">{len(page.alarms)}</span>', f'<ul class="g-list">{rows}</ul>{more}')


def _known(view: View, alarm: Alarm) -> str:
    try:
        return _alarm(view, alarm)
    except KeyError:
        said = (
            f'<div class="g-where">{escape(alarm.id)}</div><p class="g-muted">{view.t("dashboard_shell.foreign")}</p>'
        )
        return f"<li>{chip(view, alarm.priority, '', acknowledged=alarm.acknowledged)} {said}</li>"


def _alarm(view: View, alarm: Alarm) -> str:
    state = view.t(f"dashboard.alarms.{'acknowledged' if alarm.acknowledged else 'unacknowledged'}")
    since = view.t("dashboard.alarms.since", age=view.ago(alarm.since_ns))
    return (
        f"<li>{chip(view, alarm.priority, '', acknowledged=alarm.acknowledged)} "
        f'<span class="g-when">{since} · {state}</span>'
        f'<div class="g-where">{link("alarms", escape(alarm.title(view.lang)), alarm=alarm.id)}</div>'
        f'<div class="g-what">{escape(alarm.detail(view.zone, view.lang))}</div>'
        f'<div class="g-when">{escape(alarm.action(view.lang))}</div></li>'
    )


def advice(view: View, page: Overview) -> str:
    """Return the advice that is next with its range and its guard rails."""
    title = view.t("dashboard.advice.title")
    if page.advice is None:
        return card(title, f'<p class="g-muted">{view.t("dashboard.advice.none")}</p>{_to_advice(view)}')
    try:
        body = _advised(view, page.advice)
    except KeyError:
        # Another version wrote it into the ledger, with words that this one does not have.
        return card(title, f'<p class="g-muted">{view.t("dashboard_shell.foreign")}</p>')
    hidden = page.advice_count - 1
    more = f'<p class="g-muted">{view.t("dashboard.advice.more", n=hidden)}</p>' if hidden > 0 else ""
    return card(title, body + more + _to_advice(view))


def _to_advice(view: View) -> str:
    return f'<p class="g-link">{link("advice", view.t("dashboard.advice.act"), lang=view.lang)}</p>'


def _advised(view: View, item: Recommendation) -> str:
    checks = (*item.preconditions, *item.guards)
    rails = "".join(
        f'<li><span class="g-check">{CHECKS.get(check.status, CHECKS["not_evaluable"])}</span>'
        f"{escape(check.text(view.lang))}</li>"
        for check in checks
    )
    guard = f'<h3>{view.t("dashboard.advice.guard")}</h3><ul class="g-rails">{rails}</ul>' if rails else ""
    return (
        f'<p class="g-where">{link("advice", escape(item.title(view.lang)), advice=item.id)}</p>'
        f'<p class="g-what">{escape(item.proposal(view.lang))}</p>'
        f"<h3>{view.t('dashboard.advice.saving')}</h3>{_ranges(view, item)}{guard}"
        f'<p class="g-when">{view.t("dashboard.advice.note")}</p>'
    )


def _ranges(view: View, item: Recommendation) -> str:
    rows = []
    for spread, unit in (
        (item.energy_kwh, "kWh"),
        (item.money, item.currency),
        (item.carbon_kg, view.say("dashboard.advice.carbon")),
    ):
        if spread is None:
            continue
        low, middle, high = (display.significant(value) for value in (spread.p10, spread.p50, spread.p90))
        limits = view.t("dashboard.advice.range", low=low, high=high)
        rows.append(
            f'<tr><td><span class="g-approx">≈</span><b>{escape(middle)}</b> {escape(unit)}</td>'
            f'<td class="g-when">{limits}</td></tr>'
        )
    return f'<table class="g-table g-estimates">{"".join(rows)}</table>'


def split(view: View, page: Overview) -> str:
    """Return where the facility's power goes: one bar in greys, and a row for each part."""
    title = link("energy_flow", view.t("dashboard.split.title"))
    known = [(i, share) for i, share in enumerate(page.shares) if share.ratio is not None]
    segments = "".join(
        f'<span class="g-segment g-share-{i}" style="width:{100 * (share.ratio or 0.0):.2f}%"></span>'
        for i, share in known
    )
    bar = (
        f'<div class="g-bar" role="img" aria-label="{view.t("dashboard.split.alt")}">{segments}</div>' if known else ""
    )
    rows = "".join(_share(view, i, share) for i, share in enumerate(page.shares))
    body = f'{bar}<table class="g-table">{rows}</table>' if rows else f'<p class="g-muted">{display.UNKNOWN}</p>'
    return card(title, body)


def _share(view: View, i: int, share: Share) -> str:
    value = figure(view, share.figure, display.power(share.figure.value))
    ratio = str(display.percent(share.ratio)) if share.ratio is not None else ""
    note = f'<div class="g-when">{why(view, share.figure)}</div>' if share.figure.state is State.MISSING else ""
    return (
        f'<tr><td><span class="g-key g-share-{i}"></span>{view.t(f"overview.share.{share.key}")}{note}</td>'
        f'<td class="g-right">{value}</td><td class="g-right">{ratio}</td></tr>'
    )


def windows(view: View, page: Overview) -> str:
    """Return PUE by window with category, coverage and method."""
    heads = "".join(
        f'<th class="{kind}">{view.t(f"dashboard.pue.{name}")}</th>'
        for name, kind in (("window", ""), ("value", "g-right"), ("category", "g-right"), ("coverage", "g-right"))
    )
    rows = ""
    for ratio in page.ratios:
        fact = ratio.figure
        method = (
            view.t(f"overview.method.{ratio.method}") if ratio.method and fact.value is not None else why(view, fact)
        )
        rows += (
            f'<tr><td>{view.t(f"overview.window.{ratio.window}")}<div class="g-when">{method}</div></td>'
            f'<td class="g-right">{figure(view, fact, display.effectiveness(fact.value))}</td>'
            f'<td class="g-right">{ratio.category or display.UNKNOWN}</td>'
            f'<td class="g-right">{escape(str(display.percent(ratio.coverage)))}</td></tr>'
        )
    if not rows:
        rows = f'<tr><td colspan="4" class="g-muted">{display.UNKNOWN}</td></tr>'
    title = link("efficiency", view.t("dashboard.pue.title"))
    return card(title, f'<table class="g-table"><tr>{heads}</tr>{rows}</table>')


def edges(view: View, page: Overview) -> str:
    """Return the strip of edge nodes, one cell each; empty when the site has none."""
    if not page.edges:
        return ""
    cells = "".join(_edge(view, cell) for cell in page.edges)
    return card(view.t("dashboard.edge.title"), f'<div class="g-strip">{cells}</div>')


def _edge(view: View, cell: EdgeCell) -> str:
    title = (cell.title_zh if view.lang == "zh" else cell.title_en) or cell.name
    seen = view.t("dashboard.edge.seen", age=view.ago(cell.last_seen_ns))
    backlog = view.t("dashboard.edge.backlog_unknown")
    if cell.backlog is not None:
        backlog = view.t("dashboard.edge.backlog", n=display.number(cell.backlog))
    facts = [
        seen if cell.last_seen_ns else view.t("dashboard.edge.never"),
        view.t("dashboard.edge.devices", up=cell.devices_up, total=cell.devices),
        backlog,
    ]
    word = view.t(f"dashboard.edge.{cell.state.value}")
    return (
        f'<div class="g-cell g-card-{cell.state.value}">'
        f"{link('edge_sites', f'<b>{escape(title)}</b>', node=cell.name)} "
        f'<span class="g-tag g-tag-{cell.state.value}">{word}</span><div class="g-when">{" · ".join(facts)}</div></div>'
    )


def devices(view: View, page: Overview) -> str:
    """Return the devices of a small site and a few readings of each; empty for a larger one."""
    if not page.devices:
        return ""
    cells = "".join(_device(view, cell) for cell in page.devices)
    return card(view.t("dashboard.device.title"), f'<div class="g-strip">{cells}</div>')


def _device(view: View, cell: DeviceCell) -> str:
    facts = "".join(_fact(view, fact) for fact in cell.facts)
    about = f"{view.t('dashboard.edge.never')} · {view.t('dashboard.device.probe', name=cell.name)}"
    if cell.last_seen_ns:
        counts = view.t("dashboard.device.points", fresh=cell.fresh, points=cell.points)
        about = f"{view.t('dashboard.edge.seen', age=view.ago(cell.last_seen_ns))} · {counts}"
    return (
        f'<div class="g-cell g-card-{cell.state.value}"><b>{link("device", escape(cell.name), device=cell.name)}</b> '
        f'<span class="g-tag g-tag-{cell.state.value}">{view.t(f"dashboard.edge.{cell.state.value}")}</span>'
        f'<div class="g-when">{about}</div><table class="g-table">{facts}</table></div>'
    )


def _fact(view: View, fact: Fact) -> str:
    known = quantity(fact.quantity)
    name = known.title(view.lang) + (f" · {fact.part}" if fact.part else "")
    value = figure(view, fact.figure, display.of_quantity(fact.figure.value, known))
    return f'<tr><td>{escape(name)}</td><td class="g-right">{value}</td></tr>'


def report(view: View, card_: ReportCard | None) -> str:
    """Return what the newest report is: when it was built, signed or not, draft or final, and how to check it."""
    title = view.t("dashboard.report.title")
    if card_ is None:
        return bare(title, f'<p class="g-muted">{view.t("dashboard.report.none")}</p>')
    words = [
        view.t("dashboard.report.built", time=display.moment(card_.built_ns, view.zone)),
        view.t("dashboard.report.signed" if card_.signed else "dashboard.report.unsigned"),
        view.t("dashboard.report.draft" if card_.draft else "dashboard.report.final"),
    ]
    check = view.t("dashboard.report.verify", folder=card_.folder)
    period = ""
    if card_.start_ns and card_.end_ns:
        start, end = (display.moment(time_ns, view.zone) for time_ns in (card_.start_ns, card_.end_ns))
        period = f"<p>{view.t('dashboard.report.period', start=start, end=end)}</p>"
    return bare(title, f'{period}<p>{" · ".join(words)}</p><p class="g-when">{check}</p>')
