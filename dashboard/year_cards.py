"""The card of the year to date on the overview: PUE against the design and the site's limits, and the energy so far."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from analytics.efficiency_view import wording
from analytics.figures import Window
from analytics.overview import Figure, State
from dashboard.efficiency_cards import facts, judgements
from dashboard.markup import View, card, figure, phrases
from dashboard.navigation import link
from greendc import display

if TYPE_CHECKING:
    from analytics.efficiency_view import YearToDate
    from analytics.result import KpiResult


def year(view: View, found: YearToDate) -> str:
    """Return the card; without figures of the year it says when there will be some."""
    title = link("efficiency", view.t("dashboard_year.title"), window=Window.YEAR.value)
    kept = found.kept
    if kept.state is State.MISSING:
        return card(title, f'<p class="g-muted">{view.t("dashboard_year.none")}</p>')
    start, end = (display.moment(at_ns, view.zone) for at_ns in (kept.start_ns, kept.end_ns))
    said = [view.t("dashboard_year.span", start=start, end=end)]
    said += [view.t("dashboard_year.stale", age=view.ago(kept.made_ns))] if kept.state is State.STALE else []
    rows = "".join(_row(view, kept.state, one) for one in (found.pue, *found.energies) if one is not None)
    body = f'<p class="g-when">{phrases(said)}</p><table class="g-table">{rows}</table>{_design(view, found)}'
    return card(title, body, state="stale" if kept.state is State.STALE else "")


def _row(view: View, state: State, result: KpiResult) -> str:
    known = state if result.value is not None else State.MISSING
    shown = figure(view, Figure(value=result.value, unit=result.unit, state=known), wording.shown(result.value, result))
    notes = [facts(view, result), escape(wording.reason(result, view.lang))]
    judged = judgements(view, result, applicable=True) if result.kpi == "pue" else ""
    about = "".join(f'<div class="g-when">{note}</div>' for note in notes if note)
    return (
        f'<tr data-year="{escape(result.kpi)}"><td>{escape(wording.title(result, view.lang))}{about}{judged}</td>'
        f'<td class="g-right">{shown}</td></tr>'
    )


def _design(view: View, found: YearToDate) -> str:
    """Return how far the year is from the design; without a design, how to declare one."""
    if found.design is None or found.design.value is None:
        return f'<p class="g-when">{view.t("dashboard_year.no_design")}</p>'
    design = str(display.effectiveness(found.design.value))
    key = "design"
    if found.above is not None:
        key = "within" if not found.settled else "above" if found.above > 0 else "below"
    difference = display.number(abs(found.above or 0.0), 2)
    words = view.t(f"dashboard_year.{key}", design=design, difference=difference)
    notes = "".join(f'<div class="g-when">{escape(note)}</div>' for note in wording.remarks(found.design, view.lang))
    return f'<p data-year="design">{words}</p>{notes}'
