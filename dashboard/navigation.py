"""Links among the pages, in a line at the head of every page; they keep the language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Sequence


def links(pages: Sequence[st.Page], opened: st.Page, lang: str) -> None:
    """Show a link to every page; the one that is open stands out."""
    with st.container(horizontal=True, key="pages", gap=None):
        for page in pages:
            with st.container(key="page_open" if page is opened else f"page_{page.title}", width="content"):
                st.page_link(page, query_params={"lang": lang})
