"""The energy flow page in all its states and both languages, run by Streamlit itself."""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import streamlit as st
from msgspec.structs import replace
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import dashboard
from analytics.flow_view import COLUMNS, Unit, flow_of
from dashboard.flow_cards import as_csv, meters, notes, ribbons
from dashboard.flow_chart import sankey
from dashboard.markup import View
from dashboard.palette import DARK, LIGHT
from greendc.site import read_site
from greendc.storage import open_store
from greendc.units import NS_PER_SECOND
from tests.dashboard import seeding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

APP = Path(dashboard.__file__).parent / "script" / "app.py"
LANGUAGES = ("zh", "en")
HOUR_NS = 3600 * NS_PER_SECOND


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Return a function that opens the page on the data directory of this test."""

    def runner(lang: str, *, store: str = "embedded", **parameters: str) -> AppTest:
        monkeypatch.setenv("GREENDC_SITE", str(tmp_path / "site.toml"))
        monkeypatch.setenv("GREENDC_DATA", str(tmp_path))
        monkeypatch.setenv("GREENDC_STORE", store)
        app = AppTest.from_file(APP, default_timeout=60)
        # AppTest finds pages that are files by their path; these are functions with an address.
        app._page_hash = calc_hash("energy_flow")
        app.context = {"locale": "en-US"}
        for name, value in {"lang": lang, **parameters}.items():
            app.query_params[name] = value
        return app.run()

    yield runner
    st.cache_resource.clear()


def markup(app: AppTest) -> str:
    """Return the HTML of the page without its style sheet; fails when the script raised."""
    assert not app.exception, app.exception
    return "\n".join(element.proto.body for element in app.main.get("html"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_demo(run: Callable[..., AppTest], tmp_path: Path, lang: str) -> None:
    """A diagram with words for who cannot see it, the ribbons as a table, the meters of a node, their agreement."""
    seeding.write_site(tmp_path)
    seeding.fill(tmp_path, time.time_ns(), hours=4)
    app = run(lang, range="1h", compare="1", node="cooling")
    page = markup(app)
    words = {
        "zh": ("变压器与总配电 → 制冷", "未计量", "全部供电表已知", "对比", "meter-mech", "上下级电表相符"),
        "en": ("Transformer and main board → Cooling", "Untracked", "supplies known", "compared with", "meter-mech"),
    }[lang]
    assert [word for word in words if word not in page] == []
    assert page.count('data-ribbon="metered"') == 4
    assert page.count('data-ribbon="untracked"') == 1
    (chart,) = app.get("echarts_chart")
    assert {"zh": "桑基图", "en": "Sankey"}[lang] in chart.proto.alt
    assert app.selectbox(key="choice_node").value == "cooling"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_units(run: Callable[..., AppTest], tmp_path: Path, lang: str) -> None:
    """Cost comes from the site's tariff; carbon is refused where the region has no factor, and its reason is said."""
    seeding.write_site(tmp_path)
    seeding.fill(tmp_path, time.time_ns(), hours=3)
    assert "CNY" in markup(run(lang, range="1h", unit="cost"))
    app = run(lang, range="1h", unit="carbon")
    assert {"zh": "没有该地区", "en": "no grid factor"}[lang] in markup(app)
    assert not app.get("echarts_chart")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_empty_and_nonsense(run: Callable[..., AppTest], tmp_path: Path, lang: str) -> None:
    """A site without a supply meter says which line of the site file is missing; a wrong address is no error."""
    seeding.write_site(tmp_path, seeding.EMPTY_TOML)
    page = markup(run(lang, unit="<script>", node="../..", range="-1", compare="x"))
    assert {"zh": "还没有能流图", "en": "No energy flow yet"}[lang] in page
    assert "facility_input" in page
    assert "<script>" not in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_stale(run: Callable[..., AppTest], tmp_path: Path, lang: str) -> None:
    """Twenty minutes of silence are not bridged: every ribbon says which share of the period is known."""
    seeding.write_site(tmp_path)
    seeding.fill(tmp_path, time.time_ns() - 1200 * NS_PER_SECOND, hours=3)
    page = markup(run(lang, range="1h"))
    assert "g-partly" in page
    assert page.count("g-ribbon-marked") == 5
    assert {"zh": "覆盖 ", "en": " covered"}[lang] in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_store_down(run: Callable[..., AppTest], tmp_path: Path, free_port: int, lang: str) -> None:
    """Without the store the page opens, says so, and draws nothing."""
    seeding.write_site(tmp_path)
    app = run(lang, store=f"influxdb://127.0.0.1:{free_port}/greendc")
    page = markup(app)
    assert {"zh": "电能流向：存储自", "en": "Energy flow: the store has not answered"}[lang] in page
    assert not app.get("echarts_chart")
    assert "data-ribbon" not in page


def test_hatching_escaping_and_the_file(tmp_path: Path) -> None:
    """A ribbon that is known in part is hatched in both themes, names from outside stay text, the file holds all."""
    path = seeding.write_site(tmp_path)
    now_ns = time.time_ns()
    seeding.fill(tmp_path, now_ns - 1200 * NS_PER_SECOND, hours=2)
    store, site = open_store("embedded", tmp_path, read_only=True), read_site(path)
    flow = flow_of(store, site, now_ns - HOUR_NS, now_ns)
    store.close()
    for palette in (LIGHT, DARK):
        view = View(lang="en", palette=palette, zone=site.zone(), now_ns=now_ns)
        option = json.dumps(sankey(view, flow, Unit.ENERGY))
        assert option.count('"repeat": "repeat"') == len(flow.links)
    evil = "<img src=x onerror=alert(1)>\u202e😀"
    node = next(node for node in flow.nodes if node.kind == "cooling")
    bad = replace(node, devices=(evil,), meters=tuple(replace(one, label=evil, device=evil) for one in node.meters))
    hostile = replace(flow, nodes=tuple(bad if one is node else one for one in flow.nodes))
    page = ribbons(view, hostile, Unit.ENERGY) + meters(view, bad) + notes(view, hostile)
    assert "<img" not in page
    assert "\u202e" not in page
    rows = list(csv.DictReader(as_csv(flow).decode("utf-8-sig").splitlines()))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == len(flow.links)
