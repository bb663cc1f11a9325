"""`greendc forecast` and `greendc schedule` on a small store."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest
from typer.testing import CliRunner

from greendc.cli import app
from greendc.errors import EXIT_CONFIG, EXIT_FAILED, EXIT_OK
from greendc.model import Reading
from greendc.storage import open_store
from tests.analytics.advice.metered_site import HEAD, START, STEP_NS, site_text
from tests.analytics.tariff.tables import PEAK, TWO_TIERS, VALLEY

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.counters import Floats

DAYS = 12
BATTERY = """[battery]
capacity_kwh = 40.0
charge_kw = 10.0
discharge_kw = 10.0
charge_efficiency = 1.0
discharge_efficiency = 1.0
least_share = 0.0
most_share = 1.0
cycles_per_day = 1.0
reserve_kwh = 10.0
"""
WORK = """[[deferrable]]
name = "backup"
energy_kwh = 20.0
most_kw = 10.0
start = "18:00"
end = "08:00"
"""


def _readings(device: str, values: Floats) -> list[Reading]:
    times = START + np.arange(len(values), dtype=np.int64) * STEP_NS
    return [
        Reading(time_ns=int(time), site="lab", device=device, part="", quantity="active_power_w", value=float(value))
        for time, value in zip(times, values, strict=True)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data directory with twelve days of a load that follows the day, and three hours of a second meter."""
    made = tmp_path_factory.mktemp("lab")
    at = np.arange(DAYS * 96)
    load = 30_000.0 + 5_000.0 * np.sin(2 * np.pi * (at / 96.0 - 0.3)) + np.random.default_rng(1).normal(0, 300, len(at))
    with closing(open_store("embedded", made)) as store:
        store.write(_readings("main", load))
        store.write(_readings("it", load[-12:] * 0.8))
    (made / "tariff.toml").write_text(TWO_TIERS, "utf-8")
    return made


def run(folder: Path, *words: str, tail: str = "", head: str = HEAD + 'file = "tariff.toml"\n') -> tuple[int, dict]:  # type: ignore[type-arg]  # the envelope
    """Return exit code and envelope of a command on a site with more tables."""
    (folder / "site.toml").write_text(site_text("main", "it", head=head, more=tail), "utf-8")
    arguments = [*words, "--site", str(folder / "site.toml"), "--data", str(folder), "--json"]
    done = CliRunner().invoke(app, arguments, env={"GREENDC_LANG": "en"})
    return done.exit_code, {**json.loads(done.stdout), "said": done.stderr}


def test_a_forecast_has_range_skill_and_coverage(folder: Path) -> None:
    """The site's power for six hours; the day's rhythm is seen."""
    code, found = run(folder, "forecast", "--target", "site", "--hours", "6")
    assert code == EXIT_OK
    (one,) = found["data"]["forecasts"]
    assert one["unit"] == "W"
    assert len(one["rows"]) == 24
    assert all(row["p10"] <= row["p50"] <= row["p90"] for row in one["rows"])
    assert 0.5 < one["coverage"] <= 1.0
    assert one["skill"] <= 1.0
    assert one["leads"]
    assert 24_000 < one["rows"][0]["p50"] < 36_000
    assert "of unseen values within P10 to P90" in found["said"]
    # People read the site's clock: the last reading is of 23:45 in Shanghai.
    assert "in 1 h (2026-03-13 00:45)" in found["said"]
    assert any(problem["code"] == "forecast.cli.old" for problem in found["problems"])


def test_what_cannot_be_forecast_says_why(folder: Path) -> None:
    """Too short a past and no meter are refused with reason and cure; the others are still given."""
    code, found = run(folder, "forecast")
    assert code == EXIT_OK
    reasons = {one["target"]: one["code"] for one in found["data"]["refused"]}
    assert reasons == {"it": "short", "cooling": "no_series", "pv": "no_series", "inlet": "no_series"}
    alone, short = run(folder, "forecast", "--target", "it")
    assert alone == EXIT_FAILED
    assert short["ok"] is False
    assert "wait 10 days more" in short["data"]["refused"][0]["reason"]
    assert run(folder, "forecast", "--target", "moon")[0] == EXIT_CONFIG


def test_a_battery_and_work_are_planned_by_the_tariff(folder: Path) -> None:
    """Each cycle earns the spread, the reserve stays, and the work runs in the valley."""
    code, found = run(folder, "schedule", tail=BATTERY + WORK)
    assert code == EXIT_OK
    data = found["data"]
    rows = data["rows"]
    assert len(rows) == 192
    assert data["saving"] == pytest.approx(2 * 30.0 * (PEAK - VALLEY) + 20.0 * (PEAK - VALLEY), rel=0.15)
    assert min(row["stored_kwh"] for row in rows) >= 10.0 - 1e-6
    dear = {row["time"] for row in rows if row["price"] > (PEAK + VALLEY) / 2}
    assert all(row["charge_kw"] < 1e-6 for row in rows if row["time"] in dear)
    work = {name: sum(row["jobs_kw"][name] for row in rows) / 4.0 for name in rows[0]["jobs_kw"]}
    assert work
    assert all(energy == pytest.approx(20.0, rel=1e-3) for energy in work.values())
    assert "charge from" in found["said"]


def test_carbon_may_be_made_small_instead(folder: Path) -> None:
    """Without hourly factors every hour emits alike and nothing moves."""
    code, found = run(folder, "schedule", "--carbon", tail=BATTERY)
    assert code == EXIT_OK
    assert found["data"]["objective"] == "carbon"
    assert found["data"]["idle"]
    assert found["data"]["before"]["carbon_kg"] > 0


@pytest.mark.parametrize(
    ("tail", "head", "code", "said"),
    [
        ("", HEAD + 'file = "tariff.toml"\n', EXIT_CONFIG, "nothing to schedule"),
        (BATTERY, HEAD.split("[tariff]")[0], EXIT_CONFIG, "There is no tariff"),
        (BATTERY.replace("10.0\n", "90.0\n"), HEAD + 'file = "tariff.toml"\n', EXIT_CONFIG, "keep a smaller reserve"),
        (BATTERY, HEAD + 'file = "holes.toml"\n', EXIT_CONFIG, "there is no tier"),
        (BATTERY, HEAD + 'file = "ended.toml"\n', EXIT_FAILED, "extend the validity"),
    ],
)
def test_bad_input_is_said_with_its_cure(folder: Path, tail: str, head: str, code: int, said: str) -> None:
    """Nothing to plan, no tariff, an impossible battery, a hole in the tariff, prices that have ended."""
    (folder / "holes.toml").write_text(TWO_TIERS.replace('"22:00-08:00"', '"23:00-08:00"'), "utf-8")
    ended = TWO_TIERS.replace("base_per_kwh", "valid_to = 2026-03-05\nbase_per_kwh")
    (folder / "ended.toml").write_text(ended, "utf-8")
    given, found = run(folder, "schedule", tail=tail, head=head)
    assert (given, found["ok"]) == (code, False)
    assert said in " ".join(f"{one['message']} {one['hint']}" for one in found["problems"])


def test_an_example_tariff_is_marked(folder: Path) -> None:
    """The plan is made and carries a warning."""
    (folder / "example.toml").write_text("example = true\n" + TWO_TIERS, "utf-8")
    code, found = run(folder, "schedule", tail=BATTERY, head=HEAD + 'file = "example.toml"\n')
    assert code == EXIT_OK
    assert found["data"]["example"]
    assert any(problem["code"] == "tariff.example" for problem in found["problems"])


def test_an_empty_store_is_said(tmp_path: Path) -> None:
    """Collect or import first."""
    code, found = run(tmp_path, "forecast", head=HEAD)
    assert code == EXIT_CONFIG
    assert "greendc import" in found["problems"][0]["hint"]
