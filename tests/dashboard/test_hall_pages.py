"""The pages of the hall, thermal field, rack and device, in all their states and both languages, run by Streamlit."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import streamlit as st
from streamlit import config
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import dashboard
from analytics.alarms.book import book_of
from dashboard.palette import contrast
from dashboard.thermal_colours import DARK, LIGHT, ThermalColours
from greendc.ledger import SqliteLedger
from greendc.status import CollectStatus, DeviceStatus, write_status
from greendc.units import NS_PER_SECOND
from tests.dashboard import hall_seeding, seeding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

APP = Path(dashboard.__file__).parent / "script" / "app.py"
LANGUAGES = ("zh", "en")
BOUND = "server.address"
PAGES = ("thermal", "rack", "device")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Return a function that opens a page on the data directory of this test."""
    before = config.get_option(BOUND)

    def runner(page: str, lang: str, *, store: str = "embedded", bound: str = "", **parameters: str) -> AppTest:
        config.set_option(BOUND, bound or None)
        monkeypatch.setenv("GREENDC_SITE", str(tmp_path / "site.toml"))
        monkeypatch.setenv("GREENDC_DATA", str(tmp_path))
        monkeypatch.setenv("GREENDC_STORE", store)
        app = AppTest.from_file(APP, default_timeout=60)
        # AppTest finds pages that are files by their path; these are functions with an address.
        app._page_hash = calc_hash(page)
        app.context = {"locale": "en-US"}
        for name, value in {"lang": lang, **parameters}.items():
            app.query_params[name] = value
        return app.run()

    yield runner
    config.set_option(BOUND, before)
    st.cache_resource.clear()


def markup(app: AppTest) -> str:
    """Return the HTML of the page without its style sheet; fails when the script raised."""
    assert not app.exception, app.exception
    return "\n".join(element.proto.body for element in app.main.get("html"))


def seed(folder: Path, *, ago_s: int = 0) -> None:
    """Write a site with two hours of history that ended ``ago_s`` ago."""
    seeding.write_site(folder, hall_seeding.site_toml())
    seeding.fill(folder, time.time_ns() - ago_s * NS_PER_SECOND, hours=2)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_thermal(run: Callable[..., AppTest], tmp_path: Path, lang: str) -> None:
    """A plan with both racks, figures of the air, class and sensors in the caption, and links to the racks."""
    seed(tmp_path)
    app = run("thermal", lang, rack="r01")
    page = markup(app)
    words = {
        "zh": ("RCI_HI", "RTI", "设备等级 A2", "高于推荐上限", "进风 · 下部", "未登记高度"),
        "en": ("RCI_HI", "RTI", "class A2", "above recommended", "Inlet, low", "without a height"),
    }[lang]
    assert [word for word in words if word not in page] == []
    assert len(app.get("echarts_chart")) == 1
    assert "rack=r02" in page
    assert "g-tag-stale" not in page
    app.segmented_control(key="choice_layer").set_value("outlet").run()
    assert app.query_params["layer"] in ("outlet", ["outlet"])
    markup(app)


def test_the_thermal_page_goes_back_in_time(run: Callable[..., AppTest], tmp_path: Path) -> None:
    """A quarter of an hour in the address is shown; one that there is not means now."""
    seed(tmp_path)
    app = run("thermal", "en")
    moments = app.select_slider(key="choice_at").options
    assert len(moments) == 97
    app.select_slider(key="choice_at").set_value(moments[-3].replace(" ", "T")).run()
    assert moments[-3] in markup(app)
    assert "at" in app.query_params
    assert "<b>Now</b>" in markup(run("thermal", "en", at="2001-01-01T00:00"))
    assert "<b>Now</b>" in markup(run("thermal", "en", at="<script>", layer="'", level="", rack="../etc"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_rack(run: Callable[..., AppTest], tmp_path: Path, lang: str) -> None:
    """Two sides as drawings, contents with power, what is free, air against the limits; a hostile title stays text."""
    seed(tmp_path)
    page = markup(run("rack", lang, rack="r01"))
    words = {
        "zh": ("正面", "背面", "空闲 U 位", "剩余功率", "U1-4", "没有计量", "进风 · 下部", "在推荐范围内", "没有告警"),
        "en": ("Front", "Rear", "Free units", "Free power", "U1-4", "not measured", "Inlet, low", "within recommended"),
    }[lang]
    assert [word for word in words if word not in page] == []
    assert page.count("data:image/svg+xml") >= 2
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
    assert "\u202e" not in page
    assert "🦖" in page
    assert "device?lang=" in page


def test_a_rack_that_is_not_there_is_no_error(run: Callable[..., AppTest], tmp_path: Path) -> None:
    """A hostile name in the address falls back to the first rack and is not shown."""
    seed(tmp_path)
    page = markup(run("rack", "en", rack="<script>alert(1)</script>"))
    assert "Rack r01" in page
    assert "alert(1)</script>" not in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_device(run: Callable[..., AppTest], tmp_path: Path, lang: str) -> None:
    """A chart over the range, measurements with stored and raw value, the profile's documents, how it is read."""
    seed(tmp_path)
    app = run("device", lang, device="pdu-r01-a", range="1h")
    page = markup(app)
    words = {
        "zh": ("有功功率", "存储值（SI）", "设备原始值", "× 0.01 kW", "来源文件", "PowerNet-MIB", "由谁读取", "条读数"),
        "en": ("Active power", "Stored (SI)", "As the device", "× 0.01 kW", "Source documents", "Read by", "readings"),
    }[lang]
    assert [word for word in words if word not in page] == []
    assert len(app.get("echarts_chart")) == 1
    app.selectbox(key="choice_series").set_value(":active_energy_j").run()
    assert app.query_params["series"] in (":active_energy_j", [":active_energy_j"])
    markup(app)


def test_a_device_of_an_edge_node_has_its_page(run: Callable[..., AppTest], tmp_path: Path) -> None:
    """The page says that the site file has no profile of it, and shows what it measures all the same."""
    seed(tmp_path)
    page = markup(run("device", "en", device="edge-01-meter"))
    assert "An edge node reads this device" in page
    assert "2.40" in page
    assert "cannot be seen from here" in page


def test_the_last_error_of_a_device_stays_text(run: Callable[..., AppTest], tmp_path: Path) -> None:
    """What a device or a library says of an error is shown in words and as text."""
    seed(tmp_path)
    status = DeviceStatus(name="env-r01", state="away", error="<img src=x> timed out")
    write_status(tmp_path, "collect", CollectStatus(time_ns=time.time_ns(), devices=[status]))
    page = markup(run("device", "en", device="env-r01"))
    assert "does not answer" in page
    assert "&lt;img src=x&gt; timed out" in page
    assert "<img src=x" not in page


def test_maintenance_of_a_device(run: Callable[..., AppTest], tmp_path: Path) -> None:
    """It needs a reason, is written with person and reason, shows as maintenance, and ends again."""
    seed(tmp_path)
    app = run("device", "en", device="pdu-r01-a", bound="127.0.0.1")
    app.button(key="device_do").click().run()
    assert "Not done" in markup(app)
    app.text_input(key="device_reason").set_value("new <b>meter</b>")
    app.button(key="device_do").click().run()
    page = markup(app)
    assert "Written into the ledger" in page
    assert "new &lt;b&gt;meter" in page
    assert "g-tag-suppressed" in page
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    (window,) = book_of(ledger).fold().windows.values()
    assert (window.node, window.name, window.reason) == ("pdu-r01-a", "operator", "new <b>meter</b>")
    app.text_input(key="device_reason").set_value("done")
    app.button(key="device_do").click().run()
    assert book_of(ledger).fold().windows == {}
    ledger.close()
    assert not any(
        button.key == "device_do"
        for button in run("device", "en", device="pdu-r01-a", bound="0.0.0.0").button  # noqa: S104 (who is not on this machine reads)
    )


@pytest.mark.parametrize("page", PAGES)
def test_empty(run: Callable[..., AppTest], tmp_path: Path, page: str) -> None:
    """A site without racks and devices opens every page, which says what to enter where."""
    site = seeding.EMPTY_TOML if page != "device" else seeding.SITE_TOML
    seeding.write_site(tmp_path, site)
    words = {"thermal": "[[racks]]", "rack": "[[mounted]]", "device": "has not given any reading"}[page]
    assert words in markup(run(page, "en"))


@pytest.mark.parametrize("page", PAGES)
def test_stale(run: Callable[..., AppTest], tmp_path: Path, page: str) -> None:
    """After twenty minutes of silence the last values stay, marked stale with their age."""
    seed(tmp_path, ago_s=1200)
    assert "stale · 20 min ago" in markup(run(page, "en", rack="r01", device="env-r01"))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_plan_can_be_read(theme: ThermalColours) -> None:
    """Text on every colour of the plan has a contrast of 4.5 : 1 or more, and no two zones share a colour."""
    for ground in theme.grounds():
        assert contrast(ground.fill, ground.ink) >= 4.5, ground
    zones = {theme.cold.fill, theme.warm.fill, theme.hot.fill, theme.ramp[0].fill, theme.unknown.fill}
    assert len(zones) == 5
