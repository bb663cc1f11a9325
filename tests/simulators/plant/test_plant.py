"""The room obeys its balances and its laws, whatever the seed."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.plant.fault import Recirculation
from simulators.plant.parameters import PlantParameters
from simulators.plant.plant import Plant
from simulators.plant.weather import Climate

START_S = 1_780_000_000.0
SEEDS = st.integers(0, 2**31)


def _steady(parameters: PlantParameters, *, chilled_c: float | None = None, supply_c: float | None = None) -> Plant:
    plant = Plant(5, START_S, parameters)
    if chilled_c is not None:
        plant.chilled_set_c = chilled_c
    if supply_c is not None:
        plant.supply_set_c = supply_c
    for _ in range(60):
        plant.step(60.0)
    return plant


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.lists(st.floats(1.0, 600.0), min_size=1, max_size=12), st.floats(0.0, 0.3))
def test_energy_balance_closes_at_each_step(seed: int, steps: list[float], share: float) -> None:
    """Utility power is IT + cooling + losses + other to 1e-6, and so are the energies, with a fault or without."""
    plant = Plant(seed, START_S)
    plant.faults.append(Recirculation(rack=3, onset_s=START_S + 60.0, share=share))
    for dt_s in steps:
        plant.step(dt_s)
        truth = plant.truth()
        parts_w = truth.it_w + truth.cooling_w + truth.loss_w + truth.other_w - truth.generation_w
        assert parts_w == pytest.approx(truth.utility_w, rel=1e-6)
        parts_j = truth.it_j + truth.cooling_j + truth.loss_j + truth.other_j
        assert parts_j == pytest.approx(truth.utility_j, rel=1e-6)
        assert truth.pue > 1.0


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.lists(st.floats(1.0, 600.0), min_size=1, max_size=12))
def test_registers_are_integrals_of_power(seed: int, steps: list[float]) -> None:
    """Every energy register moves by power times time, at each step."""
    plant = Plant(seed, START_S)
    for dt_s in steps:
        before = plant.signals()
        plant.step(dt_s)
        after = plant.signals()
        for power, energy in _registers(after):
            assert after[energy] - before[energy] == pytest.approx(after[power] * dt_s, rel=1e-5, abs=2e-3)


def _registers(signals: dict[str, float]) -> list[tuple[str, str]]:
    renamed = {"crah": "crah.fan_w"}
    found = []
    for name in signals:
        block, _, index = name.partition("/")
        if block.endswith(".energy_j"):
            device = block.removesuffix(".energy_j")
            power = renamed.get(device, f"{device}.power_w")
            found.append((f"{power}/{index}" if f"{power}/{index}" in signals else power, name))
    return [(power, energy) for power, energy in found if power in signals]


def test_register_test_sees_all_registers() -> None:
    """Meters, PDUs, phases, outlets, cooling units and the chiller have registers."""
    pairs = _registers(Plant(1, START_S).signals())
    assert len(pairs) == 3 * (1 + 3) + 1 + 3 + 2 * 6 * (1 + 3 + 8)


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.lists(st.floats(1.0, 600.0), min_size=1, max_size=8))
def test_heat_balance_closes(seed: int, steps: list[float]) -> None:
    """Heat gained is heat removed, heat through the walls, and heat stored in the room."""
    plant = Plant(seed, START_S)
    for dt_s in steps:
        plant.step(dt_s)
        heat = plant.heat()
        assert heat.removed_w + heat.envelope_w + heat.stored_w == pytest.approx(heat.gains_w, rel=1e-9)


def test_heat_balance_of_the_air_streams() -> None:
    """At rest the air of the cooling units carries away what the room gains, as seen from its own temperatures."""
    plant = _steady(PlantParameters())
    signals = plant.signals()
    rise_k = np.mean([signals[f"crah.return_c/{i}"] - signals[f"crah.supply_c/{i}"] for i in range(3)])
    flow = sum(signals[f"crah.airflow_m3_s/{i}"] for i in range(3)) * signals["crah.air_density"]
    heat = plant.heat()
    assert flow * 1006.0 * rise_k == pytest.approx(heat.removed_w, rel=0.03)


def test_same_seed_same_plant() -> None:
    """Two plants of one seed show the same after the same steps; another seed shows something else."""
    plants = [Plant(seed, START_S) for seed in (3, 3, 4)]
    for plant in plants:
        for dt_s in (1.0, 60.0, 5.0):
            plant.step(dt_s)
    first, same, other = (plant.blocks.vector() for plant in plants)
    np.testing.assert_array_equal(first, same)
    assert not np.allclose(first, other)


def test_cop_falls_with_outdoor_temperature() -> None:
    """The hotter the weather, the lower the chiller's COP and the more the whole cooling takes."""
    plants = [
        _steady(PlantParameters(climate=Climate(mean_c=mean_c, dew_mean_c=mean_c - 6.0))) for mean_c in (18, 22, 26, 30)
    ]
    cops = [plant.signals()["chiller.cop"] for plant in plants]
    cooling = [plant.truth().cooling_w for plant in plants]
    assert all(later < earlier for earlier, later in itertools.pairwise(cops))
    assert all(later > earlier for earlier, later in itertools.pairwise(cooling))


def test_cop_rises_with_chilled_water() -> None:
    """One kelvin of warmer chilled water saves the chiller 1.6 to 3.5 %."""
    cold, warm = (_steady(PlantParameters(), chilled_c=chilled_c).signals() for chilled_c in (9.0, 10.0))
    assert warm["chiller.cop"] > cold["chiller.cop"]
    saved = 1.0 - warm["chiller.power_w"] / cold["chiller.power_w"]
    assert 0.016 <= saved <= 0.035


def test_supply_air_moves_inlets_and_server_fans() -> None:
    """Warmer supply air arrives at the inlets; above 23 degC the servers' fans take part of the saving."""
    cool, warm = (_steady(PlantParameters(), supply_c=supply_c) for supply_c in (18.5, 26.0))
    assert np.mean(warm.inlet_c - cool.inlet_c) == pytest.approx(7.5, abs=0.3)
    assert warm.truth().it_w > cool.truth().it_w * 1.005


def test_supply_air_in_cool_range_saves_a_little() -> None:
    """From 18.5 to 20.5 degC the servers do not notice, and the site saves, but well under one per cent."""
    cool, warm = (_steady(PlantParameters(), supply_c=supply_c).truth() for supply_c in (18.5, 20.5))
    assert warm.it_w == pytest.approx(cool.it_w, rel=1e-4)
    assert 0.0 < 1.0 - warm.utility_w / cool.utility_w < 0.01


def test_recirculation_heats_only_its_rack() -> None:
    """The missing panel lifts the top inlet of one rack above 27 degC within 20 to 60 s; no other inlet passes 22."""
    plant = Plant(7, START_S)
    plant.faults.append(Recirculation(rack=3, onset_s=START_S + 5.0))
    assert plant.inlet_c.max() < 21.0
    crossed_s = None
    for second in range(1, 181):
        plant.step(1.0)
        if crossed_s is None and plant.inlet_c[3, 2] > 27.0:
            crossed_s = second
    assert crossed_s is not None
    assert 15 <= crossed_s <= 60
    assert 27.5 < plant.inlet_c[3, 2] < 32.0
    assert plant.inlet_c[3, 1] < 24.0
    assert np.delete(plant.inlet_c, 3, axis=0).max() < 22.0


def test_too_little_water_warms_the_supply_air() -> None:
    """A coil that cannot carry the heat lets the supply air rise above its set-point."""
    plant = _steady(PlantParameters(coil_rated_units=0.25))
    assert plant.supply_air_c > plant.supply_set_c + 1.0


def test_unknown_signal() -> None:
    """Asking for a signal that does not exist fails."""
    with pytest.raises(KeyError):
        Plant(1, START_S).blocks.value("reactor.power_w")
