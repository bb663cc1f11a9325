"""Advice on separation: the racks that breathe exhaust, named, and what a cure makes possible."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from analytics.advice import Recommendation, Refusal
from analytics.advice.advisors.air_separation import advise, found_in
from analytics.alarms.rack_inlet import alarm_id
from tests.analytics.advice.made_situation import plant, situation
from tests.analytics.site_model.made_frame import RACKS

if TYPE_CHECKING:
    from analytics.counters import Floats

NAN = float("nan")


def _mixed(share: float, *racks: int) -> dict[str, Floats | float]:
    """Return the columns of a room in which some racks take a share of their own exhaust."""
    frame = plant()
    inlet, outlet = frame.inlet_c, frame.outlet_c
    rise = outlet - inlet
    for i in racks:
        inlet[:, i] = frame.supply_c[:, 0] + share * rise[:, i] / (1.0 - share)
    return {"inlet_c": inlet, "inlet_high_c": inlet + 0.8, "outlet_c": inlet + rise}


def _answer(columns: dict[str, Floats | float], open_alarms: tuple[str, ...] = ()) -> Recommendation | Refusal:
    (answer,) = advise(situation(plant(**columns), open_alarms))
    return answer


def test_the_rack_that_breathes_its_exhaust_is_named_with_its_index() -> None:
    """30 % at one rack of four: that one, its index, and panels of the prior's price; it reads in both languages."""
    answer = _answer(_mixed(0.3, 1))
    assert isinstance(answer, Recommendation)
    assert (answer.variant, answer.actuator) == ("racks", RACKS[1])
    assert answer.change_from == pytest.approx(0.3, abs=0.02)
    assert answer.cost is not None
    assert answer.cost.p10 == 200.0
    assert answer.payback_years is not None
    assert all(answer.title(lang) and "30 %" in answer.proposal(lang) for lang in ("zh", "en"))


def test_a_rack_in_alarm_counts_too() -> None:
    """Sick racks are left out of the headroom of other advice, but they are the very ones to cure."""
    answer = _answer(_mixed(0.45, 2), (alarm_id(RACKS[2]),))
    assert isinstance(answer, Recommendation)
    assert answer.actuator == RACKS[2]


def test_a_rack_beyond_the_recommended_limit_is_mended_for_its_own_sake() -> None:
    """Whatever the cure is worth in energy, a rack above 27 degC is named; one below has to pay."""
    hot, warm = _answer(_mixed(0.45, 1)), _answer(_mixed(0.22, 1))
    assert isinstance(hot, Recommendation)
    assert isinstance(warm, Recommendation)
    assert (hot.pays_in, warm.pays_in) == ("reserve", "energy")


def test_the_worth_is_that_of_air_and_water_as_much_warmer() -> None:
    """The warmest rack's gain is credited up to three kelvins: more recirculation is worth more, then no more."""
    some, much, most = (_answer(_mixed(share, 0)) for share in (0.22, 0.3, 0.5))
    worth = [one.evidence_kwh.p50 for one in (some, much, most) if isinstance(one, Recommendation) and one.evidence_kwh]
    assert len(worth) == 3
    assert worth[0] < worth[1]
    assert worth[2] < 1.3 * worth[1]
    assert worth[2] < 0.3 * float(plant().chiller_w.sum() + plant().pump_w.sum()) / 4e3


def test_a_room_that_mixes_everywhere_is_told_as_a_room() -> None:
    """Every rack at 25 %: no rack stands out, the aisles are to be separated."""
    answer = _answer(_mixed(0.25, 0, 1, 2, 3))
    assert isinstance(answer, Recommendation)
    assert (answer.variant, answer.actuator) == ("room", ", ".join(RACKS))


def test_air_that_is_in_excess_and_still_mixes_is_a_leak() -> None:
    """At 17 % exhaust everywhere with air enough the air passes by; without excess the fans are merely slow."""
    columns = _mixed(0.17, 0, 1, 2, 3)
    supply = plant().supply_c
    for rise, wanted in ((11.0, True), (16.0, False)):
        found = found_in(plant(**columns, return_c=supply + rise - 2.0))
        assert (found is not None) is wanted


def test_a_room_in_order_is_left_alone() -> None:
    """6 % everywhere is good."""
    answer = _answer({})
    assert isinstance(answer, Refusal)
    assert answer.reason == "in_order"


def test_what_was_cured_yesterday_is_not_told_today() -> None:
    """The last day counts: a panel that was fitted two days ago ends it."""
    columns = _mixed(0.3, 1)
    healthy = plant()
    late = (np.arange(len(healthy)) >= len(healthy) - 2 * 96)[:, None]
    mixed: dict[str, Floats | float] = {
        name: np.where(late, getattr(healthy, name), value) for name, value in columns.items()
    }
    answer = _answer(mixed)
    assert isinstance(answer, Refusal)


@pytest.mark.parametrize(("column", "need"), [("outlet_c", "outlets"), ("supply_c", "supply_air")])
def test_missing_telemetry_is_named(column: str, need: str) -> None:
    """Without outlets or supply there is no index."""
    answer = _answer({column: NAN})
    assert isinstance(answer, Refusal)
    assert (answer.reason, answer.missing) == ("missing", (need,))
