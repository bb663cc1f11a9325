"""What a person may do with advice, and doing it: each act is checked again before it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analytics.advice.acts import ACCEPT, DONE, NEED_REASON, REJECT, REOPEN, ROLL_BACK, AdviceAct, AdviceRefused
from dashboard import choice
from dashboard.person import acting
from greendc.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from analytics.advice_view import Line
    from dashboard.data import Watch
    from dashboard.markup import View
    from greendc.contracts import Ledger
    from greendc.model import Principal
    from greendc.site import Site

SAID = "advice_said"
LONGEST_REASON = 400


def acts(watch: Watch, view: View, line: Line, book: Hashable) -> None:
    """Show what may be done; without the right to act, a sentence that says where it can be done."""
    if said := st.session_state.pop(SAID, ""):
        st.html(f'<div class="g-banner" role="status">{said}</div>')
    if not line.acts:
        return
    st.html(f"<h3>{view.t('dashboard_advice.act')}</h3>")
    person = acting()
    if person is None:
        st.html(f'<p class="g-muted">{view.t("dashboard_advice.read_only")}</p>')
        return
    act = line.acts[0]
    if len(line.acts) > 1:
        act = choice.pills(
            "advice_act",
            line.acts,
            lambda name: view.say(f"advice.life.act.{name}"),
            view.say("dashboard_advice.act"),
            act,
        )
    if act == ACCEPT:
        st.html(f'<p class="g-when">{view.t("dashboard_advice.before_accepting")}</p>')
    # A click is about what it was made on, whatever the page shows by then.
    with st.form(f"advice_{act}_{line.case.id}", border=False, clear_on_submit=True):
        key = "needed" if act in NEED_REASON else "free"
        reason = st.text_input(
            view.say(f"dashboard_advice.reason.{key}"), key="advice_reason", max_chars=LONGEST_REASON
        )
        if st.form_submit_button(view.say(f"advice.life.act.{act}"), key=f"advice_do_{act}_{line.case.id}"):
            st.session_state[SAID] = _done(watch, view, person, (act, line, reason), book)
            st.rerun()


def _done(watch: Watch, view: View, person: Principal, wish: tuple[str, Line, str], book: Hashable) -> str:
    """Do what a person asked for, and return what to say of it."""
    name, line, reason = wish

    def do(ledger: Ledger, _site: Site, now_ns: int) -> None:
        _DO[name](AdviceAct(ledger, person, now_ns, reason), line)

    if acting() != person:
        return view.t("dashboard_advice.read_only")
    try:
        watch.act(book, do)
    except AdviceRefused as error:
        return view.t("dashboard_advice.refused", why=error.text(view.lang))
    except StoreError as error:
        return view.t("dashboard_advice.not_written", why=str(error))
    return view.t("dashboard_advice.written", what=view.say(f"advice.life.act.{name}"))


_DO: dict[str, Callable[[AdviceAct, Line], None]] = {
    ACCEPT: lambda act, line: act.accept(line.case.id, line.case.advice.proposed_ns),
    DONE: lambda act, line: act.done(line.case.id),
    REJECT: lambda act, line: act.reject(line.case.id),
    ROLL_BACK: lambda act, line: act.roll_back(line.case.id),
    REOPEN: lambda act, line: act.reopen(line.case.id),
}
