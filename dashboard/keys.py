"""What stands at the top right of every page: search, help, wall mode; and the keys that open them."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from analytics.overview import State
from dashboard.markup import cell, chip, state_of
from dashboard.navigation import WALL, address, kept
from dashboard.palette import RANKS
from greendc import display

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.markup import View
    from greendc.site import Site

SCRIPT = Path(__file__).with_name("keys.js")
OPENS = {"o": "overview", "a": "alarms", "r": "reports", "k": "alarms"}
"""Which page a key opens; ``k`` goes to the acknowledgement itself where there is one."""
PRESSES = {"/": ".st-key-search_open button", "?": ".st-key-help_open button", "k": ".st-key-do_it button"}
MOST_FOUND = 2000


def listen(view: View, pages: Mapping[str, st.Page]) -> None:
    """Let keys and links work as on a desk: `keys.js` listens, the addresses come from here."""
    data = {
        "open": {key: address(path) for key, path in OPENS.items() if path in pages},
        "press": PRESSES,
        "now_ms": view.now_ns // 1_000_000,
        "skew": view.say("dashboard_shell.skew", n="{n}"),
    }
    with st.container(key="keys"):
        listener = st.components.v2.component("greendc_keys", js=SCRIPT.read_text("utf-8"), isolate_styles=False)
        listener(data=data, key="greendc_keys", height="content")


def tools(view: View, site: Site, pages: Mapping[str, st.Page]) -> None:
    """Show the buttons for search, help and wall mode."""
    if st.button("⌕", key="search_open", help=view.say("dashboard_shell.search.title"), type="tertiary"):
        _search(view, site, pages)
    if st.button("?", key="help_open", help=view.say("dashboard_shell.help.title"), type="tertiary"):
        _help(view)
    with st.container(key="wall_open", width="content"):
        st.page_link(pages["overview"], label=view.say("dashboard_shell.wall.open"), query_params=kept() | {WALL: "1"})


def _search(view: View, site: Site, pages: Mapping[str, st.Page]) -> None:
    found = _places(site, pages)

    @st.dialog(view.say("dashboard_shell.search.title"))
    def dialog() -> None:
        picked = st.selectbox(
            view.say("dashboard_shell.search.label"),
            list(found),
            index=None,
            placeholder=view.say("dashboard_shell.search.hint"),
            key="search_for",
        )
        if picked is not None:
            path, fields = found[picked]
            st.switch_page(pages[path], query_params=kept() | fields)

    dialog()


def _places(site: Site, pages: Mapping[str, st.Page]) -> dict[str, tuple[str, dict[str, str]]]:
    """Return where a search may lead: pages, racks and devices, by what is read in the list."""
    found = {page.title: (path, dict[str, str]()) for path, page in pages.items()}
    names = {
        "rack": [(rack.name, rack.name) for rack in site.racks],
        "device": [
            (device.name, f"{device.name} · {device.rack}" if device.rack else device.name) for device in site.devices
        ],
    }
    for kind, places in names.items():
        for name, label in places[:MOST_FOUND]:
            if kind in pages:
                found[f"{pages[kind].title} · {display.one_line(label, 80)}"] = (kind, {kind: name})
    return found


def _help(view: View) -> None:
    @st.dialog(view.say("dashboard_shell.help.title"))
    def dialog() -> None:
        keys = "".join(
            f"<tr><td><kbd>{escape(key)}</kbd></td><td>{view.t(f'dashboard_shell.help.{name}')}</td></tr>"
            for key, name in (("o", "o"), ("a", "a"), ("k", "k"), ("r", "r"), ("/", "search"), ("?", "help"))
        )
        st.html(f'<table class="g-table g-keys">{keys}</table>')
        st.html(legend(view))

    dialog()


def legend(view: View) -> str:
    """Return how alarms and the states of data look, with what each means."""
    alarms = " ".join(chip(view, priority, "") for priority in RANKS)
    states = "".join(
        cell(
            state,
            f'{state_of(view, state)} <div class="g-when">{view.t(f"dashboard_shell.legend.{state.value}")}</div>',
        )
        for state in State
        if state is not State.FRESH
    )
    return f'<h2>{view.t("dashboard_shell.legend.title")}</h2><p>{alarms}</p><div class="g-strip">{states}</div>'
