"""Who looks at the page. Without sign-in there is one operator, on the machine itself; everyone else reads."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from greendc.device import is_loopback
from greendc.model import Principal

OPERATOR = Principal(name="operator", role="operator")
_PASSED_ON = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")
"""Headers of a proxy: who is behind it is not known here."""


def acting() -> Principal | None:
    """Return who may act on this session, None when it may only read.

    The page must be bound to the loopback, so that only this machine reaches it, and the browser must name it so: a
    foreign name in the request is a foreign page that was made to lead here.
    """
    bound = st.get_option("server.address")
    if not bound or not is_loopback(str(bound)):
        return None
    headers = st.context.headers
    if any(headers.get(name) for name in _PASSED_ON):
        return None
    host = headers.get("Host")
    return OPERATOR if host is None or is_loopback(urlsplit(f"//{host}").hostname or "?") else None
