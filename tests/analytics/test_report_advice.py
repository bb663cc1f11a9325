"""The report's section on advice: what is open, what was measured with its basis, and what was turned down."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from analytics.advice.acts import AdviceAct
from analytics.advice.evidence import Evidence, Saved
from analytics.advice.life import State
from analytics.advice_view import standing_of
from analytics.alarms.transition import event
from analytics.reports.advice_section import AdviceSection, advice_section
from analytics.verification import SavingsReport, Verdict
from greendc.ledger import SqliteLedger
from tests.analytics.advice.made_advice import DAY_NS, NOW_NS, OPERATOR, SUPPLY, made

if TYPE_CHECKING:
    from pathlib import Path

HALL, ROW, OLD = "supply_air/hall", "supply_air/row", "supply_air/old"
REPORT = SavingsReport(
    saving=480.0,
    low=430.0,
    high=530.0,
    saving_ratio=0.05,
    expected=9_600.0,
    unit="kWh",
    level=0.9,
    cv_rmse=0.042,
    nmbe=0.0,
    n_eff=210.0,
    coverage=0.97,
    completeness=0.99,
    model="change_point",
    method="baseline",
    verdict=Verdict.VERIFIED,
    reasons=(),
    uncertainty_ratio=0.07,
)
EVIDENCE = Evidence(
    option="C",
    target="site",
    baseline_from_ns=NOW_NS - 60 * DAY_NS,
    baseline_to_ns=NOW_NS - 20 * DAY_NS,
    from_ns=NOW_NS - 20 * DAY_NS,
    to_ns=NOW_NS,
    days=20.0,
    days_needed=14.0,
    report=REPORT,
    money=Saved(value=240.0, low=215.0, high=265.0),
    currency="CNY",
    carbon_kg=Saved(value=50.0, low=45.0, high=55.0),
)


def section(folder: Path, until_ns: int, lang: str = "en") -> AdviceSection:
    """Return the section of a ledger with one of each."""
    ledger = SqliteLedger(folder / "ledger.sqlite")
    then_ns = NOW_NS - 20 * DAY_NS
    for name in (SUPPLY, HALL, ROW, OLD):
        ledger.append(event(State.PROPOSED.kind, name, then_ns, made(name, then_ns)))
    act = AdviceAct(ledger, OPERATOR, then_ns, "the servers are old")
    act.accept(ROW)
    act.accept(HALL)
    act.done(HALL)
    act.reject(OLD)
    ledger.append(event(State.VERIFIED.kind, HALL, NOW_NS, EVIDENCE))
    found = advice_section(standing_of(ledger, None, until_ns, until_ns=until_ns), dt.UTC, lang)
    ledger.close()
    return found


def test_each_stands_where_it_belongs(tmp_path: Path) -> None:
    """Open and accepted ones with their worth, the proved one with its basis, the rejected one with who and why."""
    found = section(tmp_path, NOW_NS)
    assert [row.state for row in found.open] == ["accepted", ""]
    (measure,) = found.measures
    assert measure.state == "verified"
    assert measure.savings[0].replace("\u00a0", " ") == "480 kWh (430 \u2013 530)"
    basis = " ".join(measure.basis).replace("\u00a0", " ")
    for said in ("IPMVP option C", "model change_point", "CV(RMSE) 4.2 %", "Uncertainty 7.0 %", "97.0 %"):
        assert said in basis
    assert "accepted (wang)" in measure.course
    assert "480 kWh" in found.verified
    assert found.rejected == ["Raise the supply air temperature (wang: the servers are old)"]


def test_a_report_of_then_knows_nothing_of_now(tmp_path: Path) -> None:
    """What was decided and measured after its end is left out."""
    found = section(tmp_path, NOW_NS - DAY_NS)
    assert [measure.state for measure in found.measures] == ["done"]
    assert found.verified == ""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_is_said_in_both_languages(tmp_path: Path, lang: str) -> None:
    """No text is missing."""
    assert section(tmp_path, NOW_NS, lang).measures[0].basis
