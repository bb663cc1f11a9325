"""Advice on supply air: how far, what it is worth, its guard rails and its refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from analytics.advice import Recommendation, Refusal
from analytics.advice.advisors.supply_air import advise
from analytics.alarms.rack_inlet import alarm_id
from analytics.site_model.plant_frame import blank
from tests.analytics.advice.made_situation import plant, situation
from tests.analytics.site_model.made_frame import RACKS

if TYPE_CHECKING:
    from analytics.counters import Floats

NAN = float("nan")
HALF = np.arange(4 * 96) % 2 == 0


def _told(open_alarms: tuple[str, ...] = (), /, **columns: Floats | float) -> Recommendation:
    (answer,) = advise(situation(plant(**columns), open_alarms))
    assert isinstance(answer, Recommendation)
    return answer


def _refused(**columns: Floats | float) -> Refusal:
    (answer,) = advise(situation(plant(**columns)))
    assert isinstance(answer, Refusal)
    return answer


def test_a_cold_room_is_advised_to_warm_up_by_steps() -> None:
    """Two kelvins, one a day, judged on the total; every guard rail holds and it reads in both languages."""
    answer = _told()
    assert (answer.change_from, answer.change_to, answer.steps) == (20.0, 22.0, (21.0, 22.0))
    assert answer.evidence_kwh is not None
    assert 0.0 < answer.evidence_kwh.p10 < answer.evidence_kwh.p50 < answer.evidence_kwh.p90
    assert answer.acceptable
    assert [check.key for check in answer.guards] == ["envelope", "one_unit_off", "dew_point", "rate"]
    for lang in ("zh", "en"):
        assert "22" in answer.proposal(lang)
        assert answer.title(lang)
        assert all(answer.checks(lang))


def test_the_saving_is_at_most_what_pumps_and_chillers_take() -> None:
    """Warmer supply at the same chilled water needs less of it: a part of what pumps and chillers take."""
    frame = plant()
    answer = _told()
    assert answer.evidence_kwh is not None
    plant_kwh = float(frame.pump_w.sum() + frame.chiller_w.sum()) / 4e3
    assert 0.01 * plant_kwh < answer.evidence_kwh.p50 < 0.3 * plant_kwh


def test_a_sick_rack_is_cured_first_and_does_not_limit_the_others() -> None:
    """A rack in alarm is a precondition; the headroom is that of the healthy ones."""
    high = plant().inlet_high_c
    high[:, 3] = 29.0
    answer = _told((alarm_id(RACKS[3]),), inlet_high_c=high)
    cure = next(check for check in answer.preconditions if check.key == "cure_inlet")
    assert (cure.status, cure.params) == ("failed", {"racks": RACKS[3]})
    assert not answer.acceptable
    assert answer.guards[0].params["rack"] != RACKS[3]


def test_racks_that_are_too_warm_as_it_is_stop_it() -> None:
    """The rack cooling index has to be good before supply air is raised, whatever room the other racks leave."""
    inlet = plant().inlet_c
    inlet[:, 2:] = 33.0
    open_alarms = tuple(alarm_id(rack) for rack in RACKS[2:])
    answer = _told(open_alarms, inlet_c=inlet)
    assert ("rack_cooling", "failed") in {(check.key, check.status) for check in answer.preconditions}


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"inlet_c": 26.0, "inlet_high_c": 26.5}, "no_headroom"),
        ({"dew_point_c": 16.5}, "no_headroom"),
        ({"speed": 1.0, "inlet_high_c": 25.0}, "no_headroom"),
        ({"supply_c": 24.0, "supply_set_c": 24.0, "inlet_c": 25.0, "inlet_high_c": 25.2}, "no_net_saving"),
    ],
)
def test_a_warm_or_humid_room_is_left_alone(columns: dict[str, float], reason: str) -> None:
    """Near the limit, above the dew point, without a spare unit, or where servers' fans eat the saving."""
    assert _refused(**columns).reason == reason


def test_coils_that_dry_the_air_dry_it_less_when_warmer() -> None:
    """At 14.6 degC dew point over coils at 15 the limit of 15 would break after a kelvin; dry air does not mind."""
    assert _refused(dew_point_c=14.9, chilled_supply_c=10.0).reason == "no_headroom"
    assert _told(dew_point_c=13.5, chilled_supply_c=10.0).change_to is not None


@pytest.mark.parametrize(("column", "need"), [("supply_set_c", "supply"), ("inlet_c", "inlets"), ("it_w", "it_power")])
def test_missing_telemetry_is_named(column: str, need: str) -> None:
    """An advisor that cannot look says what is missing, in both languages."""
    answer = _refused(**{column: NAN})
    assert (answer.reason, answer.missing) == ("missing", (need,))
    assert answer.undecided
    assert answer.text("zh") != answer.text("en")


def test_power_that_is_known_half_of_the_time_is_no_evidence() -> None:
    """IT power of every other quarter of an hour gives no advice, and the refusal says what was too thin."""
    answer = _refused(it_w=np.where(HALF, 60_000.0, NAN))
    assert (answer.reason, answer.missing) == ("coverage", ("it_power",))


def test_one_unit_off_that_cannot_be_judged_keeps_it_from_being_accepted() -> None:
    """Without valves it is proposed, and nobody can accept it."""
    answer = _told(valve=NAN)
    assert ("one_unit_off", "not_evaluable") in {(check.key, check.status) for check in answer.obstacles}


def test_nothing_to_look_at_is_no_fall() -> None:
    """An empty frame is refused; gaps change no finding."""
    empty = blank(plant().time_ns[:0], 900_000_000_000)
    (answer,) = advise(situation(empty))
    assert isinstance(answer, Refusal)
    frame = plant()
    gaps = msgspec.structs.replace(frame, it_w=np.where(np.arange(len(frame)) % 7 == 0, NAN, frame.it_w))
    (answer,) = advise(situation(gaps))
    assert isinstance(answer, Recommendation)
