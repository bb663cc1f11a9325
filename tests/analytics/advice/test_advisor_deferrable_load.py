"""Work that may wait: what other hours are worth, and what has to be declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from analytics.advice import Recommendation, Refusal
from analytics.advice.advisors.deferrable_load import ADVISOR
from tests.analytics.advice.metered_site import HEAD, hour, key, site_of, site_text, situation
from tests.analytics.tariff.tables import PEAK, TWO_TIERS, VALLEY

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.advice.advisor import Answer
    from analytics.counters import Floats

DAYS = 15
BASE_W, WORK_W = 20_000.0, 5_000.0
AT_NOON = np.where((hour(DAYS) >= 10) & (hour(DAYS) < 14), WORK_W, 0.0)
AT_NIGHT = np.where(hour(DAYS) < 4, WORK_W, 0.0)
DECLARED = '[[deferrable]]\nname = "backup"\ndevice = "work"\nmost_kw = 5.0\n'
OTHER = '[[meters]]\nrole = "other"\ndevice = "work"\n'


def asked(folder: Path, work_w: Floats, more: str, tariff: str = TWO_TIERS) -> Answer:
    """Ask the advisor about a load on a base of 20 kW."""
    (folder / "tariff.toml").write_text(tariff, "utf-8")
    text = site_text("main", "work", head=HEAD + 'file = "tariff.toml"\n', more=more)
    bought = BASE_W + np.nan_to_num(work_w)
    (answer,) = ADVISOR.advise(situation({key("main"): bought, key("work"): work_w}, site_of(text, folder)))
    return answer


def test_declared_work_moves_into_the_valley(tmp_path: Path) -> None:
    """20 kWh a day from the peak to the valley, no kWh saved, the deadline kept."""
    advice = asked(tmp_path, AT_NOON, DECLARED)
    assert isinstance(advice, Recommendation)
    assert advice.money is not None
    assert advice.money.p10 < 20.0 * (PEAK - VALLEY) * 365.0 * 0.93 < advice.money.p90
    assert advice.energy_kwh.p50 == pytest.approx(0.0, abs=5.0)
    assert advice.acceptable
    assert "valley" not in advice.proposal("en")
    assert "backup" in advice.proposal("en")


def test_a_window_is_kept(tmp_path: Path) -> None:
    """From 10 to 18 all hours cost alike: there is nothing to gain."""
    answer = asked(tmp_path, AT_NOON, DECLARED + 'start = "10:00"\nend = "18:00"\n')
    assert isinstance(answer, Refusal)
    assert answer.reason == "no_gain"


def test_work_in_cheap_hours_is_left_alone(tmp_path: Path) -> None:
    """The healthy site is silent, declared or not."""
    declared = asked(tmp_path, AT_NIGHT, DECLARED)
    assert isinstance(declared, Refusal)
    assert declared.reason == "no_gain"
    assert isinstance(asked(tmp_path, AT_NIGHT, OTHER), Refusal)


def test_a_load_that_runs_in_dear_hours_is_pointed_at(tmp_path: Path) -> None:
    """Nobody said that it may wait, so that it cannot be accepted yet."""
    advice = asked(tmp_path, AT_NOON, OTHER)
    assert isinstance(advice, Recommendation)
    assert [check.key for check in advice.obstacles] == ["may_wait"]
    assert "[[deferrable]]" in " ".join(advice.checks("en"))


def test_a_demand_charge_may_forbid_it(tmp_path: Path) -> None:
    """All of the day's work in an hour of the night would be a new peak that costs more than it saves."""
    tall = DECLARED.replace("5.0", "40.0")
    demand = "[[demand]]\nper_kw_month = 400.0\n"
    answer = asked(tmp_path, AT_NOON, tall, TWO_TIERS + demand)
    assert isinstance(answer, Refusal)
    assert answer.reason == "no_gain"


def test_what_must_be_declared_is_said(tmp_path: Path) -> None:
    """No declaration, one without a meter, gaps, and a price that knows no times."""
    none = asked(tmp_path, AT_NOON, "")
    bare = asked(tmp_path, AT_NOON, DECLARED.replace('device = "work"', "energy_kwh = 20.0"))
    gaps = asked(tmp_path, np.where(hour(DAYS) < 12, AT_NOON, np.nan), DECLARED)
    (flat,) = ADVISOR.advise(situation({key("main"): np.ones(960)}, site_of(site_text("main"))))
    reasons = [(one.reason, one.missing) for one in (none, bare, gaps, flat) if isinstance(one, Refusal)]
    assert reasons == [
        ("missing", ("deferrable",)),
        ("missing", ("deferrable_meter",)),
        ("coverage", ("deferrable_meter",)),
        ("missing", ("tariff_times",)),
    ]
    assert "most_kw" in none.text("en") if isinstance(none, Refusal) else False
