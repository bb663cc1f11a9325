"""Advice: what to change, what it is worth, what must not be broken, what people decided, and what it saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

import dashboard
from analytics.advice_view import standing_of
from dashboard import advice_cards, advice_detail, choice
from dashboard.advice_acts import acts
from dashboard.frame import live, unanswered
from greendc import display

if TYPE_CHECKING:
    from analytics.advice_view import AdviceStanding, Line
    from dashboard.data import Watch
    from dashboard.markup import View

BOOK = "advice"
CHOSEN = "advice"
"""The name in the address of the piece that is looked at."""
LONGEST = 90
STYLE = Path(dashboard.__file__).with_name("advice.css")


def show(watch: Watch, lang: str) -> None:
    """Show the page, anew every few seconds."""
    st.html(STYLE)
    live(watch, lang, _body, every_s=10)


def _body(watch: Watch, view: View) -> None:
    answer = watch.of_ledger(BOOK, standing_of)
    page = answer.value
    if page is None:
        st.html(unanswered(view, answer, view.say("dashboard_advice.what")) or "<span></span>")
        return
    st.html(advice_cards.summary(view, page))
    # On a phone, what the address names stands before the list.
    with st.container(key="advice_named" if st.query_params.get(CHOSEN) else "advice_listed"):
        first, second = st.columns([3, 2], gap="small")
    with first:
        st.html(f'<div class="g-column">{advice_cards.lists(view, page)}{advice_cards.past(view, page)}</div>')
        st.html(advice_cards.silence(view, page.silence) or "<span></span>")
    with second:
        _picked(watch, view, page)


def _picked(watch: Watch, view: View, page: AdviceStanding) -> None:
    """Show one piece with all that it rests on, and what may be done about it."""
    lines: dict[str, Line] = {}
    for line in page.every():
        lines.setdefault(_name(line, lines), line)
    if not lines:
        return
    with st.container(border=True, key="advice_card"):
        names = list(lines)
        picked = choice.menu(
            CHOSEN, names, lambda name: _title(view, lines[name]), view.say("dashboard_advice.pick"), names[0]
        )
        line = lines[picked]
        st.html(advice_detail.proposal(view, line))
        _proof(view, line)
        st.html(advice_detail.worth(view, line))
        acts(watch, view, line, BOOK)
        st.html(advice_detail.basis(view, line))


def _proof(view: View, line: Line) -> None:
    evidence = line.case.evidence
    if evidence is None:
        return
    st.html(advice_detail.proof(view, line))
    option = advice_detail.cumulative(view, evidence)
    if option is not None:
        alt = view.say("dashboard_advice.cusum_alt", what=display.one_line(line.case.advice.title(view.lang)))
        st.echarts_chart(option, key="advice_cusum", height=advice_detail.HEIGHT, alt=alt)


def _name(line: Line, taken: dict[str, Line]) -> str:
    """Return the id of the newest episode, and for an older one the id with its number."""
    return line.case.id if line.case.id not in taken else f"{line.case.id}#{line.before + 1}"


def _title(view: View, line: Line) -> str:
    state = view.say(f"advice.life.state.{line.case.state.code}")
    return display.one_line(f"{line.case.advice.title(view.lang)} · {state}", LONGEST)
