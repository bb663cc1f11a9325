"""The power chain page in all its states and both languages, the diagram's geometry, and maintenance of a branch."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import streamlit as st
from hypothesis import given, settings
from hypothesis import strategies as hst
from streamlit import config
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import dashboard
from analytics.alarms import transition as tr
from analytics.alarms.book import book_of
from analytics.overview import State
from dashboard.one_line import WIDTH, Cell, one_line
from dashboard.palette import DARK, LIGHT
from greendc.ledger import SqliteLedger
from greendc.units import NS_PER_SECOND
from tests.dashboard import alarm_seeding, power_seeding, seeding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

APP = Path(dashboard.__file__).parent / "script" / "app.py"
LANGUAGES = ("zh", "en")
BOUND = "server.address"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Return a function that opens the page on this test's data directory, as if it were bound to an address."""
    before = config.get_option(BOUND)

    def runner(lang: str, *, store: str = "embedded", bound: str = "127.0.0.1", **asked: str) -> AppTest:
        monkeypatch.setenv("GREENDC_SITE", str(tmp_path / "site.toml"))
        monkeypatch.setenv("GREENDC_DATA", str(tmp_path))
        monkeypatch.setenv("GREENDC_STORE", store)
        config.set_option(BOUND, bound)
        app = AppTest.from_file(APP, default_timeout=60)
        app._page_hash = calc_hash("power_chain")
        app.context = {"locale": "en-US"}
        for name, value in {"lang": lang, **asked}.items():
            app.query_params[name] = value
        return app.run()

    yield runner
    config.set_option(BOUND, before)
    st.cache_resource.clear()


def markup(app: AppTest) -> str:
    """Return the HTML of the page without its style sheet; fails when the script raised."""
    assert not app.exception, app.exception
    return "\n".join(element.proto.body for element in app.main.get("html"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_demo(run: Callable[..., AppTest], tmp_path: Path, lang: str) -> None:
    """A diagram with links to devices, each UPS with what the loss of the other does, racks, and an alarm's shape."""
    power_seeding.seed(tmp_path, time.time_ns())
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    alarm = alarm_seeding.made("ups_load", "high", "medium", "ups-b", time.time_ns())
    ledger.append(tr.event(tr.RAISED, alarm.id, time.time_ns(), alarm, reason=tr.NEW))
    ledger.close()
    page = markup(run(lang))
    words = {
        "zh": (
            "若 ups-a 失效，ups-b 升至 117\u00a0%",
            "失去冗余",
            "市电逆变供电",
            "电池 25 分钟",
            "单路供电，不冗余",
            "P3 中",
        ),
        "en": (
            "If ups-a fails, ups-b goes to 117\u00a0%",
            "redundancy is lost",
            "on the inverter",
            "battery 25 min",
            "P3",
        ),
    }[lang]
    assert [word for word in words if word not in page] == []
    assert page.count('class="g-spot"') == 4
    assert f"device?lang={lang}&amp;device=ups-a" in page or f"device?device=ups-a&amp;lang={lang}" in page
    assert page.count("data-ups=") == 2
    assert page.count("data-rack=") == 3
    assert "→ 88\u00a0%" in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_empty_and_nonsense(run: Callable[..., AppTest], tmp_path: Path, lang: str) -> None:
    """A site without meter, UPS or PDU says so; a wrong address is no error and is not shown."""
    seeding.write_site(tmp_path, seeding.EMPTY_TOML)
    page = markup(run(lang, branch="<script>alert(1)</script>", device="../.."))
    assert {"zh": "还没有供配电设备", "en": "No power chain yet"}[lang] in page
    assert "<script>" not in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_stale(run: Callable[..., AppTest], tmp_path: Path, lang: str) -> None:
    """After twenty minutes of silence every figure says so, and what follows from it is as grey."""
    power_seeding.seed(tmp_path, time.time_ns() - 1200 * NS_PER_SECOND)
    page = markup(run(lang))
    assert {"zh": "陈旧 · 20 分钟前", "en": "stale · 20 min ago"}[lang] in page
    assert "g-follows" not in page
    assert "g-fresh" not in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_store_down(run: Callable[..., AppTest], tmp_path: Path, free_port: int, lang: str) -> None:
    """Without the store the page opens and says so; maintenance can be entered all the same."""
    power_seeding.seed(tmp_path, time.time_ns())
    app = run(lang, store=f"influxdb://127.0.0.1:{free_port}/greendc")
    assert {"zh": "供配电：存储自", "en": "Power chain: the store has not answered"}[lang] in markup(app)
    assert app.selectbox(key="choice_branch").value == "meter-main"


def test_maintenance_of_a_branch(run: Callable[..., AppTest], tmp_path: Path) -> None:
    """It says what it covers, refuses without a reason, is written with person and reason, and ends again."""
    power_seeding.seed(tmp_path, time.time_ns())
    app = run("en", branch="ups-a")
    assert 'data-branch="3"' in markup(app)
    app.button(key="power_do").click().run()
    assert "Not done" in markup(app)
    app.text_input(key="power_reason").set_value("battery <b>change</b>")
    app.button(key="power_do").click().run()
    page = markup(app)
    assert "Written into the ledger" in page
    assert "battery &lt;b&gt;change" in page
    assert "maintenance" in page
    assert "g-suppressed" in page
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    (window,) = book_of(ledger).fold().windows.values()
    assert (window.node, window.name, window.reason) == ("ups-a", "operator", "battery <b>change</b>")
    app.text_input(key="power_reason").set_value("done")
    app.button(key="power_do").click().run()
    assert book_of(ledger).fold().windows == {}
    ledger.close()


def test_who_may_not_act_reads(run: Callable[..., AppTest], tmp_path: Path) -> None:
    """Bound to an address that others reach, the page shows the chain and no form."""
    power_seeding.seed(tmp_path, time.time_ns())
    app = run("zh", bound="0.0.0.0")  # noqa: S104 (what the test is about)
    assert "只读" in markup(app)
    assert not any(button.key == "power_do" for button in app.button)


@settings(max_examples=60, deadline=None)
@given(rows=hst.lists(hst.integers(1, 12), min_size=1, max_size=5), deep=hst.booleans())
def test_boxes_never_overlap(rows: list[int], deep: bool) -> None:  # noqa: FBT001 (drawn by hypothesis)
    """However many boxes a level has, they lie inside the drawing and apart; the drawing is well-formed."""
    cells: list[Cell] = []
    for level, count in enumerate(rows):
        above = [cell.name for cell in cells if cell.level == level - 1]
        feeds = tuple(above[:1]) if deep else tuple(above)
        cells += [
            Cell(name=f"{level}-{i}", level=level, feeds=feeds, lines=("<&>名称" * 9, "1 kW"), state=list(State)[i % 5])
            for i in range(count)
        ]
    made = one_line(cells, DARK if deep else LIGHT, title="<t>", desc="&")
    root = ET.fromstring(made.svg)  # noqa: S314 (made here)
    assert root.get("viewBox", "").split()[2] == str(WIDTH)
    for spot in made.spots:
        assert spot.left >= -1e-9
        assert spot.left + spot.width <= 1 + 1e-9
        assert spot.top + spot.height <= 1 + 1e-9
    for i, one in enumerate(made.spots):
        for other in made.spots[i + 1 :]:
            apart_x = one.left + one.width <= other.left or other.left + other.width <= one.left
            assert apart_x or one.top + one.height <= other.top or other.top + other.height <= one.top


def test_alarms_have_shapes_and_states_have_frames() -> None:
    """Each priority has its own shape, outlined once seen; stale is dashed, maintenance has a wrench."""
    cells = [
        Cell(name=name, level=0, feeds=(), lines=(name, "1"), alarm=name, acknowledged=name == "low", count=2)
        for name in ("critical", "high", "medium", "low")
    ]
    svg = one_line(cells, LIGHT, title="", desc="").svg
    for cell in cells:
        ground = LIGHT.alarms[cell.alarm][0]
        assert f'fill="{"none" if cell.acknowledged else ground}" stroke="{ground}"' in svg
    assert svg.count(">2</text>") == 4
    states = [Cell(name=state, level=0, feeds=(), lines=("n", "1"), state=state) for state in State]
    drawn = one_line(states, LIGHT, title="", desc="").svg
    for sign in ('stroke-dasharray="7 5"', 'stroke-dasharray="1.5 4"', "url(#hatch)", 'scale(1)"'):
        assert sign in drawn
