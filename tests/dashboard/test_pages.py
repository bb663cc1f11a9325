"""The pages in all their states and both languages, run by Streamlit itself."""

from __future__ import annotations

import datetime as dt
import gc
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import dashboard
from dashboard.markup import View
from dashboard.palette import LIGHT
from greendc.status import CollectStatus, DeviceStatus, write_status
from greendc.units import NS_PER_SECOND
from tests.dashboard import seeding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

APP = Path(dashboard.__file__).parent / "script" / "app.py"
LANGUAGES = ("zh", "en")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Return a function that runs the app on the data directory of this test."""

    def runner(lang: str | None = None, *, store: str = "embedded", locale: str = "en-US") -> AppTest:
        monkeypatch.setenv("GREENDC_SITE", str(tmp_path / "site.toml"))
        monkeypatch.setenv("GREENDC_DATA", str(tmp_path))
        monkeypatch.setenv("GREENDC_STORE", store)
        app = AppTest.from_file(APP, default_timeout=30)
        app.context = {"locale": locale}
        if lang is not None:
            app.query_params["lang"] = lang
        return app.run()

    yield runner
    st.cache_resource.clear()


def markup(app: AppTest) -> str:
    """Return the HTML of the page without its style sheet; fails when the script raised."""
    assert not app.exception, app.exception
    return "\n".join(element.proto.body for element in app.main.get("html"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_demo(run: Callable[..., AppTest], tmp_path: Path, lang: str) -> None:
    """With data the page has its figures, its alarms by shape, number and word, and a chart."""
    seeding.write_site(tmp_path)
    seeding.fill(tmp_path, time.time_ns(), hours=3)
    seeding.raise_alarms(tmp_path, time.time_ns())
    app = run(lang)
    page = markup(app)
    words = {
        "zh": ("测试机房", "演示数据", "设施总功率", "高 ×1", "未确认", "边缘站点 01"),
        "en": ("Test room", "Demo data", "Facility power", "high ×1", "unacknowledged", "Edge site 01"),
    }[lang]
    assert [word for word in words if word not in page] == []
    assert "◆" in page
    assert "1.47" in page
    assert "Asia/Shanghai (UTC+08:00)" in page
    assert len(app.get("echarts_chart")) == 1
    assert "g-card-stale" not in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_empty(run: Callable[..., AppTest], tmp_path: Path, lang: str) -> None:
    """A site without a device leads with three commands and what is to be seen after each, and shows no figure."""
    seeding.write_site(tmp_path, seeding.EMPTY_TOML)
    page = markup(run(lang))
    assert {"zh": "还没有数据", "en": "No data yet"}[lang] in page
    commands = ["greendc init", "greendc probe", "greendc check", "greendc demo"]
    places = [page.index(command) for command in commands]
    assert places == sorted(places)
    assert page.count({"zh": "完成后：", "en": "Then: "}[lang]) == 3
    assert page.count("g-card") == 1
    assert "--as-toml" in page
    assert "g-tile" not in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_waiting(run: Callable[..., AppTest], tmp_path: Path, lang: str) -> None:
    """Devices without a reading yet are listed; without any process the command that starts them is named."""
    seeding.write_site(tmp_path)
    page = markup(run(lang))
    assert {"zh": "6 台设备", "en": "6 devices"}[lang] in page
    assert page.index("greendc up") < page.index("data-awaited") < page.index("greendc init")
    assert page.count("data-awaited") == 6
    assert {"zh": "等待节点的第一条消息", "en": "waits for a message of its node"}[lang] in page
    assert "greendc probe meter-main" not in page


def test_waiting_for_devices_that_do_not_answer(run: Callable[..., AppTest], tmp_path: Path) -> None:
    """Once a process reads them, the device that fails comes first with its error, and the doctor is named."""
    seeding.write_site(tmp_path)
    devices = [
        DeviceStatus(name="meter-main", state="ok"),
        DeviceStatus(name="env-r02", state="away", error="timeout <b>after</b> 3 tries"),
    ]
    write_status(tmp_path, "collect", CollectStatus(time_ns=time.time_ns(), devices=devices))
    page = markup(run("en"))
    assert page.index("greendc doctor") < page.index("data-awaited")
    assert page.index('data-awaited="env-r02"') < page.index('data-awaited="meter-main"')
    assert "timeout &lt;b&gt;after" in page
    assert "answers" in page
    assert "greendc probe env-r02<" in page
    assert "greendc probe meter-main<" not in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_stale(run: Callable[..., AppTest], tmp_path: Path, lang: str) -> None:
    """Twenty minutes of silence: the last values stay, marked stale with their age; the site is not called normal."""
    seeding.write_site(tmp_path)
    seeding.fill(tmp_path, time.time_ns() - 1200 * NS_PER_SECOND, hours=3)
    page = markup(run(lang))
    assert page.count("g-card-stale") >= 4
    assert {"zh": "陈旧 · 20 分钟前", "en": "stale · 20 min ago"}[lang] in page
    assert {"zh": "无告警</span>", "en": "No alarm</span>"}[lang] not in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_store_down(run: Callable[..., AppTest], tmp_path: Path, free_port: int, lang: str) -> None:
    """A store that refuses connections is a banner with since-when and cause; the page opens and nothing reads zero."""
    seeding.write_site(tmp_path)
    page = markup(run(lang, store=f"influxdb://127.0.0.1:{free_port}/greendc"))
    assert {"zh": "存储自", "en": "The store has not answered since"}[lang] in page
    assert {"zh": "原因：", "en": "Cause: "}[lang] in page
    assert page.count("g-missing") >= 4
    assert ">0<" not in page


def test_the_language_comes_from_the_browser_unless_the_address_says_it(
    run: Callable[..., AppTest], tmp_path: Path
) -> None:
    """A Chinese browser gets Chinese, `?lang=en` wins, and a wrong value is no error."""
    seeding.write_site(tmp_path, seeding.EMPTY_TOML)
    assert "还没有数据" in markup(run(locale="zh-CN"))
    assert "No data yet" in markup(run("en", locale="zh-CN"))
    assert "No data yet" in markup(run("<script>", locale="en-US"))


def test_a_broken_site_file_is_named(run: Callable[..., AppTest], tmp_path: Path) -> None:
    """The page says file, line and what is wrong instead of a traceback."""
    seeding.write_site(tmp_path, "schema = 1\n[site\n")
    app = run("en")
    assert not app.exception
    assert "site.toml:2" in app.error[0].value


def test_advice_and_limits_claim_no_more_than_their_data(run: Callable[..., AppTest], tmp_path: Path) -> None:
    """The grid's factors are of CO2 alone, and a limit that altitude lowered is not rounded up again."""
    high_up = seeding.SITE_TOML.replace("simulated = true", "simulated = true\naltitude_m = 1890")
    seeding.write_site(tmp_path, high_up)
    seeding.fill(tmp_path, time.time_ns(), hours=1)
    seeding.propose_advice(tmp_path, time.time_ns())
    page = markup(run("en"))
    assert "kg CO₂<" in page
    assert "limit 31.7 °C" in page
    assert "18–27 °C" in page


def test_names_from_outside_stay_text(run: Callable[..., AppTest], tmp_path: Path) -> None:
    """A title with markup in it, of the site or of an edge node, is shown as it is written; so is what a store says."""
    evil = "<img src=x onerror=alert(1)>"
    hostile = seeding.SITE_TOML.replace("Test room", evil).replace("Edge site 01", evil)
    seeding.write_site(tmp_path, hostile)
    seeding.fill(tmp_path, time.time_ns(), hours=1)
    page = markup(run("en"))
    assert "<img src=x" not in page
    assert page.count("&lt;img src=x") == 2
    view = View(lang="en", palette=LIGHT, zone=dt.UTC, now_ns=0)
    assert "<img" not in view.t("dashboard.away.cause", cause=evil)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_site_without_meters_still_shows_its_devices(run: Callable[..., AppTest], tmp_path: Path, lang: str) -> None:
    """Where power and PUE are unknown for want of meters, the page shows the devices and what they measure."""
    seeding.write_site(tmp_path, seeding.SITE_TOML.partition("[[meters]]")[0])
    seeding.fill(tmp_path, time.time_ns(), hours=1)
    page = markup(run(lang))
    assert "[[meters]]" in page
    words = {"zh": ("设备", "env-r01", "空气温度"), "en": ("Devices", "env-r01", "Air temperature")}[lang]
    assert [word for word in words if word not in page] == []


def test_what_another_version_wrote_is_said_and_breaks_nothing(run: Callable[..., AppTest], tmp_path: Path) -> None:
    """An advice and an alarm in the ledger whose words this version does not have leave the rest of the page alone."""
    seeding.write_site(tmp_path)
    now_ns = time.time_ns()
    seeding.fill(tmp_path, now_ns, hours=1)
    seeding.raise_alarms(tmp_path, now_ns)
    seeding.propose_advice(tmp_path, now_ns)
    with sqlite3.connect(tmp_path / "ledger.sqlite") as ledger:
        ledger.execute("DROP TRIGGER events_never_change")
        ledger.execute("UPDATE events SET body = replace(replace(body, 'envelope', 'gone'), 'allowable', 'gone')")
    page = markup(run("en"))
    assert "Another version wrote this" in page
    assert "Facility power" in page


def test_what_stays_for_good_is_kept_from_the_collector(run: Callable[..., AppTest], tmp_path: Path) -> None:
    """After the first page the imported modules are frozen: a collection need not walk through them again."""
    seeding.write_site(tmp_path, seeding.EMPTY_TOML)
    gc.unfreeze()
    run("en")
    assert gc.get_freeze_count() > 100_000
    gc.unfreeze()
