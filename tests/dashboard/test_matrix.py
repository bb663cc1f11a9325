"""Every page in every state of its data and both languages, run by Streamlit itself; a new page joins by its line."""

from __future__ import annotations

import re
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import dashboard
from dashboard.navigation import SECTIONS
from dashboard.pages import PAGES
from greendc.units import NS_PER_SECOND
from tests import servers
from tests.dashboard import seeding

if TYPE_CHECKING:
    from collections.abc import Iterator

APP = Path(dashboard.__file__).parent / "script" / "app.py"
PATHS = [page.path for page in PAGES]
EVIL = '<img src=x onerror="alert(1)"> \u202e\U0001f525'
FIELDS = ("range", "from", "to", "compare", "site", "device", "rack", "day", "kpi", "period", "alarm", "window", "node")
HOSTILE = dict.fromkeys(FIELDS, "<script>alert(1)</script>'\"\u202e" + "9" * 300) | {"wall": "2", "span": "-1"}
CJK = re.compile("[\u4e00-\u9fff]+")
OPENS_WITHIN_S = 3.0
SAID = {"zh": "刷新 ", "en": "refreshed "}


class Scene:
    """A data directory in some state, and what it is opened with."""

    def __init__(self, folder: Path, store: str = "embedded") -> None:
        """Take the folder and the address of the store."""
        self.folder = folder
        self.store = store


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Scene]]:
    """Return every state, seeded once for all pages."""
    now_ns = time.time_ns()
    folder = tmp_path_factory.mktemp("matrix")
    texts = {
        "demo": seeding.SITE_TOML,
        "hostile": seeding.SITE_TOML.replace("Test room", EVIL.replace('"', "'")).replace(
            "Edge site 01", "<b>\U0001f525"
        ),
        "stale": seeding.SITE_TOML,
        "empty": seeding.EMPTY_TOML,
        "down": seeding.SITE_TOML,
    }
    found = {name: Scene(folder / name) for name in texts}
    paths = {name: seeding.write_site(found[name].folder, text) for name, text in texts.items()}
    for name, end_ns in (("demo", now_ns), ("hostile", now_ns), ("stale", now_ns - 1200 * NS_PER_SECOND)):
        seeding.fill(found[name].folder, end_ns, hours=3)
        seeding.raise_alarms(found[name].folder, end_ns)
        seeding.propose_advice(found[name].folder, end_ns)
    seeding.compute(paths["demo"], found["demo"].folder, now_ns)
    found["down"].store = f"influxdb://127.0.0.1:{servers.free_port()}/greendc"
    yield found
    st.cache_resource.clear()


def opened(scene: Scene, path: str, lang: str, monkeypatch: pytest.MonkeyPatch, **fields: str) -> str:
    """Return the HTML of a page without its style sheet; fails when the script raised."""
    monkeypatch.setenv("GREENDC_SITE", str(scene.folder / "site.toml"))
    monkeypatch.setenv("GREENDC_DATA", str(scene.folder))
    monkeypatch.setenv("GREENDC_STORE", scene.store)
    app = AppTest.from_file(APP, default_timeout=60)
    # AppTest finds pages that are files by their path; these are functions with an address.
    if path != PATHS[0]:
        app._page_hash = calc_hash(path)
    app.context = {"locale": "en-US"}
    for name, value in {**fields, "lang": lang}.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception
    assert not app.error, app.error
    html = "\n".join(element.proto.body for element in app.main.get("html"))
    assert [
        word for word in (">None<", ">nan<", "Traceback", "{", "State.") if word in re.sub(r"data:[^\"]*", "", html)
    ] == []
    return html


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("state", ["demo", "empty", "stale", "down"])
@pytest.mark.parametrize("path", PATHS)
def test_a_page(scenes: dict[str, Scene], monkeypatch: pytest.MonkeyPatch, path: str, state: str, lang: str) -> None:
    """It opens with its head, in one language, and shows nothing as known that is not."""
    html = opened(scenes[state], path, lang, monkeypatch)
    assert SAID[lang] in html
    if lang == "en":
        assert CJK.findall(html) == []
    if state in ("empty", "down"):
        assert 'class="g-value g-fresh"' not in html
        assert ">0<" not in html.replace('<span class="g-count">0<', "")
    if state == "down":
        assert "g-banner-away" in html
    if state == "stale":
        assert {"zh": "数据陈旧", "en": "Data stale"}[lang] in html or "g-chip" in html


@pytest.mark.parametrize("path", PATHS)
def test_a_page_takes_no_orders(scenes: dict[str, Scene], monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """Titles with markup, emoji and turned writing, and an address full of nonsense: shown as text or not at all."""
    html = opened(scenes["hostile"], path, "en", monkeypatch, **HOSTILE)
    assert "<img src=x" not in html
    assert "<b>\U0001f525" not in html
    assert "<script" not in html
    assert "9" * 100 not in html


def test_every_page_stands_in_one_section() -> None:
    """A page without a section would have no link, and one in two would have two."""
    placed = [path for paths in SECTIONS.values() for path in paths]
    assert set(PATHS) <= set(placed)
    assert len(placed) == len(set(placed))


def test_a_store_that_hangs_holds_no_page_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silent_port: int) -> None:
    """A store that takes the call and never answers: each page opens within 3 s and says that the store is away."""
    seeding.write_site(tmp_path)
    scene = Scene(tmp_path, f"influxdb://127.0.0.1:{silent_port}/greendc")
    # The program itself is loaded once, before anybody waits.
    opened(Scene(tmp_path, f"influxdb://127.0.0.1:{servers.free_port()}/greendc"), PATHS[0], "en", monkeypatch)
    slow = []
    for path in PATHS:
        begin = time.monotonic()
        html = opened(scene, path, "en", monkeypatch)
        if time.monotonic() - begin > OPENS_WITHIN_S:
            slow.append((path, time.monotonic() - begin))
        assert "g-banner-away" in html, path
    assert slow == []


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Return a port of 127.0.0.1 where calls are taken and nothing is ever said."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        yield listening.getsockname()[1]
