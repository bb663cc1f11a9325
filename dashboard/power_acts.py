"""Maintenance of a branch of the power chain: which one, what it would cover, and doing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import choice
from dashboard.maintenance import Ward, maintain

if TYPE_CHECKING:
    from collections.abc import Hashable

    from analytics.power_view import Marks
    from dashboard.data import Watch
    from dashboard.markup import View


def acts(watch: Watch, view: View, marks: Marks, book: Hashable) -> None:
    """Show a branch, what its maintenance covers, and the way to begin or end it."""
    st.html(f"<h2>{view.t('dashboard_power.act.title')}</h2>")
    branches = list(marks.covers)
    if not branches:
        return
    node = choice.menu("branch", branches, str, view.say("dashboard_power.act.pick"), branches[0])
    maintain(watch, view, Ward(node=node, covers=marks.covers[node], window=marks.open.get(node)), book, "power")
