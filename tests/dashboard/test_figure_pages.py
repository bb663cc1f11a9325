"""The pages of figures, data quality and lineage in all their states and both languages, run by Streamlit itself."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import dashboard
from analytics.efficiency_view import COLUMNS, efficiency
from analytics.figures import Window
from dashboard.efficiency_cards import as_csv
from greendc.ledger import SqliteLedger
from greendc.site import read_site
from tests.dashboard import seeding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

APP = Path(dashboard.__file__).parent / "script" / "app.py"
LANGUAGES = ("zh", "en")
PAGES = ("efficiency", "quality", "lineage")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Return a function that opens a page on the data directory of this test."""

    def runner(page: str, lang: str, *, store: str = "embedded", **parameters: str) -> AppTest:
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
    st.cache_resource.clear()


def markup(app: AppTest) -> str:
    """Return the HTML of the page without its style sheet; fails when the script raised."""
    assert not app.exception, app.exception
    return "\n".join(element.proto.body for element in app.main.get("html"))


def seed(folder: Path) -> int:
    """Write a site with two hours of history, and its figures and data quality into the ledger."""
    path = seeding.write_site(folder)
    now_ns = time.time_ns()
    seeding.fill(folder, now_ns, hours=2)
    seeding.compute(path, folder, now_ns)
    return now_ns


@pytest.mark.parametrize("lang", LANGUAGES)
def test_efficiency(run: Callable[..., AppTest], tmp_path: Path, lang: str) -> None:
    """Figures with value, unit, category, coverage and judgement; those that are refused with the reason; a chart."""
    seed(tmp_path)
    app = run("efficiency", lang, window="hour", steps="hours")
    page = markup(app)
    words = {
        "zh": ("PUE · 近 1 小时", "近 12 个月", "2 类（PDU 输出）", "覆盖 ", "站点文件中没有水表", "计算于"),
        "en": (
            "PUE · Last hour",
            "Trailing 12 months",
            "category 2 (PDU output)",
            " covered",
            "water meter",
            "computed",
        ),
    }[lang]
    assert [word for word in words if word not in page] == []
    assert ">1.47<" in page
    assert "kWh" in page
    assert f"lineage?lang={lang}&amp;kpi=pue&amp;period=hour" in page
    assert len(app.get("echarts_chart")) == 1
    assert page.count('data-window="') == len(Window)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_quality(run: Callable[..., AppTest], tmp_path: Path, lang: str) -> None:
    """Six dimensions, findings with what to do, the balance with its remainder, devices; series only when asked."""
    seed(tmp_path)
    app = run("quality", lang)
    page = markup(app)
    words = {
        "zh": ("规范性", "完整性", "可访问性", "发现的问题", "怎么办", "差额", "meter-main", "GB/T 36344-2018"),
        "en": ("Conformity", "Completeness", "Accessibility", "Findings", "What to do", "Remainder", "meter-main"),
    }[lang]
    assert [word for word in words if word not in page] == []
    assert page.count("data-dimension=") == 6
    assert not any(box.key == "choice_device" for box in app.selectbox)
    app.button(key="judge_now").click().run()
    app.selectbox(key="choice_device").set_value("env-r02").run()
    assert {"zh": "空气温度", "en": "Air temperature"}[lang] in markup(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_lineage(run: Callable[..., AppTest], tmp_path: Path, lang: str) -> None:
    """Formula with its numbers, the meters with register readings, factor and class, and the hashes."""
    seed(tmp_path)
    page = markup(run("lineage", lang, kpi="pue", period="hour"))
    words = {
        "zh": ("E_DC ÷ E_IT,2", "÷", "供电输入", "meter-main", "等级 ± 0.5", "倍率 1", "配置", "滚动时段"),
        "en": ("E_DC ÷ E_IT,2", "÷", "supply", "meter-main", "class ± 0.5", "factor 1", "configuration", "rolling"),
    }[lang]
    assert [word for word in words if word not in page] == []
    assert page.count("g-hash") > 10


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_empty(run: Callable[..., AppTest], tmp_path: Path, page: str, lang: str) -> None:
    """A site without a device opens every page, which says that there is nothing yet and what would change that."""
    seeding.write_site(tmp_path, seeding.EMPTY_TOML)
    words = {
        "efficiency": {"zh": "还没有能效指标", "en": "No efficiency figure yet"},
        "quality": {"zh": "还没有质量评定", "en": "has not been judged yet"},
        "lineage": {"zh": "没有总输入电表", "en": "no meter of the facility input"},
    }[page][lang]
    assert words in markup(run(page, lang))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_store_down(run: Callable[..., AppTest], tmp_path: Path, free_port: int, page: str, lang: str) -> None:
    """Without the store the banner says so; what the ledger keeps is shown all the same."""
    seed(tmp_path)
    shown = markup(run(page, lang, store=f"influxdb://127.0.0.1:{free_port}/greendc"))
    assert {"zh": "存储自", "en": "The store has not answered since"}[lang] in shown
    kept = {"efficiency": ">1.47<", "quality": "data-dimension=", "lineage": ""}[page]
    assert kept in shown
    if page == "lineage":
        assert "g-hash" not in shown


def test_the_choice_stands_in_the_address(run: Callable[..., AppTest], tmp_path: Path) -> None:
    """A period that the address names is shown, one that there is not is no error, and a picked one is written."""
    seed(tmp_path)
    app = run("lineage", "en", kpi="it_energy", period="nonsense")
    assert app.selectbox(key="choice_kpi").value == "it_energy"
    assert app.selectbox(key="choice_period").value == "day"
    app.selectbox(key="choice_period").set_value("hour").run()
    assert app.query_params["period"] in ("hour", ["hour"])


def test_csv(tmp_path: Path) -> None:
    """The file holds what the page shows, unrounded, with units, and reasons where there is no value."""
    now_ns = seed(tmp_path)
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    page = efficiency(ledger, read_site(tmp_path / "site.toml"), now_ns)
    ledger.close()
    text = as_csv(page.window(Window.HOUR), "zh").decode("utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    assert tuple(rows[0]) == COLUMNS
    pue = next(row for row in rows if row["kpi"] == "pue")
    assert float(pue["value"]) == pytest.approx(88 / 60, rel=2e-3)
    assert (pue["unit"], pue["category"], pue["window"]) == ("1", "2", "hour")
    water = next(row for row in rows if row["kpi"] == "water_volume")
    assert (water["value"], water["reason"]) == ("", "no_water_meter")


DESIGN = '[design]\npue = {pue}\nload_ratio = 0.5\nclimate = "Kunming, a mean year"\n\n[tariff]'


@pytest.mark.parametrize(
    ("pue", "words"), [(1.2, "above the design"), (1.9, "below the design"), (None, "no design PUE")]
)
def test_the_year_to_date(run: Callable[..., AppTest], tmp_path: Path, pue: float | None, words: str) -> None:
    """The overview says how far the year is from the declared design, with energy so far; no design, no target."""
    text = seeding.SITE_TOML if pue is None else seeding.SITE_TOML.replace("[tariff]", DESIGN.format(pue=pue))
    path, now_ns = seeding.write_site(tmp_path, text), time.time_ns()
    seeding.fill(tmp_path, now_ns, hours=2)
    seeding.compute(path, tmp_path, now_ns)
    page = markup(run("overview", "en"))
    assert words in page
    assert 'data-year="facility_energy"' in page
    assert "Year to date" in page
    zh = markup(run("overview", "zh"))
    assert "\u672c\u5e74\u81f3\u4eca" in zh
