"""The advice page: what stands on it, what people do there, and what was measured."""

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
from analytics.advice.acts import AdviceAct
from analytics.advice.evidence import Drift, Evidence, Saved
from analytics.advice.life import DRIFTED, LOOKED, Looked, State, lives_of
from analytics.advice.recommendation import Check, Refusal
from analytics.alarms.transition import event
from analytics.verification import SavingsReport, Verdict
from greendc.ledger import SqliteLedger
from greendc.units import NS_PER_SECOND
from tests.analytics.advice.made_advice import DAY_NS, OPERATOR, SUPPLY, made, spread
from tests.dashboard import seeding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

APP = Path(dashboard.__file__).parent / "script" / "app.py"
BOUND = "server.address"
FANS, WATER = "fan_speed/room", "chilled_water/room"
EVIL = '<img src=x onerror="alert(1)">'
REPORT = SavingsReport(
    saving=480.0,
    low=430.0,
    high=530.0,
    saving_ratio=0.05,
    expected=9_600.0,
    unit="kWh",
    level=0.9,
    cv_rmse=0.04,
    nmbe=0.0,
    n_eff=210.0,
    coverage=0.97,
    completeness=0.99,
    model="linear",
    method="baseline",
    verdict=Verdict.VERIFIED,
    reasons=(),
    uncertainty_ratio=0.07,
    cumulative=(("2026-07-01", 30.0), ("2026-07-02", 62.0), ("2026-07-03", 95.0)),
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Return a function that opens the page on the data directory of this test."""
    seed(tmp_path)
    before = config.get_option(BOUND)

    def runner(lang: str = "en", *, bound: str = "127.0.0.1", **parameters: str) -> AppTest:
        config.set_option(BOUND, bound)
        monkeypatch.setenv("GREENDC_SITE", str(tmp_path / "site.toml"))
        monkeypatch.setenv("GREENDC_DATA", str(tmp_path))
        monkeypatch.setenv("GREENDC_STORE", "embedded")
        app = AppTest.from_file(APP, default_timeout=60)
        app._page_hash = calc_hash("advice")
        app.context = {"locale": "en-US"}
        for name, value in {"lang": lang, **parameters}.items():
            app.query_params[name] = value
        return app.run()

    yield runner
    config.set_option(BOUND, before)
    st.cache_resource.clear()


def seed(folder: Path) -> None:
    """Write a site, and a ledger with advice to decide, one that was verified and has drifted, and silence."""
    seeding.write_site(folder)
    now_ns = time.time_ns() - 60 * NS_PER_SECOND
    then_ns = now_ns - 40 * DAY_NS
    evidence = Evidence(
        option="C",
        target="site",
        baseline_from_ns=then_ns - 30 * DAY_NS,
        baseline_to_ns=then_ns,
        from_ns=then_ns,
        to_ns=then_ns + 15 * DAY_NS,
        days=15.0,
        days_needed=14.0,
        report=REPORT,
        money=Saved(value=240.0, low=215.0, high=265.0),
        currency="CNY",
    )
    drift = Drift(
        holds=False, verified_ratio=0.05, recent_ratio=0.01, recent_low=0.0, recent_high=0.02, from_ns=0, to_ns=1
    )
    rail = Check(key="one_unit_off", status="not_evaluable", params={"limit": "32.0"})
    silent = (
        Refusal(advisor="water_economiser", reason="in_order"),
        Refusal(advisor="ups_mode", reason="missing", missing=("it_power",)),
    )
    ledger = SqliteLedger(folder / "ledger.sqlite")
    ledger.append(event(State.PROPOSED.kind, FANS, then_ns, made(FANS, then_ns, to=0.7)))
    act = AdviceAct(ledger, OPERATOR, then_ns, EVIL)
    act.accept(FANS)
    act.done(FANS)
    ledger.extend(
        [
            event(State.VERIFIED.kind, FANS, then_ns + 15 * DAY_NS, evidence),
            event(DRIFTED, FANS, now_ns, drift),
            event(State.PROPOSED.kind, SUPPLY, now_ns, made(proposed_ns=now_ns, together_kwh=spread(8_000.0))),
            event(State.PROPOSED.kind, WATER, now_ns, made(WATER, now_ns, guards=(rail,))),
            event(LOOKED, "lab", now_ns, Looked(refusals=silent)),
        ]
    )
    ledger.close()


def markup(app: AppTest) -> str:
    """Return the HTML of the page without its style sheet; fails when the script raised."""
    assert not app.exception, app.exception
    return "\n".join(element.proto.body for element in app.main.get("html"))


def test_the_page_says_what_and_what_for(run: Callable[..., AppTest]) -> None:
    """What waits, what was proved and what was silent; the drift is said; names stay text."""
    html = markup(run(advice=FANS))
    assert html.count('data-advice="') == 3
    assert "The saving has gone: 1.0 % in the last 14 days, 5.0 % when it was verified." in html.replace("\u00a0", " ")
    assert "480" in html
    assert "90 % interval" in html.replace("\u00a0", " ")
    assert "Free cooling by water" in html
    assert "Telemetry is missing: IT power" in html
    assert "<img src=x" not in html


def test_a_person_accepts_and_carries_out(run: Callable[..., AppTest], tmp_path: Path) -> None:
    """The rack with one unit off stands before the button; the next act follows, and each is in the ledger."""
    app = run(advice=SUPPLY)
    assert "24.0 °C today, 26.0 °C after the change" in markup(app).replace("\u00a0", " ")
    app.button(key=f"advice_do_accept_{SUPPLY}").click().run()
    assert "Written into the ledger: Accept" in markup(app)
    app.button(key=f"advice_do_done_{SUPPLY}").click().run()
    assert "Written into the ledger: Mark as done" in markup(app)
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    assert lives_of(ledger).cases[SUPPLY][-1].state is State.DONE
    ledger.close()


def test_what_a_guard_rail_holds_up_offers_no_accepting(run: Callable[..., AppTest]) -> None:
    """Rejecting needs a reason, and says so."""
    app = run(lang="zh", advice=WATER)
    html = markup(app)
    assert "护栏未满足" in html
    app.button(key=f"advice_do_reject_{WATER}").click().run()
    assert "需要写明原因" in markup(app)


def test_off_the_loopback_nobody_acts(run: Callable[..., AppTest]) -> None:
    """Who opens the page from elsewhere reads where it can be done."""
    app = run(bound="0.0.0.0", advice=SUPPLY)  # noqa: S104 (what is tested: nothing is bound here)
    assert "Here you read only" in markup(app)
    assert not [button.key for button in app.button if str(button.key).startswith("advice_do")]
