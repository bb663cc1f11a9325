"""``greendc advise``: the list, one piece in full, what people do, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from analytics.advice.life import LOOKED, Looked, State
from analytics.advice.recommendation import Check, Refusal
from analytics.alarms.transition import event
from greendc.cli import app
from greendc.clock import SystemClock
from greendc.ledger import SqliteLedger
from greendc.units import NS_PER_SECOND
from tests.analytics.advice.made_advice import SUPPLY, made

if TYPE_CHECKING:
    from pathlib import Path

SITE = """schema = 1
[site]
name = "lab"
"""


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sentences are compared in English."""
    monkeypatch.setenv("GREENDC_LANG", "en")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data directory with two proposals in its ledger, one of them held up by a guard rail."""
    (tmp_path / "site.toml").write_text(SITE, "utf-8")
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    now_ns = SystemClock().now_ns() - 60 * NS_PER_SECOND
    rail = Check(key="one_unit_off", status="not_evaluable", params={"limit": "32.0"})
    blind = Refusal(advisor="chilled_water", reason="missing", missing=("cooling_power",))
    ledger.extend(
        [
            event(State.PROPOSED.kind, SUPPLY, now_ns, made(proposed_ns=now_ns)),
            event(State.PROPOSED.kind, "idle_servers/r01", now_ns, made("supply_air/r02", now_ns, guards=(rail,))),
            event(LOOKED, "lab", now_ns, Looked(refusals=(blind,))),
        ]
    )
    ledger.close()
    return tmp_path


def run(data: Path, *words: str) -> tuple[int, str]:
    """Return the exit code and what is printed."""
    done = CliRunner().invoke(app, ["advise", *words, "--data", str(data)])
    return done.exit_code, done.output


def told(data: Path, *words: str) -> dict[str, Any]:
    """Return the envelope."""
    done = CliRunner().invoke(app, ["advise", *words, "--data", str(data), "--json"])
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_list_says_worth_rails_and_silence(data: Path) -> None:
    """People read sentences; programs get the recommendation whole."""
    code, text = run(data, "--as-known", "--site", str(data / "site.toml"))
    assert code == 0
    assert "10000kWh(5000–15000)" in "".join(text.split())
    assert "? Inlets with one cooling unit off cannot be judged" in text
    assert "Chilled water temperature: Telemetry is missing: chiller or cooling power." in text
    listed = told(data, "--as-known", "--site", str(data / "site.toml"))["data"]
    assert [one["change_to"] for one in listed["recommendations"]] == [20.0, 20.0]
    assert listed["recommendations"][0]["energy_kwh"] == {"p10": 5000.0, "p50": 10000.0, "p90": 15000.0}
    assert listed["together_kwh"]["p50"] == 20000.0
    assert listed["refusals"][0]["undecided"] is True


def test_an_evaluation_without_data_leaves_what_was_proposed(data: Path) -> None:
    """The store is empty: every advisor says that it is too early, and exit code and ledger stand."""
    found = told(data, "--site", str(data / "site.toml"))
    assert found["ok"] is True
    assert len(found["data"]["recommendations"]) == 2
    assert {row["reason"] for row in found["data"]["refusals"]} == {"time"}
    assert [(one["level"], one["code"]) for one in found["problems"]] == [("warning", "forecast.cli.empty")]
    assert "All advisors: The data do not reach back far enough" in run(data, "--site", str(data / "site.toml"))[1]


def test_a_tariff_with_holes_is_told(data: Path) -> None:
    """Advice goes without money, and the hole is named with its file."""
    text = (data / "site.toml").read_text("utf-8")
    tariff = '[tariff]\ncurrency = "CNY"\nprice_per_kwh = 0.5\nfile = "holes.toml"\n'
    (data / "holed.toml").write_text(text.replace("[tariff]", "[unused]") + tariff, "utf-8")
    days = '[[days]]\nflat = ["08:00-20:00"]\n[[prices]]\nper_kwh = { flat = 0.5 }\n'
    (data / "holes.toml").write_text(f'schema = 1\ncurrency = "CNY"\n{days}', "utf-8")
    found = told(data, "--site", str(data / "holed.toml"))
    assert found["ok"] is True
    holes = [one for one in found["problems"] if one["file"].endswith("holes.toml")]
    assert {one["level"] for one in holes} == {"warning"}
    assert "From 00:00 to 08:00 there is no tier" in holes[0]["message"]


def test_accepting_shows_the_rack_first_and_then_goes_on(data: Path) -> None:
    """The hottest rack with one unit off stands before the word that it is done; then done, and rolled back."""
    code, text = run(data, "accept", SUPPLY, "--reason", "agreed", "--by", "wang")
    assert code == 0
    assert "24.0 °C today, 26.0 °C after the change" in text
    assert told(data, "done", SUPPLY)["data"]["state"] == "done"
    assert run(data, "rollback", SUPPLY)[0] == 1
    after = told(data, "rollback", SUPPLY, "--reason", "hot spot", "--by", "wang")["data"]
    assert [(step["state"], step["reason"]) for step in after["steps"]][1:] == [
        ("accepted", "agreed"),
        ("done", ""),
        ("rolled back", "hot spot"),
    ]
    code, text = run(data, "show", SUPPLY, "--site", str(data / "site.toml"))
    assert code == 0
    assert "rolled back · wang: hot spot" in text


def test_what_may_not_be_is_said(data: Path) -> None:
    """A guard rail, a missing reason, an unknown id and a state that does not fit: exit code 1, and why."""
    blocked = told(data, "accept", "idle_servers/r01")
    assert blocked["ok"] is False
    assert "one cooling unit off cannot be judged" in blocked["problems"][0]["message"]
    assert "--reason" in str(told(data, "reject", SUPPLY)["problems"])
    assert "no advice" in str(told(data, "accept", "nothing/here")["problems"])
    assert "Possible now: accept, reject." in str(told(data, "done", SUPPLY)["problems"])
    assert told(data, "reject", SUPPLY, "--reason", "no")["data"]["acts"] == ["reopen"]
    assert told(data, "reopen", SUPPLY, "--reason", "yes")["data"]["state"] == "proposed"


def test_options_stand_behind_the_act(data: Path) -> None:
    """Before it they would be lost."""
    done = CliRunner().invoke(app, ["advise", "--data", str(data), "done", SUPPLY])
    assert done.exit_code == 2
