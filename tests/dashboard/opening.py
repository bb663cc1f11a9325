"""A page opened by its address on a test's data directory, as if bound to an address: what tests of pages share."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from streamlit import config
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import dashboard

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

APP = Path(dashboard.__file__).parent / "script" / "app.py"
BOUND = "server.address"
LOOPBACK = "127.0.0.1"


class Opener:
    """Opens one page; who may act follows from the address that the server is said to be bound to."""

    def __init__(self, path: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the page's address and the data directory with its site file."""
        self._path = path
        self._folder = folder
        self._monkeypatch = monkeypatch

    def __call__(self, lang: str, *, store: str = "embedded", bound: str = LOOPBACK, **asked: str) -> AppTest:
        """Return the page after its first run."""
        self._monkeypatch.setenv("GREENDC_SITE", str(self._folder / "site.toml"))
        self._monkeypatch.setenv("GREENDC_DATA", str(self._folder))
        self._monkeypatch.setenv("GREENDC_STORE", store)
        config.set_option(BOUND, bound)
        app = AppTest.from_file(APP, default_timeout=60)
        app._page_hash = calc_hash(self._path)
        app.context = {"locale": "en-US"}
        for name, value in {"lang": lang, **asked}.items():
            app.query_params[name] = value
        return app.run()


@contextmanager
def opener(path: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opener]:
    """Give an opener; what the pages shared is let go afterwards."""
    before = config.get_option(BOUND)
    yield Opener(path, folder, monkeypatch)
    config.set_option(BOUND, before)
    st.cache_resource.clear()


def markup(app: AppTest) -> str:
    """Return the HTML of the page without its style sheet; fails when the script raised."""
    assert not app.exception, app.exception
    return "\n".join(element.proto.body for element in app.main.get("html"))
