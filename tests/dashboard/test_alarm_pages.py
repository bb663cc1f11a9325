"""The alarms page in all its states and both languages, run by Streamlit itself, and what people do on it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
import streamlit as st
from streamlit import config
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import dashboard
from analytics.alarms import standing
from analytics.alarms import transition as tr
from greendc.ledger import SqliteLedger
from greendc.model import Principal
from tests.dashboard import alarm_seeding, seeding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

APP = Path(dashboard.__file__).parent / "script" / "app.py"
LANGUAGES = ("zh", "en")
BOUND = "server.address"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Return a function that opens a page of this test's data directory, as if it were bound to an address."""
    before = config.get_option(BOUND)

    def runner(page: str, lang: str, *, store: str = "embedded", bound: str = "127.0.0.1", **asked: str) -> AppTest:
        monkeypatch.setenv("GREENDC_SITE", str(tmp_path / "site.toml"))
        monkeypatch.setenv("GREENDC_DATA", str(tmp_path))
        monkeypatch.setenv("GREENDC_STORE", store)
        config.set_option(BOUND, bound)
        app = AppTest.from_file(APP, default_timeout=60)
        app._page_hash = calc_hash(page)
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


def seed(folder: Path, hostile: str = "") -> int:
    """Write a site with an hour of history and alarms of every sort."""
    seeding.write_site(folder)
    now_ns = time.time_ns()
    seeding.fill(folder, now_ns, hours=1)
    alarm_seeding.stand(folder, now_ns, hostile=hostile)
    return now_ns


@pytest.mark.parametrize("lang", LANGUAGES)
def test_alarms_stand_in_the_order_of_work(run: Callable[..., AppTest], tmp_path: Path, lang: str) -> None:
    """Causes with what is below them, advisory ones apart, shelved and out of service with until when, and a chart."""
    seed(tmp_path)
    app = run("alarms", lang)
    page = markup(app)
    words = {
        "zh": ("当前告警", "归于此告警之下：2 条", "提示性", "已搁置", "维护中", "反复跳变", "属实", "未确认 2"),
        "en": ("Standing alarms", "Filed under this: 2", "Advisory", "Shelved", "Out of service", "chattering", "real"),
    }[lang]
    assert [word for word in words if word not in page] == []
    listed = page.partition("g-below")[0]
    assert listed.index('data-alarm="rack_inlet/r01"') < page.index('data-alarm="rack_inlet/r02"')
    assert page.index('data-alarm="rack_inlet/r02"') < page.index('data-alarm="learned/r01"')
    assert page.count('data-alarm="inlet_silent/r02"') == 1
    assert len(app.get("echarts_chart")) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_alarm_says_why_it_stands(run: Callable[..., AppTest], tmp_path: Path, lang: str) -> None:
    """Value, band, rarity, shares, peers, the earlier episode, checks, data quality and model are all there."""
    seed(tmp_path)
    page = markup(run("alarms", lang, alarm="learned/r01"))
    facts = ("25.1", "21.2", "23.6", "1 : 40", "22.3", "(19)", "14.2", "ridge-inlet 3", "75", "learned.series")
    assert [fact for fact in facts if fact not in page] == []
    words = {
        "zh": ("正常范围", "同类中位数", "数据质量正常", "学习不足一周", "确认市电", "由什么构成"),
        "en": ("Band", "Peers", "The data are good", "less than a week", "Look at the mains", "Made up of"),
    }[lang]
    assert [word for word in words if word not in page] == []


def test_alarms_of_one_title_are_told_apart(run: Callable[..., AppTest], tmp_path: Path) -> None:
    """No two words of the menu are the same, and the address has the one that was picked."""
    seeding.write_site(tmp_path)
    ledger, now_ns = SqliteLedger(tmp_path / "ledger.sqlite"), time.time_ns()
    one = alarm_seeding.made("rack_inlet", "allowable", "high", "r01", now_ns)
    twins = [msgspec.structs.replace(one, id=f"rack_inlet/{name}") for name in ("r01", "r01-b", "r01-c")]
    ledger.extend([tr.event(tr.RAISED, alarm.id, now_ns, alarm) for alarm in twins])
    ledger.close()
    app = run("alarms", "en")
    menu = app.selectbox(key="choice_alarm")
    assert len(set(menu.options)) == len(twins)
    last = next(words for words in menu.options if "r01-c" in words)
    app = menu.select(last).run()
    assert app.query_params["alarm"] == "rack_inlet/r01-c"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_alarm(run: Callable[..., AppTest], tmp_path: Path, lang: str) -> None:
    """An empty page says that there was none yet; after one, when it was over and which."""
    seeding.write_site(tmp_path)
    assert {"zh": "至今没有产生过", "en": "there was none yet"}[lang] in markup(run("alarms", lang))
    st.cache_resource.clear()
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    alarm = alarm_seeding.made("rack_inlet", "allowable", "high", "r01", time.time_ns())
    ledger.append(tr.event(tr.RAISED, alarm.id, 1, alarm))
    ledger.append(tr.event(tr.ACKNOWLEDGED, alarm.id, 2, tr.Seen()))
    ledger.append(tr.event(tr.CLEARED, alarm.id, time.time_ns()))
    ledger.close()
    page = markup(run("alarms", lang))
    assert {"zh": "上一条于", "en": "The last one was over at"}[lang] in page
    assert alarm.title(lang) in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_stale_data_and_a_store_that_is_down(
    run: Callable[..., AppTest], tmp_path: Path, free_port: int, lang: str
) -> None:
    """Alarms come from the ledger: they stand there, with who and why, when there is no reading and no store."""
    seeding.write_site(tmp_path)
    alarm_seeding.stand(tmp_path, time.time_ns())
    quiet = markup(run("alarms", lang))
    assert {"zh": "这段时间没有读数", "en": "no readings of that time"}[lang] in quiet
    st.cache_resource.clear()
    app = run("alarms", lang, store=f"influxdb://127.0.0.1:{free_port}/greendc")
    page = markup(app)
    assert 'data-alarm="rack_inlet/r01"' in page
    assert {"zh": "存储自", "en": "has not answered since"}[lang] in page
    assert len(app.get("echarts_chart")) == 0


def episode(folder: Path, alarm_id: str) -> object:
    """Return an alarm's episode as the ledger has it."""
    ledger = SqliteLedger(folder / "ledger.sqlite")
    found = next(one for one in standing(ledger) if one.id == alarm_id)
    ledger.close()
    return found


def test_acts_are_written_with_who_and_why(run: Callable[..., AppTest], tmp_path: Path) -> None:
    """Acknowledging and shelving are in the ledger with operator and reason; shelving needs one."""
    seed(tmp_path)
    app = run("alarms", "en", alarm="rack_inlet/r01")
    app.text_input(key="reason").input("on my way")
    app.button(key="do_it").click().run()
    assert "Written into the ledger: Acknowledge" in markup(app)
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    event = ledger.events(kind=tr.ACKNOWLEDGED, subject="rack_inlet/r01")[-1]
    assert (event.principal, event.reason) == (Principal(name="operator", role="operator"), "on my way")
    st.cache_resource.clear()
    app = run("alarms", "en", alarm="rack_inlet/r01", act="shelve")
    app.button(key="do_it").click().run()
    assert "Not done: Say why." in markup(app)
    assert ledger.events(kind=tr.SHELVED, subject="rack_inlet/r01") == []
    app.text_input(key="reason").input("probe is being moved")
    app.button(key="do_it").click().run()
    assert "Written into the ledger: Shelve" in markup(app)
    assert ledger.events(kind=tr.SHELVED, subject="rack_inlet/r01")[-1].reason == "probe is being moved"
    ledger.close()


@pytest.mark.parametrize("act", ["maintenance", "verdict", "note"])
def test_the_other_acts(run: Callable[..., AppTest], tmp_path: Path, act: str) -> None:
    """A maintenance window covers the alarm's node, a verdict its episode, a note is a note."""
    seed(tmp_path)
    app = run("alarms", "en", alarm="rack_inlet/r01", act=act)
    app.text_input(key="reason").input("because")
    app.button(key="do_it").click().run()
    assert "Written into the ledger" in markup(app)
    kind = {"maintenance": tr.MAINTENANCE, "verdict": tr.VERDICT, "note": tr.NOTED}[act]
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    event = ledger.events(kind=kind)[-1]
    assert (event.subject, event.reason) == ("r01" if act == "maintenance" else "rack_inlet/r01", "because")
    ledger.close()


@pytest.mark.parametrize(("lang", "word"), [("zh", "此处只读"), ("en", "Here you read only")])
@pytest.mark.parametrize("bound", ["0.0.0.0", "192.0.2.7", ""])  # noqa: S104 (what must not be allowed to act)
def test_off_the_loopback_nobody_acts(
    run: Callable[..., AppTest], tmp_path: Path, lang: str, word: str, bound: str
) -> None:
    """A page that others can open is read-only, and says where acting is possible."""
    seed(tmp_path)
    app = run("alarms", lang, bound=bound)
    assert word in markup(app)
    assert {button.key for button in app.button} == {"search_open", "help_open"}
    assert not app.text_input


def test_the_right_to_act_is_asked_again(run: Callable[..., AppTest], tmp_path: Path) -> None:
    """A button that was shown while the page was local does nothing once it is not."""
    seed(tmp_path)
    app = run("alarms", "en", alarm="rack_inlet/r01")
    button = app.button(key="do_it").click()
    config.set_option(BOUND, "0.0.0.0")  # noqa: S104 (what must not be allowed to act)
    button.run()
    markup(app)
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    assert ledger.events(kind=tr.ACKNOWLEDGED, subject="rack_inlet/r01") == []
    ledger.close()


def test_names_and_reasons_from_outside_stay_text(run: Callable[..., AppTest], tmp_path: Path) -> None:
    """Markup in what people wrote is shown as it is written; what turns the reading direction is left out."""
    seed(tmp_path, hostile='<img src=x onerror="alert(1)">\u202e🙂\nend')
    for alarm in ("rack_inlet/r02", "learned/r01"):
        page = markup(run("alarms", "en", alarm=alarm))
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page
        assert "\u202e" not in page
        assert "🙂 end" in page
        st.cache_resource.clear()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_performance_stands_beside_its_targets(
    run: Callable[..., AppTest], tmp_path: Path, free_port: int, lang: str
) -> None:
    """Figures with targets, the most frequent, priorities, nuisance rates, rules that cannot judge; without a store."""
    seed(tmp_path)
    page = markup(run("alarm_performance", lang, store=f"influxdb://127.0.0.1:{free_port}/greendc", span="day"))
    words = {
        "zh": (
            "每天告警数",
            "目标 ≤ 150",
            "出现最多的十条",
            "优先级分布",
            "误报率",
            "无法评估的规则",
            "归于上级告警之下",
        ),
        "en": (
            "Alarms per day",
            "target ≤ 150",
            "The ten most",
            "Spread of",
            "Nuisance",
            "cannot judge",
            "filed under",
        ),
    }[lang]
    assert [word for word in words if word not in page] == []
    assert 'data-gauge="seen_in_time"' in page
    assert "ups-1" in page
    assert {"zh": "30 天以上", "en": "30 days or more"}[lang] in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_performance_of_nothing(run: Callable[..., AppTest], tmp_path: Path, lang: str) -> None:
    """A site whose ledger knows of no alarm has no figures, and the page says why."""
    seeding.write_site(tmp_path)
    page = markup(run("alarm_performance", lang))
    assert {"zh": "还没有任何告警", "en": "knows of no alarm yet"}[lang] in page
    assert "data-gauge" not in page
