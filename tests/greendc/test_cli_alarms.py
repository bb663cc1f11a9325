"""``greendc alarms``: the list, what people do, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from analytics.alarms import transition as tr
from analytics.alarms.alarm import Alarm
from analytics.alarms.explanation import Explanation
from greendc.cli import app
from greendc.clock import SystemClock
from greendc.ledger import SqliteLedger
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from pathlib import Path

SITE = """schema = 1
[site]
name = "lab"
[[racks]]
name = "r01"
[[devices]]
name = "env-r01"
profile = "host"
address = "host://"
rack = "r01"
"""
HOT = "rack_inlet/r01"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sentences are compared in English."""
    monkeypatch.setenv("GREENDC_LANG", "en")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data directory with a warm rack in its ledger."""
    (tmp_path / "site.toml").write_text(SITE, "utf-8")
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    now_ns = SystemClock().now_ns() - 60 * NS_PER_SECOND
    alarm = Alarm(
        id=HOT,
        rule="rack_inlet",
        kind="recommended",
        priority="medium",
        place="r01",
        device="env-r01",
        part="remote/1",
        quantity="air_temperature_c",
        value=28.0,
        unit="Cel",
        limit=27.0,
        since_ns=now_ns,
        raised_ns=now_ns,
        node="r01",
        explanation=Explanation(series="env-r01", value=28.0, unit="Cel", expected=24.0),
    )
    ledger.extend([tr.event(tr.WATCHING, "lab", now_ns), tr.event(tr.RAISED, HOT, now_ns, alarm, reason=tr.NEW)])
    ledger.close()
    return tmp_path


def run(data: Path, *words: str, code: int = 0, site: bool = False) -> dict[str, Any]:
    """Run a command with ``--json`` and return its one envelope."""
    named = ["--data", str(data), "--json", *(["--site", str(data / "site.toml")] if site else [])]
    done = CliRunner().invoke(app, ["alarms", *words, *named])
    assert done.exit_code == code, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    assert set(found) == {"ok", "data", "problems"}
    return found


def listed(data: Path, *words: str) -> list[dict[str, Any]]:
    """Return the alarms of a list."""
    found: list[dict[str, Any]] = run(data, *words, site=True)["data"]["alarms"]
    return found


def test_the_list_explains(data: Path) -> None:
    """An alarm comes with its state, its texts in both languages and its explanation."""
    (row,) = listed(data)
    assert (row["id"], row["state"], row["priority"], row["node"]) == (HOT, "active_unacked", "medium", "r01")
    assert "28" in row["detail"]["zh"]
    assert row["explanation"]["expected"] == 24.0
    assert "24" in row["sentence"]["en"]
    shown = CliRunner().invoke(app, ["alarms", "--data", str(data), "--site", str(data / "site.toml")])
    assert "Rack r01" in shown.stdout
    assert HOT in shown.stdout


def test_a_person_acts(data: Path) -> None:
    """Seen, judged, noted, shelved and back: each is in the ledger with its name and reason."""
    run(data, "ack", HOT, "--by", "li")
    assert (listed(data)[0]["state"], listed(data)[0]["acknowledged_by"]) == ("active_acked", "li")
    run(data, "verdict", HOT, "nuisance", "--reason", "door open", "--by", "li")
    run(data, "note", HOT, "--reason", "told the cleaners")
    assert run(data, "shelve", HOT, "--for", "2h", "--reason", "filter ordered")["data"]["covered"] == [HOT]
    assert listed(data) == []
    (row,) = listed(data, "--all")
    assert (row["suppressed"], row["verdict"]) == ("shelved", "nuisance")
    run(data, "shelve", HOT, "--undo")
    ledger = SqliteLedger(data / "ledger.sqlite")
    acts = [(event.kind, event.reason) for event in ledger.events() if event.principal.name == "li"]
    ledger.close()
    assert acts == [(tr.ACKNOWLEDGED, ""), (tr.VERDICT, "door open")]


def test_maintenance_covers_a_rack(data: Path) -> None:
    """The answer names what is covered; a window shows in the list until it is ended."""
    words = ("maintenance", "r01", "--for", "2h", "--reason", "new fans")
    assert run(data, *words, site=True)["data"]["covered"] == ["env-r01", "r01"]
    (window,) = run(data, site=True)["data"]["maintenance"]
    assert (window["node"], window["reason"]) == ("r01", "new fans")
    run(data, "maintenance", "r01", "--end", site=True)
    assert run(data, site=True)["data"]["maintenance"] == []


@pytest.mark.parametrize(
    ("words", "code", "key"),
    [
        (("ack", "rack_inlet/r09"), 1, "alarms.refused.no_alarm"),
        (("shelve", HOT, "--for", "2h"), 1, "alarms.refused.no_reason"),
        (("shelve", HOT, "--for", "200h", "--reason", "x"), 1, "alarms.refused.until"),
        (("shelve", HOT, "--for", "soon", "--reason", "x"), 2, "alarms.cli.bad_time"),
        (("shelve", HOT, "--reason", "x"), 2, "alarms.cli.for_or_until"),
        (("verdict", HOT, "maybe"), 2, "alarms.refused.verdict"),
        (("promote", "nothing", "--reason", "x"), 1, "alarms.refused.no_target"),
        (("promote", "learned.nothing", "--reason", "x"), 1, "alarms.refused.no_target"),
        (("promote", "rack_inlet", "--reason", "x"), 1, "alarms.refused.not_learned"),
        (("performance", "--since", "2026-02-01", "--until", "2026-01-01"), 2, "alarms.cli.turned"),
        (("labels", "--since", "sometime"), 2, "alarms.cli.bad_time"),
    ],
)
def test_what_does_not_fit_is_refused(data: Path, words: tuple[str, ...], code: int, key: str) -> None:
    """One sentence, the right exit code, and nothing in the ledger."""
    found = run(data, *words, code=code)
    assert [problem["code"] for problem in found["problems"]] == [key]
    ledger = SqliteLedger(data / "ledger.sqlite")
    assert len(ledger.events()) == 2
    ledger.close()


def test_a_refusal_says_what_to_type(data: Path) -> None:
    """Where a reason is missing or an alarm is not known, the option or the command that helps is named."""
    (problem,) = run(data, "shelve", HOT, "--for", "2h", code=1)["problems"]
    assert "--reason" in problem["hint"]
    (problem,) = run(data, "ack", "rack_inlet/r09", code=1)["problems"]
    assert "greendc alarms --all" in problem["hint"]


def test_a_kind_of_learned_alarms_is_promoted(data: Path) -> None:
    """A kind and one alarm are promoted like a whole rule, and back."""
    for target in ("learned.series", "learned/crah-1/air_temperature_c"):
        run(data, "promote", target, "--reason", "right three times")
        assert target in run(data, site=True)["data"]["promoted"]
        run(data, "promote", target, "--undo", "--reason", "x")
    assert run(data, site=True)["data"]["promoted"] == []


def test_options_before_a_sub_command_are_not_lost_in_silence(data: Path) -> None:
    """They would name another ledger than the one that is acted on."""
    done = CliRunner().invoke(app, ["alarms", "--data", str(data), "ack", HOT])
    assert done.exit_code == 2


def test_figures_and_labels(data: Path) -> None:
    """A minute of watching has a count but no figure per day; a verdict becomes a row."""
    found = run(data, "performance", "--since", "1d")["data"]
    assert (found["announced"], found["per_day"], found["reason"]) == (1, None, "too_short")
    shown = CliRunner().invoke(app, ["alarms", "performance", "--data", str(data)])
    assert "not known" in shown.stdout
    run(data, "verdict", HOT, "real", "--reason", "fan stopped")
    assert [row["verdict"] for row in run(data, "labels")["data"]] == ["real"]
    run(data, "labels", "--csv", str(data / "labels.csv"))
    assert (data / "labels.csv").read_text("utf-8").splitlines()[1].startswith(HOT)
    shown = CliRunner().invoke(app, ["alarms", "labels", "--data", str(data)])
    assert shown.stdout.startswith("alarm,rule,kind")


def test_since_lists_what_is_over(data: Path) -> None:
    """An alarm that is over and seen is listed when it was raised since the time that is asked for."""
    ledger = SqliteLedger(data / "ledger.sqlite")
    now_ns = SystemClock().now_ns()
    run(data, "ack", HOT)
    ledger.append(tr.event(tr.CLEARED, HOT, now_ns))
    ledger.close()
    assert listed(data) == []
    (row,) = listed(data, "--since", "1h")
    assert (row["id"], row["state"]) == (HOT, "normal")
    assert listed(data, "--since", "2099-01-01") == []
