"""Replays of the site model: signs, monotonicity, and what it says when it cannot know."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.site_model import Change, Draws, PlantFrame, SiteModel, fit
from analytics.site_model.plant_frame import blank
from tests.analytics.site_model.made_frame import START_NS, STEP_NS, Coefficients, made_frame, without

FEW = Draws(40)
FRAME = made_frame(Coefficients(), days=4)
MODEL = fit(made_frame(Coefficients()))


def _saved(change: Change, draws: Draws | None = None, model: SiteModel = MODEL, frame: PlantFrame = FRAME) -> float:
    return float(np.median(model.replay(frame, change, draws or Draws(certain=True)).mean_saved_w()))


def test_the_empty_change_saves_nothing_in_any_draw() -> None:
    """Before and after are the same, part by part."""
    replay = MODEL.replay(FRAME, Change(), FEW)
    assert replay.saved_w() == pytest.approx(0.0, abs=1e-6)
    assert replay.outside == ()
    assert replay.total_w().shape == (40, len(FRAME))


def test_the_same_seed_gives_the_same_draws_and_a_range() -> None:
    """Two replays agree to the last digit; their draws differ among themselves."""
    change = Change(chilled_k=1.5)
    one, two = (MODEL.replay(FRAME, change, Draws(60)).mean_saved_w() for _ in range(2))
    assert np.array_equal(one, two)
    low, high = np.percentile(one, (10, 90))
    assert low < high


@settings(max_examples=25, deadline=None)
@given(one=st.floats(0.0, 4.0), two=st.floats(0.0, 4.0))
def test_warmer_chilled_water_never_costs_the_chiller_more(one: float, two: float) -> None:
    """With supply and chilled water raised together, more kelvins mean less chiller power."""
    low, high = sorted((one, two))
    powers = [
        np.nanmean(MODEL.replay(FRAME, Change(supply_k=k, chilled_k=k), Draws(certain=True)).power["chillers"])
        for k in (low, high)
    ]
    assert powers[1] <= powers[0] + 1e-6


@settings(max_examples=25, deadline=None)
@given(ratio=st.floats(0.6, 1.0))
def test_slower_fans_take_less_and_never_cool_inlets(ratio: float) -> None:
    """Fan power falls with speed, and the hottest inlet does not."""
    now, then = (MODEL.replay(FRAME, Change(fan_ratio=f), Draws(certain=True)) for f in (1.0, ratio))
    assert np.nanmean(then.power["fans"]) <= np.nanmean(now.power["fans"]) + 1e-6
    assert np.nanmax(then.hottest_c) >= np.nanmax(now.hottest_c) - 1e-6


@settings(max_examples=25, deadline=None)
@given(kelvin=st.floats(0.0, 8.0))
def test_servers_take_more_at_warmer_inlets_and_less_never(kelvin: float) -> None:
    """Total power is what counts: warm enough, the servers' fans are in it."""
    replay = MODEL.replay(FRAME, Change(supply_k=kelvin), Draws(certain=True))
    more = np.nanmean(replay.power["it"]) - np.nanmean(replay.before["it"])
    assert more >= -1e-6
    assert kelvin < 4.0 or more > 0.0


@settings(max_examples=20, deadline=None)
@given(kelvin=st.floats(0.1, 4.0))
def test_warmer_condenser_water_costs_the_chiller(kelvin: float) -> None:
    """Chillers work against their lift; the tower's fan takes less."""
    replay = MODEL.replay(FRAME, Change(condenser_k=kelvin), Draws(certain=True))
    assert np.nansum(replay.power["chillers"]) >= np.nansum(replay.before["chillers"]) - 1e-6
    assert np.nansum(replay.power["tower"]) <= np.nansum(replay.before["tower"]) + 1e-6


def test_changes_together_are_not_the_sum_of_each() -> None:
    """Slower fans and warmer water share the same heat: replayed together they are worth something else."""
    one, two = Change(fan_ratio=0.85), Change(supply_k=2.0, chilled_k=2.0)
    together = _saved(one.merged(two))
    assert together > max(_saved(one), _saved(two))
    assert together != pytest.approx(_saved(one) + _saved(two), rel=1e-4)


def test_an_economiser_that_nobody_turned_on_stays_off() -> None:
    """It was off in weather in which it was of use: warmer water alone does not begin free cooling, a person does."""
    cold = made_frame(Coefficients())
    off = msgspec.structs.replace(cold, free_w=np.zeros(len(cold)), wet_bulb_c=cold.wet_bulb_c - 10.0)
    idle = fit(off)
    assert idle.free_cooling is not None
    assert idle.free_cooling.idle
    warmer, usual = (idle.replay(off, change, Draws(certain=True)) for change in (Change(supply_k=3.0), Change()))
    heat = usual.power["chillers"].mean()
    assert warmer.power["chillers"].mean() > 0.9 * heat
    assert idle.replay(off, Change(economiser=True), Draws(certain=True)).power["chillers"].mean() < 0.7 * heat


def test_free_cooling_that_is_turned_off_costs() -> None:
    """Without the economiser the chiller takes all heat."""
    replay = MODEL.replay(FRAME, Change(economiser=False), Draws(certain=True))
    assert np.nansum(replay.power["chillers"]) > np.nansum(replay.before["chillers"])


def test_eco_mode_saves_losses_and_no_more_than_them() -> None:
    """Eco mode saves a part of the UPS's loss, and the heat of that."""
    replay = MODEL.replay(FRAME, Change(ups_eco=True), Draws(certain=True))
    assert 0.0 < np.nansum(replay.power["ups_loss"]) < np.nansum(replay.before["ups_loss"])
    assert replay.mean_saved_w()[0] > 0.0


def test_a_change_far_outside_of_what_was_seen_says_so() -> None:
    """Eight kelvins were never seen, half of the fans' speed neither; one kelvin is near enough."""
    assert MODEL.replay(FRAME, Change(supply_k=8.0), FEW).outside == ("supply_c",)
    assert MODEL.replay(FRAME, Change(fan_ratio=0.3), FEW).outside == ("speed",)
    assert MODEL.replay(FRAME, Change(supply_k=1.0, chilled_k=1.0), FEW).outside == ()


def test_rows_of_which_too_little_is_known_are_unknown_and_not_nothing() -> None:
    """A gap in the servers' power is a gap in the replay, and the mean is over the rest."""
    it_w = FRAME.it_w.copy()
    it_w[10:20] = np.nan
    replay = MODEL.replay(msgspec.structs.replace(FRAME, it_w=it_w), Change(chilled_k=1.0), FEW)
    assert np.isnan(replay.saved_w()[:, 10:20]).all()
    assert np.isfinite(replay.mean_saved_w()).all()


def test_one_unit_off_is_judged_from_the_reserve_of_the_others() -> None:
    """At 60 % speed two of three units carry the module; the inlets hardly move."""
    with_all = float(np.quantile(FRAME.inlet_high_c, 0.99))
    found = MODEL.hottest_with_one_off(FRAME)
    assert found is not None
    assert with_all - 0.1 <= found < with_all + 2.0
    warmer = MODEL.hottest_with_one_off(FRAME, Change(supply_k=2.0))
    assert warmer is not None
    assert warmer >= found + 1.5


def test_one_unit_off_without_reserve_is_hot() -> None:
    """At 95 % speed two of three cannot move the air of three."""
    frame = msgspec.structs.replace(FRAME, speed=np.full_like(FRAME.speed, 0.95))
    found, usual = MODEL.hottest_with_one_off(frame), MODEL.hottest_with_one_off(FRAME)
    assert found is not None
    assert usual is not None
    assert found > usual + 1.0


@pytest.mark.parametrize("unknown", ["inlet_high_c", "speed", "valve"])
def test_one_unit_off_is_not_judged_without_telemetry(unknown: str) -> None:
    """Without inlets, speeds or valves nothing is said, rather than something reassuring."""
    frame = without(made_frame(Coefficients()), unknown)
    assert fit(frame).hottest_with_one_off(frame) is None


def test_a_single_unit_has_nothing_to_fall_back_on() -> None:
    """One unit for a module: what happens without it cannot be told from these data."""
    frame = msgspec.structs.replace(FRAME, zones=6)
    assert MODEL.hottest_with_one_off(frame) is None


def test_a_site_without_a_plant_room_is_replayed_by_priors() -> None:
    """With the cooling meter alone warmer supply still saves a little, by the prior of machines that cool air."""
    rows = 96
    frame = msgspec.structs.replace(
        blank(START_NS + STEP_NS * np.arange(rows), STEP_NS, racks=("r01",)),
        it_w=np.full(rows, 2000.0),
        cooling_w=np.full(rows, 700.0),
        inlet_c=np.full((rows, 1), 20.0),
    )
    model = fit(frame)
    saved = model.replay(frame, Change(supply_k=2.0), Draws(certain=True)).mean_saved_w()[0]
    assert 2.0 < saved < 30.0
    assert model.hottest_with_one_off(frame) is None


def test_a_frame_with_nothing_in_it_is_fitted_without_a_fall() -> None:
    """A site of which nothing is known has a model of priors and unknown powers."""
    frame = blank(START_NS + STEP_NS * np.arange(50), STEP_NS)
    model = fit(frame)
    assert all(one.source == "prior" for one in model.parameters())
    assert np.isnan(model.replay(frame, Change(supply_k=1.0), FEW).mean_saved_w()).all()
