"""A choice that stands in the address, by a name that is the same in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def pills(name: str, options: Sequence[str], say: Callable[[str], str], label: str, default: str) -> str:
    """Return one of a few options, shown side by side."""
    key = _begin(name, options, default)
    picked = st.segmented_control(
        label, options, format_func=say, key=key, label_visibility="collapsed", required=True, width="stretch"
    )
    return _end(name, picked or default, default)


def menu(name: str, options: Sequence[str], say: Callable[[str], str], label: str, default: str) -> str:
    """Return one of many options, shown as a list that opens."""
    key = _begin(name, options, default)
    return _end(name, st.selectbox(label, options, format_func=say, key=key) or default, default)


def _begin(name: str, options: Sequence[str], default: str) -> str:
    key = f"choice_{name}"
    asked = st.query_params.get(name, "")
    if st.session_state.get(key) not in options:
        st.session_state[key] = asked if asked in options else default
    return key


def _end(name: str, picked: str, default: str) -> str:
    asked = st.query_params.get(name, "")
    if picked != asked and (asked or picked != default):
        st.query_params[name] = picked
    return picked
