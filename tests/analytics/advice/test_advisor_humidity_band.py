"""Advice on humidity: steam that nobody needs, and steam that is dried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from analytics.advice import Recommendation, Refusal
from analytics.advice.advisors.humidity_band import advise
from analytics.advice.guards import celsius
from tests.analytics.advice.made_situation import plant, situation

if TYPE_CHECKING:
    from analytics.counters import Floats

NAN = float("nan")
STEAM_W = 500.0
UNITS = 6


def _answer(**columns: Floats | float) -> Recommendation | Refusal:
    (answer,) = advise(situation(plant(**columns)))
    return answer


def _told(**columns: Floats | float) -> Recommendation:
    answer = _answer(**columns)
    assert isinstance(answer, Recommendation)
    return answer


def test_steam_above_what_servers_need_is_saved() -> None:
    """At 9 degC dew point with moister air outdoors all steam is needless; energy and water by the boiler's figure."""
    answer = _told(humidifier_w=STEAM_W, dew_point_c=9.0)
    steam_kwh = STEAM_W * UNITS * 96.0 / 1000.0
    assert answer.variant == "band"
    assert (answer.change_from, answer.change_to) == (9.0, -8.0)
    assert answer.evidence_kwh is not None
    assert answer.evidence_kwh.p50 == pytest.approx(steam_kwh, rel=0.05)
    assert answer.water_m3 is not None
    assert answer.water_m3.p50 == pytest.approx(answer.evidence_kwh.p50 * 365.0 / 4.0 / 0.75 / 999.0, rel=0.05)
    assert answer.acceptable
    assert all(answer.title(lang) and answer.proposal(lang) and answer.checks(lang) for lang in ("zh", "en"))


def test_dry_air_outdoors_leaves_a_part_of_the_steam() -> None:
    """At -15 degC outdoors some steam is needed even for -8 degC: less is saved than is made."""
    frame = plant()
    cold = msgspec.structs.replace(
        frame,
        outdoor_c=np.full(len(frame), -12.0),
        wet_bulb_c=np.full(len(frame), -13.5),
        humidifier_w=np.full((len(frame), UNITS), STEAM_W),
        dew_point_c=np.full(len(frame), 5.5),
    )
    (answer,) = advise(situation(cold))
    assert isinstance(answer, Recommendation)
    assert answer.evidence_kwh is not None
    steam_kwh = STEAM_W * UNITS * 96.0 / 1000.0
    assert 0.5 * steam_kwh < answer.evidence_kwh.p50 < 0.95 * steam_kwh


def test_steam_that_a_coil_takes_out_again_costs_its_heat_too() -> None:
    """Coils colder than the dew point dry what is humidified: a fight, with the chiller in its worth."""
    fight = _told(humidifier_w=STEAM_W, dew_point_c=16.0, chilled_supply_c=10.0)
    band = _told(humidifier_w=STEAM_W, dew_point_c=9.0, chilled_supply_c=10.0)
    assert (fight.variant, band.variant) == ("fight", "band")
    assert fight.evidence_kwh is not None
    assert band.evidence_kwh is not None
    assert fight.evidence_kwh.p50 > 1.02 * band.evidence_kwh.p50


def test_units_without_a_meter_widen_the_range() -> None:
    """Of six units two are metered: the others most likely do the same, or nothing."""
    some = np.where(np.arange(UNITS) < 2, STEAM_W, NAN)
    part, whole = _told(humidifier_w=some, dew_point_c=9.0), _told(humidifier_w=STEAM_W, dew_point_c=9.0)
    assert part.evidence_kwh is not None
    assert whole.evidence_kwh is not None
    assert part.evidence_kwh.p10 < 0.9 * whole.evidence_kwh.p50
    assert part.evidence_kwh.p90 == pytest.approx(whole.evidence_kwh.p90, rel=0.05)


def test_one_unit_at_fault_tells_nothing_of_those_without_a_meter() -> None:
    """Of four metered units one makes all the steam: the two without a meter are not taken to do the same."""
    at_fault = np.array([STEAM_W, 0.0, 0.0, 0.0, NAN, NAN])
    answer = _told(humidifier_w=at_fault, dew_point_c=9.0)
    assert answer.evidence_kwh is not None
    assert answer.evidence_kwh.p50 == pytest.approx(STEAM_W * 96.0 / 1000.0, rel=0.05)


@pytest.mark.parametrize(
    "columns",
    [{"humidifier_w": 0.0, "dew_point_c": 9.0}, {"humidifier_w": STEAM_W, "dew_point_c": -9.0}],
    ids=["no steam", "as dry as may be"],
)
def test_a_room_in_order_is_left_alone(columns: dict[str, Floats | float]) -> None:
    """Humidifiers that rest, or that hold no more than the least."""
    answer = _answer(**columns)
    assert isinstance(answer, Refusal)
    assert answer.reason == "in_order"


def test_the_new_limit_keeps_both_limits_of_humidity() -> None:
    """A hot inlet would be drier than 8 % at -8 degC: the limit is higher there, and the check says both."""
    answer = _told(humidifier_w=STEAM_W, dew_point_c=9.0, inlet_high_c=30.0)
    assert answer.change_to is not None
    assert answer.change_to > -8.0
    (check,) = answer.guards
    assert (check.status, check.params["then"], check.params["limit"]) == ("passed", celsius(answer.change_to), "-9.0")


@pytest.mark.parametrize(("column", "need"), [("humidifier_w", "humidifier"), ("dew_point_c", "dew_point")])
def test_missing_telemetry_is_named(column: str, need: str) -> None:
    """Without the humidifiers' power or the room's dew point nothing is said."""
    answer = _answer(**{"humidifier_w": STEAM_W, "dew_point_c": 9.0, column: NAN})
    assert isinstance(answer, Refusal)
    assert (answer.reason, answer.missing) == ("missing", (need,))
