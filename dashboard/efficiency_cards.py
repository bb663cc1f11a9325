"""The cards of the efficiency page: PUE of every window, and the figures of one window by group."""

from __future__ import annotations

import csv
import io
from html import escape
from typing import TYPE_CHECKING

from analytics.efficiency_view import COLUMNS, table, wording
from analytics.overview import Figure, State
from dashboard.markup import View, card, figure, phrases
from dashboard.navigation import link
from greendc import display
from greendc.origins import origin
from greendc.storage.csv_rows import guarded

if TYPE_CHECKING:
    from analytics.efficiency_view import Efficiency, Group, WindowFigures
    from analytics.result import KpiResult


def tiles(view: View, page: Efficiency) -> str:
    """Return a tile with the PUE of each window."""
    return f'<div class="g-tiles g-five">{"".join(_tile(view, one) for one in page.windows)}</div>'


def _tile(view: View, window: WindowFigures) -> str:
    result = window.figure("pue")
    title = f"PUE · {view.t(f'dashboard_efficiency.window.{window.window}')}"
    if result is None:
        body = f'<div class="g-figure"><span class="g-value g-missing">{display.UNKNOWN}</span></div>'
        said = view.t("dashboard_efficiency.none")
        return _section(window, "missing", title, f'{body}<div class="g-line g-muted">{said}</div>')
    state = window.state if result.value is not None else State.MISSING
    fact = Figure(value=result.value, unit="1", state=state, time_ns=window.made_ns)
    lines = [
        facts(view, result),
        judgements(view, result, applicable=True),
        escape(wording.reason(result, view.lang)),
        _age(view, window),
    ]
    body = "".join(f'<div class="g-line">{line}</div>' for line in lines if line)
    shown = display.effectiveness(result.value)
    return _section(window, state.value, title, f'<div class="g-figure">{figure(view, fact, shown)}</div>{body}')


def _section(window: WindowFigures, state: str, title: str, body: str) -> str:
    return f'<section class="g-tile g-card-{state}" data-window="{window.window}"><h2>{title}</h2>{body}</section>'


def _age(view: View, window: WindowFigures) -> str:
    if window.state is State.STALE:
        age = view.t("dashboard_efficiency.stale", age=view.ago(window.made_ns))
        return f'<span class="g-tag g-tag-stale">{age}</span>'
    made = view.t("dashboard_efficiency.computed", time=display.clock(window.made_ns, view.zone))
    return f'<span class="g-when">{made}</span>'


def facts(view: View, result: KpiResult) -> str:
    """Return uncertainty, category, coverage and whether a figure is provisional, in one line."""
    if result.value is None:
        return ""
    covered = str(display.percent(result.coverage))
    error = "" if result.uncertainty is None else str(display.percent(result.uncertainty))
    return phrases(
        [
            view.t("dashboard_efficiency.error", share=error) if error else "",
            escape(wording.category(result, view.lang)),
            view.t("dashboard_efficiency.covered", share=covered),
            f'<span class="g-tag">{view.t("dashboard_efficiency.provisional")}</span>' if result.provisional else "",
        ]
    )


def about(view: View, window: WindowFigures, standards: str, *, asked: bool) -> str:
    """Return the period of the figures below, when they were computed and by whose limits they are judged."""
    start, end = (display.moment(at_ns, view.zone) for at_ns in (window.start_ns, window.end_ns))
    words = [view.t("dashboard_efficiency.period", start=start, end=end)]
    if window.made_ns:
        words.append(view.t("dashboard_efficiency.computed", time=display.moment(window.made_ns, view.zone)))
        words.append(view.t(f"dashboard_efficiency.{'made_now' if asked else 'kept'}"))
    words.append(view.t("dashboard_efficiency.profile", name=standards))
    return f'<p class="g-when">{phrases(words)}</p>'


def groups(view: View, known: tuple[Group, ...], period: str) -> str:
    """Return the figures by group, and those that are not given with the reason of each."""
    given = "".join(_group(view, group, period) for group in known)
    refused = [one for group in known for one in group.figures if one.value is None]
    if not refused:
        return given
    rows = "".join(_refused(view, result, period) for result in refused)
    title = view.t("dashboard_efficiency.refused", n=len(refused))
    note = f'<p class="g-when">{view.t("dashboard_efficiency.refused_note")}</p>'
    return given + card(title, f'{note}<div class="g-rows">{rows}</div>')


def _group(view: View, group: Group, period: str) -> str:
    rows = "".join(_row(view, result, period) for result in group.figures if result.value is not None)
    if not rows:
        return ""
    return card(view.t(f"dashboard_efficiency.group.{group.key}"), f'<div class="g-rows">{rows}</div>')


def _row(view: View, result: KpiResult, period: str) -> str:
    shown = wording.shown(result.value, result)
    fact = Figure(value=result.value, unit=result.unit, state=State.FRESH)
    notes = "".join(f'<div class="g-when">{escape(remark)}</div>' for remark in wording.remarks(result, view.lang))
    method = wording.method(result, view.lang)
    under = phrases([escape(origin(result.standard, view.lang)), escape(method)])
    return (
        f'<div class="g-row" data-kpi="{escape(result.kpi)}"><div class="g-name">{_name(view, result, period)}'
        f'<div class="g-when">{under}</div></div>'
        f'<div class="g-amount">{figure(view, fact, shown)}</div>'
        f'<div class="g-about">{facts(view, result)}</div>'
        f'<div class="g-notes">{judgements(view, result)}{notes}</div></div>'
    )


def _refused(view: View, result: KpiResult, period: str) -> str:
    notes = "".join(f'<div class="g-when">{escape(remark)}</div>' for remark in wording.remarks(result, view.lang))
    return (
        f'<div class="g-row g-row-missing" data-kpi="{escape(result.kpi)}">'
        f'<div class="g-name">{_name(view, result, period)}</div>'
        f'<div class="g-amount"><span class="g-value g-missing">{display.UNKNOWN}</span></div>'
        f'<div class="g-why">{escape(wording.reason(result, view.lang))}{notes}</div></div>'
    )


def _name(view: View, result: KpiResult, period: str) -> str:
    why = link("lineage", view.t("dashboard_efficiency.why"), kpi=result.kpi, period=period, lang=view.lang)
    return f'{escape(wording.title(result, view.lang))} <span class="g-link">{why}</span>'


def judgements(view: View, result: KpiResult, *, applicable: bool = False) -> str:
    """Return how a figure stands to each limit of the site's profile, or to those only that are meant for it."""
    return "".join(
        f'<div class="g-judged"><span class="g-mark" aria-hidden="true">{one.mark}</span> {escape(one.verdict)}'
        f'<div class="g-when">{escape(one.limit)}</div></div>'
        for one in wording.judged(result, view.lang)
        if one.applicable or not applicable
    )


def as_csv(window: WindowFigures, lang: str) -> bytes:
    """Return the figures of a window as a CSV file in UTF-8, with the mark that spreadsheets want."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([guarded(cell) for cell in row] for row in table([window], lang))
    return text.getvalue().encode("utf-8-sig")
