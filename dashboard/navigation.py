"""Links among the pages: four sections at the head of every page, and addresses that keep language and time range."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Mapping

SECTIONS: dict[str, tuple[str, ...]] = {
    "operate": ("overview", "alarms", "thermal", "power_chain", "edge_sites", "rack", "device"),
    "analyse": ("energy_flow", "efficiency", "advice", "alarm_performance"),
    "evaluate": ("quality", "lineage", "reports"),
    "system": ("system",),
}
"""Every page by its section, in the order of the links."""
LANGUAGE = "lang"
KEPT = (LANGUAGE, "range", "from", "to", "compare", "site")
"""What a link takes along from the address it stands on."""
FIRST = "overview"
WALL = "wall"
LONGEST = 80
_DRAWN = "links_keep"


def kept() -> dict[str, str]:
    """Return what a link takes along; the language always, once it is known."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return {}
    found = {name: st.query_params.get(name, "")[:LONGEST] for name in KEPT}
    found[LANGUAGE] = st.session_state.get("language", found[LANGUAGE])
    return {name: value for name, value in found.items() if value}


def address(path: str, **params: str) -> str:
    """Return the address of a page, from any page; ``params`` win over what is kept."""
    fields = {name: value for name, value in (kept() | params).items() if value}
    # The first page has no name in the address.
    where = "./" if path == FIRST else quote(path)
    return f"{where}?{urlencode(fields)}" if fields else where


def href(path: str, **params: str) -> str:
    """Return the address of a page as the value of an attribute, escaped."""
    return escape(address(path, **params))


def link(path: str, body: str, **params: str) -> str:
    """Return a link to a page; ``body`` is HTML already."""
    return f'<a href="{href(path, **params)}" target="_self">{body}</a>'


def on_wall() -> bool:
    """Return whether the page hangs on a wall: no links, larger type, a slower refresh."""
    return st.query_params.get(WALL) == "1"


def section_of(path: str) -> str:
    """Return the section that a page stands in.

    Raises:
        KeyError: the page stands in none.
    """
    for section, paths in SECTIONS.items():
        if path in paths:
            return section
    raise KeyError(path)


def links(pages: Mapping[str, st.Page], opened: str, lang: str) -> None:
    """Show a link to every page by section; on a phone the sections, and the pages of the one that is open."""
    keep = kept()
    st.session_state[_DRAWN] = keep
    here = section_of(opened)
    shown = {section: [path for path in paths if path in pages] for section, paths in SECTIONS.items()}
    with st.container(horizontal=True, key="sections", gap=None):
        for section, paths in shown.items():
            if paths:
                state = "open" if section == here else "shut"
                with st.container(key=f"head_{state}_{section}", width="content"):
                    st.page_link(
                        pages[paths[0]], label=t(f"dashboard_shell.section.{section}", lang), query_params=keep
                    )
    with st.container(horizontal=True, key="pages", gap=None):
        for section, paths in shown.items():
            if paths:
                _section(section, [(path, pages[path]) for path in paths], here, opened, lang)


def _section(section: str, pages: list[tuple[str, st.Page]], here: str, opened: str, lang: str) -> None:
    state = "open" if section == here else "shut"
    with st.container(key=f"section_{state}_{section}", width="content", gap=None):
        st.html(f'<div class="g-section">{escape(t(f"dashboard_shell.section.{section}", lang))}</div>')
        with st.container(horizontal=True, gap=None, key=f"links_{section}"):
            for path, page in pages:
                with st.container(key="page_open" if path == opened else f"page_{path}", width="content"):
                    st.page_link(page, query_params=kept())


def redraw_links() -> None:
    """Run the whole page again when a part of it changed what the links take along."""
    if st.session_state.get(_DRAWN, kept()) != kept():
        st.rerun()
