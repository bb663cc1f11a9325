"""Fitted models on a plant with known equations: terms, ranges, forms, exclusions, what is missing."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from analytics.models.family import model_data
from analytics.models.forms import choose, make, one_thread
from analytics.models.places import FAMILIES
from analytics.models.plan import Column, Driver, Plan
from analytics.models.planning import plans
from analytics.models.residual import fit
from analytics.models.steps import Exclusion, design, read_steps
from analytics.models.training import train
from greendc.texts import t
from tests.analytics.models.made_plant import DAY, chiller, key, site
from tests.analytics.models.step_history import STEP_NS, StepHistory
from tests.analytics.plant import START

if TYPE_CHECKING:
    from analytics.models.model_set import ModelSet

LEARNED = 8
NOW = START + LEARNED * DAY * STEP_NS


def _trained(history: StepHistory, *exclude: Exclusion) -> ModelSet:
    return train(history, site(), NOW, days=LEARNED, exclude=exclude)


def test_terms_are_those_of_the_plant_and_sum_exactly() -> None:
    """The terms of a chiller 600 W above its expectation are the plant's coefficients, and add up to its power."""
    history = StepHistory()
    chiller(history, LEARNED)
    chiller(history, 1, extra_w=600.0, first_day=LEARNED)
    models = _trained(history)
    verdicts = [v for v in models.judge(history, site(), NOW + 100 * STEP_NS) if v.active]
    (verdict,) = verdicts
    assert (verdict.key, verdict.direction, verdict.harmful) == ("chiller_power/chiller-1", "high", True)
    assert verdict.unexplained == pytest.approx(600.0, abs=20.0)
    terms = {part.term: part.value for part in verdict.contributions}
    assert verdict.reference + sum(terms.values()) + verdict.unexplained == pytest.approx(verdict.value, rel=1e-12)
    reference = models.models[0].card.reference
    recent = read_steps(history, [key("chiller-1", "cooling_power_w")], (NOW, NOW + 99 * STEP_NS), STEP_NS, 0.5)
    load = recent.series(key("chiller-1", "cooling_power_w"))[-6:].mean()
    assert terms["load"] == pytest.approx(0.2 * (load - reference[0]), abs=30.0)
    assert terms["chilled_water"] == 0.0
    assert verdict.shift is not None
    assert verdict.shift.cost_kwh_day == pytest.approx(14.4, abs=1.0)
    assert verdict.shift.after - verdict.shift.before == pytest.approx(600.0, abs=40.0)
    assert abs(verdict.since_ns - NOW) <= 3 * STEP_NS


def test_outside_its_experience_a_model_says_so_and_is_silent() -> None:
    """A load never seen before widens the band and raises nothing, however far the power is off."""
    history = StepHistory()
    chiller(history, LEARNED)
    models = _trained(history)
    for quantity, value in (
        ("active_power_w", 40_000.0), ("cooling_power_w", 90_000.0),
        ("condenser_supply_temperature_c", 24.0), ("supply_water_temperature_c", 12.0),
    ):  # fmt: skip
        history.put(key("chiller-1", quantity), NOW, [value] * 60)
    (verdict,) = models.judge(history, site(), NOW + 50 * STEP_NS)
    assert not verdict.active
    assert verdict.outside_experience
    assert verdict.outside == ("load",)
    limits = models.models[0].card.limits
    assert verdict.high - verdict.low > 2.0 * (limits.up.fast + limits.down.fast)


def test_time_in_alarm_is_not_learned_from() -> None:
    """Four days with a fault among eight move the model, and do not when they are left out."""
    history = StepHistory()
    chiller(history, 4)
    chiller(history, 4, extra_w=1500.0, first_day=4)
    spoiled = Exclusion(start_ns=START + 4 * DAY * STEP_NS, end_ns=NOW, device="chiller-1")
    assert _trained(history, spoiled).models[0].card.rows == 4 * DAY
    clean, moved = _trained(history, spoiled), _trained(history)
    row = np.array([[40_000.0, 40_000.0**2, 24.0, 12.0]])
    truth = 2000.0 + 0.2 * 40_000.0 + 150.0 * 24.0
    assert clean.models[0].expected(row)[0] == pytest.approx(truth, abs=20.0)
    assert abs(moved.models[0].expected(row)[0] - truth) > 300.0
    other = Exclusion(start_ns=0, end_ns=NOW, device="chiller-2")
    assert not other.covers(key("chiller-1", "active_power_w"))


def test_what_cannot_be_modelled_says_what_is_missing() -> None:
    """A chiller without its load lacks a point; one with an hour of data has too few of them."""
    history = StepHistory()
    history.put(key("chiller-1", "active_power_w"), START, [1.0])
    found, lacking = plans(site(), history.series("lab"), NOW)
    assert found == []
    (missing,) = lacking
    assert (missing.rule, missing.node, missing.reason) == ("chiller_power", "chiller-1", "point_missing")
    assert missing.missing == (
        "cooling_power_w", "condenser_supply_temperature_c", "supply_water_temperature_c",
    )  # fmt: skip
    chiller(history, 1)
    models = train(history, site(), NOW, days=LEARNED)
    assert len(models) == 0
    assert [gap.reason for gap in models.not_evaluated] == ["few_data"]
    assert models.judge(history, site(), NOW) == []


def test_trees_keep_the_sign_and_are_taken_where_lines_fail() -> None:
    """A saturating response is learned by trees, which never fall as the load rises."""
    rng = np.random.default_rng(1)
    load = rng.uniform(0.0, 10.0, 3000)
    noise = rng.uniform(0.0, 1.0, 3000)
    y = np.where(load > 5.0, 100.0, 0.0) + rng.normal(0.0, 1.0, 3000)
    x, days = np.column_stack((load, noise)), np.arange(3000) // 300
    with one_thread():
        chosen = choose(x, y, days, (1, 0), ("linear", "quadratic", "boosting"), floor=1.0)
        assert chosen.form == "boosting"
        grid = np.column_stack((np.linspace(0.0, 10.0, 200), np.full(200, 0.5)))
        assert (np.diff(chosen.estimator.predict(grid)) >= 0).all()  # type: ignore[attr-defined]  # a struct holds any object
        straight = choose(x, 3.0 * load + rng.normal(0.0, 1.0, 3000), days, (1, 0), ("linear", "boosting"), floor=0.1)
    assert straight.form == "linear"
    with pytest.raises(KeyError):
        make("magic", (1,))


def test_features_are_powers_means_and_the_local_hour() -> None:
    """Powers, trailing means and the hour of the site's day stand where their driver says; a gap is unknown."""
    history = StepHistory()
    history.put(key("a", "active_power_w"), START, [1.0, 2.0, np.nan, 4.0])
    history.put(key("b", "active_power_w"), START, [5.0, 5.0, 5.0, 5.0])
    plan = Plan(
        family="x",
        node="n",
        series=key("b", "active_power_w"),
        target=Column(plus=(key("b", "active_power_w"),), minus=(key("a", "active_power_w"),)),
        drivers=(
            Driver(
                name="load", column=Column(plus=(key("a", "active_power_w"),)), sign=1, powers=(2,), trailing_s=(600.0,)
            ),
            Driver(name="hour", column=None),
        ),
    )
    steps = read_steps(history, plan.inputs(), (START, START + 4 * STEP_NS), STEP_NS, 0.5)
    seen = design(steps, plan, dt.timezone(dt.timedelta(hours=6)))
    assert seen.owner == (0, 0, 0, 1, 1)
    assert seen.signs == (1, 1, 1, 0, 0)
    np.testing.assert_allclose(seen.target, [4.0, 3.0, np.nan, 1.0])
    np.testing.assert_allclose(seen.features[:, 1], [1.0, 4.0, np.nan, 16.0])
    np.testing.assert_allclose(seen.features[:, 2], [1.0, 1.5, 2.0, 4.0])
    np.testing.assert_allclose(seen.features[0, 3:], [1.0, 0.0], atol=1e-9)
    assert seen.known.tolist() == [True, True, False, True]


def test_a_mode_never_seen_is_outside_experience() -> None:
    """A guard explains nothing, and a value of it that was not seen in training is outside, named, without a term."""
    history, rng = StepHistory(), np.random.default_rng(1)
    load = rng.uniform(1.0, 2.0, 4 * DAY)
    for name, values in (("load", load), ("power", 3.0 * load), ("mode", np.zeros(4 * DAY))):
        history.put(key(name, "active_power_w"), START, values)
    columns = {name: Column(plus=(key(name, "active_power_w"),)) for name in ("load", "power", "mode")}
    plan = Plan(
        family="chiller_power",
        node="n",
        series=key("power", "active_power_w"),
        target=columns["power"],
        drivers=(Driver(name="mode", column=columns["mode"], guard=True), Driver(name="load", column=columns["load"])),
    )
    steps = read_steps(history, plan.inputs(), (START, START + 4 * DAY * STEP_NS), STEP_NS, 0.5)
    seen = design(steps, plan, dt.UTC)
    assert seen.owner == (1,)
    data = model_data()
    family = msgspec.structs.replace(data.families["chiller_power"], idle_share=0.0)
    model = fit(plan, family, data.judgement, seen, steps.time_ns, 300.0)
    assert model is not None
    assert model.beyond(np.array([[0.0, 1.5], [1.0, 1.5]])).any(axis=1).tolist() == [False, True]
    (term,) = model.contributions(np.array([[2.0]]))
    assert term.term == "load"
    assert model.card.reference_value + term.value == pytest.approx(6.0, abs=0.01)


def test_each_family_has_its_judgement_and_its_words() -> None:
    """Places, data file and catalogue name the same families, and each term has a name in both languages."""
    data = model_data()
    assert set(FAMILIES) == set(data.families)
    for lang in ("zh", "en"):
        assert all(t(f"models.family.{name}", lang) for name in (*data.families, *data.peers))
