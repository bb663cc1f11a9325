"""When the site's battery should charge and give, what that is worth, and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from analytics.advice import Recommendation, Refusal
from analytics.advice.advisors.battery_schedule import ADVISOR
from analytics.advice.contracts import hours_text
from analytics.schedule.stored import Stored, battery_seen, stored
from greendc.flexible import SiteBattery
from tests.analytics.advice.metered_site import HEAD, hour, key, site_of, site_text, situation
from tests.analytics.tariff.tables import PEAK, TWO_TIERS, VALLEY

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.advice import Situation
    from analytics.advice.advisor import Answer
    from analytics.counters import Floats

DAYS = 15
CAPACITY_KWH, POWER_KW, ONE_WAY = 40.0, 10.0, 0.95
LOAD_W = 50_000.0
LIGHT = 0.1
FULL_H = 36.0 / POWER_KW / ONE_WAY
"""How long the usable 36 kWh take to charge."""


def _wave(charge_from: float, give_from: float) -> tuple[Floats, Floats]:
    """Return power [W] and state of charge of a battery that goes up and down between 5 and 95 % once a day."""
    at = hour(DAYS)
    charging = np.clip(np.minimum(at + 0.25, charge_from + FULL_H) - np.maximum(at, charge_from), 0.0, None) * 4.0
    give_h = 36.0 * ONE_WAY / POWER_KW
    giving = np.clip(np.minimum(at + 0.25, give_from + give_h) - np.maximum(at, give_from), 0.0, None) * 4.0
    power_kw = POWER_KW * (giving - charging)
    stored_kwh = np.cumsum(np.where(power_kw > 0, -power_kw / ONE_WAY, -power_kw * ONE_WAY)) / 4.0
    start = 2.0 if charge_from < give_from else 38.0
    before = np.append(0.0, stored_kwh)[:-1]
    return power_kw * 1000.0, (start + (before + stored_kwh) / 2.0) / CAPACITY_KWH


def asked(
    folder: Path,
    power_w: Floats,
    soc: Floats,
    *,
    tariff: str = TWO_TIERS,
    battery: str = "",
    known: np.ndarray | None = None,
) -> Answer:
    """Ask the advisor about a flat load with a battery."""
    (folder / "tariff.toml").write_text(tariff, "utf-8")
    head = HEAD + 'file = "tariff.toml"\n' + battery
    site = site_of(site_text("main", "ess", head=head), folder)
    bought = LOAD_W - power_w if known is None else np.where(known, LOAD_W - power_w, np.nan)
    series = {key("main"): bought, key("ess"): power_w, key("ess", "battery_charge_ratio"): soc}
    (answer,) = ADVISOR.advise(situation(series, site))
    return answer


def _stored(asked: Situation) -> Stored | None:
    return stored(asked.history, asked.site, asked.series, asked.flows)


DECLARED = '[battery]\ndevice = "ess"\ncapacity_kwh = 40.0\ncharge_kw = 10.0\ndischarge_kw = 10.0\n'
DECLARED += "least_share = 0.05\nmost_share = 0.95\ncycles_per_day = 1.0\n"


def test_readings_tell_what_a_battery_holds() -> None:
    """Capacity, efficiency, power and limits come out of charge and power."""
    power_w, soc = _wave(0.0, 12.0)
    found = battery_seen(soc, power_w / 1000.0, 0.25)
    assert found is not None
    assert found.capacity_kwh == pytest.approx(CAPACITY_KWH, rel=0.03)
    assert found.charge_efficiency == pytest.approx(ONE_WAY, abs=0.01)
    assert found.charge_kw == pytest.approx(POWER_KW, rel=0.02)
    assert battery_seen(np.full(96, 0.5), np.zeros(96), 0.25) is None
    assert battery_seen(np.full(96, np.nan), np.zeros(96), 0.25) is None


def test_a_battery_that_works_at_the_wrong_time_is_told_when(tmp_path: Path) -> None:
    """Charging at the peak and giving in the valley: all of a day's turn is gained, twice, and losses hardly change."""
    power_w, soc = _wave(14.0, 0.0)
    advice = asked(tmp_path, power_w, soc)
    assert isinstance(advice, Recommendation)
    assert advice.pays_in == "money"
    turned = 36.0 * ONE_WAY * PEAK - 36.0 / ONE_WAY * VALLEY
    today = 36.0 * ONE_WAY * VALLEY - 36.0 / ONE_WAY * PEAK
    assert advice.money is not None
    assert advice.money.p10 < (turned - today) * 365.0 < advice.money.p90
    assert advice.acceptable
    assert abs(advice.energy_kwh.p50) < LIGHT * 36.0 * 365.0
    assert "kWh" in " ".join(advice.checks("en"))
    assert advice.proposal("en").startswith("ess: charge at")


def test_a_battery_that_works_at_the_right_time_is_left_alone(tmp_path: Path) -> None:
    """Nothing is gained by other hours of the same price."""
    power_w, soc = _wave(1.0, 15.0)
    answer = asked(tmp_path, power_w, soc)
    assert isinstance(answer, Refusal)
    assert answer.reason == "no_gain"


def test_a_battery_that_rests_needs_its_numbers(tmp_path: Path) -> None:
    """Undeclared it is asked for; declared it is worth one turn of each day, its reserve apart."""
    nothing, still = np.zeros(DAYS * 96), np.full(DAYS * 96, 0.5)
    unknown = asked(tmp_path, nothing, still)
    assert isinstance(unknown, Refusal)
    assert unknown.missing == ("battery",)
    whole = asked(tmp_path, nothing, still, battery=DECLARED)
    kept = asked(tmp_path, nothing, still, battery=DECLARED + "reserve_kwh = 18.0\n")
    assert isinstance(whole, Recommendation)
    assert isinstance(kept, Recommendation)
    assert whole.money is not None
    assert kept.money is not None
    turned = 36.0 * (ONE_WAY * PEAK - VALLEY / ONE_WAY) * 365.0
    assert whole.money.p10 < turned * 0.93 < whole.money.p90
    assert kept.money.p50 == pytest.approx(whole.money.p50 / 2, rel=0.05)


def test_an_impossible_battery_is_refused(tmp_path: Path) -> None:
    """More reserve than the battery holds: the check names the cure."""
    answer = asked(tmp_path, np.zeros(DAYS * 96), np.full(DAYS * 96, 0.5), battery=DECLARED + "reserve_kwh = 90.0\n")
    assert isinstance(answer, Refusal)
    assert answer.reason == "battery"
    assert "greendc check" in answer.text("en")


def test_an_example_tariff_is_never_acted_on(tmp_path: Path) -> None:
    """The advice is shown and cannot be accepted."""
    power_w, soc = _wave(14.0, 0.0)
    advice = asked(tmp_path, power_w, soc, tariff=TWO_TIERS.replace("schema = 1", "schema = 1\nexample = true"))
    assert isinstance(advice, Recommendation)
    assert not advice.acceptable
    assert advice.obstacles[0].key == "tariff_example"


def test_a_battery_that_has_aged_is_planned_with_what_is_left(tmp_path: Path) -> None:
    """A declared capacity twice that of the readings is not believed."""
    power_w, soc = _wave(14.0, 0.0)
    (tmp_path / "tariff.toml").write_text(TWO_TIERS, "utf-8")
    site = site_of(site_text("main", "ess", head=HEAD + 'file = "tariff.toml"\n'), tmp_path)
    entry = SiteBattery(device="ess", capacity_kwh=80.0, charge_kw=10.0, discharge_kw=10.0)
    series = {key("main"): LOAD_W - power_w, key("ess"): power_w, key("ess", "battery_charge_ratio"): soc}
    found = _stored(situation(series, msgspec.structs.replace(site, battery=entry)))
    assert found is not None
    assert found.lost == pytest.approx(0.5, abs=0.03)
    assert found.battery.capacity_kwh == pytest.approx(CAPACITY_KWH, rel=0.05)


@pytest.mark.parametrize(("known", "reason"), [(0.0, "missing"), (0.5, "coverage")])
def test_gaps_and_no_meter_are_said(tmp_path: Path, known: float, reason: str) -> None:
    """A grid meter that is silent, or silent half of the time."""
    power_w, soc = _wave(1.0, 15.0)
    answer = asked(tmp_path, power_w, soc, known=np.arange(DAYS * 96) % 96 < known * 96)
    assert isinstance(answer, Refusal)
    assert answer.reason == reason
    assert answer.undecided
    assert "grid" in answer.text("en")


def test_a_site_without_battery_or_times_of_use_is_silent(tmp_path: Path) -> None:
    """No storage, and a price that knows no times."""
    flat = site_of(site_text("main", "ess"))
    (no_times,) = ADVISOR.advise(situation({key("main"): np.full(960, 1e4), key("ess"): np.ones(960)}, flat))
    (none,) = ADVISOR.advise(situation({key("main"): np.full(960, 1e4)}, site_of(site_text("main"))))
    (empty,) = ADVISOR.advise(situation({}, flat))
    assert isinstance(no_times, Refusal)
    assert no_times.missing == ("tariff_times",)
    assert isinstance(none, Refusal)
    assert none.reason == "no_battery"
    assert isinstance(empty, Refusal)
    assert tmp_path.is_dir()


def test_hours_read_like_a_timetable() -> None:
    """Stretches may run over midnight."""
    busy = np.zeros(24, dtype=np.bool_)
    busy[[9, 10, 11, 23, 0, 1]] = True
    assert hours_text(busy) == "09:00-12:00, 23:00-02:00"
    assert hours_text(np.zeros(24, dtype=np.bool_)) == "-"
    assert hours_text(np.ones(24, dtype=np.bool_)) == "00:00-24:00"
