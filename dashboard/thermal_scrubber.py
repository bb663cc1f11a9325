"""The time of the thermal page: now, or a quarter of an hour of the last day; it stands in the address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import span
from greendc import display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.markup import View

AT, NOW = "at", "now"
_KEY, _SEEN = "choice_at", "seen_at"


def scrubber(view: View, moments: Sequence[int]) -> int | None:
    """Return one of ``moments`` [UTC ns], None for now; an address that names none of them means now."""
    by_text = {span.written(at_ns, view.zone): at_ns for at_ns in moments}
    options = [*by_text, NOW]
    asked = st.query_params.get(AT, "")
    if st.session_state.get(_KEY) not in options or asked != st.session_state.get(_SEEN, asked):
        st.session_state[_KEY] = asked if asked in by_text else NOW

    def say(text: str) -> str:
        return view.say("dashboard_thermal.now") if text == NOW else display.moment(by_text.get(text, 0), view.zone)

    picked = st.select_slider(view.say("dashboard_thermal.time"), options, format_func=say, key=_KEY)
    if picked == NOW:
        st.query_params.pop(AT, None)
    elif picked != asked:
        st.query_params[AT] = picked
    st.session_state[_SEEN] = st.query_params.get(AT, "")
    return by_text.get(picked)
