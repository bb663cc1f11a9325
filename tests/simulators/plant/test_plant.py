"""A facility obeys its balances, whatever the seed, the steps and the positions of its levers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.plant.plant import METERED, REGISTERS, Plant
from simulators.plant.sizes import cabinet, hall, room
from simulators.plant.weather_year import WeatherYear
from simulators.plant.workload_trace import Trace
from simulators.scenarios.event import Event, PlantEvent
from simulators.scenarios.span import Span
from simulators.scenarios.targets import Place
from tests.simulators.plant.small_room import small_room

if TYPE_CHECKING:
    from simulators.plant.facility import Facility
    from simulators.plant.levers import Levers
    from simulators.plant.parameters import PlantParameters
    from simulators.plant.record import Record

START_S = 1_780_000_000.0
SEEDS = st.integers(0, 2**31)
STEPS = st.sampled_from((1.0, 5.0, 60.0, 300.0, 3600.0))
SITES = st.sampled_from((cabinet(), small_room(), room()))


class Shaken:
    """Moves levers of all groups at random, anew every ten minutes."""

    def __init__(self, seed: int) -> None:
        """Take the seed of the positions."""
        self._seed = seed

    def apply(self, levers: Levers, time_s: float) -> None:
        """Draw the positions of this ten minutes."""
        draw = np.random.default_rng((self._seed, int(time_s // 600)))
        units, racks = levers.sizes.units, levers.sizes.racks
        levers.operator.supply_set_c += draw.uniform(-2, 6, units)
        levers.operator.chilled_set_c += float(draw.uniform(-3, 4))
        levers.operator.water_economiser = bool(draw.integers(2))
        levers.operator.air_economiser = bool(draw.integers(2))
        levers.operator.ups_eco[:] = draw.integers(2)
        levers.operator.dew_low_c += float(draw.uniform(-2, 6))
        levers.work.factor = float(draw.uniform(0.2, 1.6))
        levers.work.switched_on[draw.integers(racks)] = 0
        levers.work.feed_a_share[draw.integers(racks)] = draw.integers(2)
        levers.work.phase_extra_w[0, draw.integers(racks), 1] = 400.0
        levers.air.recirculation_add[:] = draw.uniform(0, 0.3, racks)
        levers.air.fan_capacity[draw.integers(units)] = draw.integers(2)
        levers.air.valve_stuck[draw.integers(units)] = draw.choice([math.nan, 0.1, 0.9])
        levers.air.filter_resistance[:] = draw.uniform(1, 3, units)
        levers.air.humidifier_fight[draw.integers(units)] = draw.uniform()
        levers.air.damper_stuck = float(draw.choice([math.nan, 0.0, 1.0]))
        levers.water.chiller_eir[:] = draw.uniform(1, 1.4)
        levers.water.chiller_capacity[:] = draw.uniform(0.3, 1)
        levers.water.economiser_stuck = float(draw.choice([math.nan, 0.0, 1.0]))
        levers.water.tower_fan = float(draw.choice([0.0, 0.5, 1.0]))
        levers.power.grid = float(draw.uniform() < 0.8)
        levers.power.generator = float(draw.integers(2))
        levers.power.ups_modules[:] = draw.choice([0.25, 1.0])

    def next_change_s(self, time_s: float) -> float:
        """Return the end of this ten minutes."""
        return (time_s // 600 + 1) * 600


def _shaken(parameters: PlantParameters, seed: int, dt_s: float, steps: int = 40) -> tuple[Plant, Record]:
    plant = Plant(seed, START_S, parameters)
    plant.disturbances.append(Shaken(seed))
    return plant, plant.run(steps, dt_s)


@settings(max_examples=12, deadline=None)
@given(SITES, SEEDS, STEPS)
def test_energy_balance_closes_at_each_step(parameters: PlantParameters, seed: int, dt_s: float) -> None:
    """Utility power is IT + cooling + losses + other less generation to 1e-6, however the levers stand."""
    _, record = _shaken(parameters, seed, dt_s)
    blocks = record.blocks
    parts = sum(blocks[f"truth.{part}_w"] for part in ("it", "cooling", "loss", "other"))
    used = np.maximum(parts, 1.0)
    np.testing.assert_array_less(np.abs(parts - blocks["truth.generation_w"] - blocks["truth.utility_w"]) / used, 1e-6)
    np.testing.assert_allclose(blocks["truth.it_w"], blocks["pdu.power_w"].sum(axis=(1, 2)), rtol=1e-9)
    np.testing.assert_allclose(blocks["pdu.power_w"], blocks["pdu.phase.power_w"].sum(axis=3), rtol=1e-9)
    for name, values in blocks.items():
        assert np.all(np.isfinite(values)), name
    for part in ("it", "cooling", "loss", "other"):
        assert np.all(blocks[f"truth.{part}_w"] >= 0), part


@settings(max_examples=8, deadline=None)
@given(SITES, SEEDS, STEPS)
def test_registers_are_integrals_of_power(parameters: PlantParameters, seed: int, dt_s: float) -> None:
    """Every register moves by its signal times time at each step; a meter has one for each direction."""
    plant = Plant(seed, START_S, parameters)
    plant.disturbances.append(Shaken(seed))
    before = {name: np.array(row) for name, row in plant.registers().items()}
    blocks = plant.run(20, dt_s).blocks
    rates = {register: blocks[signal] for register, signal in REGISTERS if signal in blocks}
    for name in METERED:
        if f"{name}.power_w" in blocks:
            rates[f"{name}.energy_j"] = np.maximum(blocks[f"{name}.power_w"], 0.0)
            rates[f"{name}.exported_j"] = np.maximum(-blocks[f"{name}.power_w"], 0.0)
            rates[f"{name}.phase.energy_j"] = np.maximum(blocks[f"{name}.phase.power_w"], 0.0)
    assert len(rates) > 18
    for register, signal in rates.items():
        total = blocks[register].reshape(20, -1)
        rate = signal.reshape(20, -1)
        moved = np.diff(np.vstack([before[register], total]), axis=0)
        scale = np.abs(total).max() * 1e-12 + 1e-6
        assert np.abs(moved - rate * dt_s).max() <= scale, register


@settings(max_examples=8, deadline=None)
@given(SITES, SEEDS, STEPS)
def test_heat_balance_of_the_rooms_closes(parameters: PlantParameters, seed: int, dt_s: float) -> None:
    """What zones gain is removed, leaves through the walls or stays; the gains are what the electricity brings."""
    _, record = _shaken(parameters, seed, dt_s)
    blocks = record.blocks
    gains = blocks["zone.gains_w"]
    kept = blocks["zone.removed_w"] + blocks["zone.envelope_w"] + blocks["zone.stored_w"]
    np.testing.assert_allclose(kept, gains, rtol=1e-6, atol=1e-3)
    pdu_loss = blocks["truth.loss_w"] * 0.0 + (blocks["ups.output.power_w"].sum(axis=(1, 2)) - blocks["truth.it_w"])
    house = blocks["lighting.power_w"] + 0.5 * parameters.electrical.auxiliary_w * (blocks["lighting.power_w"] > 0)
    brought = blocks["truth.it_w"] + pdu_loss + blocks["ups.loss_w"].sum(axis=1) + house
    np.testing.assert_allclose(gains.sum(axis=1), brought, rtol=1e-6)


@settings(max_examples=8, deadline=None)
@given(SEEDS, STEPS)
def test_heat_balance_of_the_water_closes(seed: int, dt_s: float) -> None:
    """Coils and pump heat leave by machines, economiser and heat recovery, or stay in the loop."""
    _, record = _shaken(room(), seed, dt_s)
    blocks = record.blocks
    running = blocks["pump.chilled.power_w"] > 0
    coils = blocks["crah.cooling_w"].sum(axis=1) + 0.9 * blocks["pump.chilled.power_w"]
    np.testing.assert_allclose(coils[running], blocks["chilled.heat_w"][running], rtol=1e-6, atol=1e-3)
    left = blocks["chiller.cooling_w"].sum(axis=1) + blocks["economiser.water_heat_w"] + blocks["reuse.source_w"]
    left = left + blocks["chilled.stored_w"]
    np.testing.assert_allclose(left[running], coils[running], rtol=1e-6, atol=1e-3)
    rejected = blocks["chiller.cooling_w"].sum(axis=1) + blocks["chiller.power_w"].sum(axis=1)
    rejected = rejected + blocks["economiser.water_heat_w"]
    np.testing.assert_allclose(blocks["condenser.heat_w"][running], rejected[running], rtol=1e-9, atol=1e-6)


def test_heat_of_the_hall_closes_with_its_liquid_loop() -> None:
    """Racks' power arrives in zones and liquid; the tower gets what chillers, economiser and liquid bring."""
    blocks = Plant(3, START_S, hall()).run(30, 60.0).blocks
    assert blocks["cdu.heat_w"].min() > 1e5
    parts = sum(blocks[f"truth.{part}_w"] for part in ("it", "cooling", "loss", "other"))
    np.testing.assert_allclose(parts - blocks["truth.generation_w"], blocks["truth.utility_w"], rtol=1e-9)
    np.testing.assert_allclose(
        blocks["condenser.heat_w"],
        blocks["chiller.cooling_w"].sum(axis=1)
        + blocks["chiller.power_w"].sum(axis=1)
        + blocks["economiser.water_heat_w"]
        + blocks["cdu.heat_w"],
        rtol=1e-6,
    )


def test_same_seed_same_plant() -> None:
    """Two plants of one seed show the same after the same steps; another seed shows something else."""
    records = []
    for seed in (3, 3, 4):
        plant = Plant(seed, START_S, room())
        plant.run(3, 1.0)
        records.append(plant.run(5, 60.0))
    for name, values in records[0].blocks.items():
        np.testing.assert_array_equal(values, records[1].blocks[name], err_msg=name)
    assert not np.allclose(records[0].blocks["rack.power_w"], records[2].blocks["rack.power_w"])


def test_steps_one_by_one_are_a_run() -> None:
    """Stepping is running: the same numbers come out, registers included."""
    ran, stepped = Plant(3, START_S, room()), Plant(3, START_S, room())
    record = ran.run(10, 60.0)
    for i in range(10):
        stepped.step(60.0)
        for name in (
            "utility.power_w",
            "pdu.energy_j/1/7",
            "zone.return_c/1",
            "chiller.power_w/0",
            "utility.energy_j/0",
        ):
            assert stepped.value(name) == pytest.approx(record.signal(name)[i], rel=1e-12), name


def test_the_same_day_from_different_starts_agrees() -> None:
    """A plant built a week earlier shows the same day, but for its registers, as one built in its morning."""
    early, late = Plant(5, START_S - 7 * 86_400.0, room()), Plant(5, START_S, room())
    early.run(7 * 24, 3600.0)
    one, other = early.run(24 * 6, 600.0).blocks, late.run(24 * 6, 600.0).blocks
    for part in ("utility", "it", "cooling", "loss", "other"):
        a, b = one[f"truth.{part}_w"], other[f"truth.{part}_w"]
        assert a.mean() == pytest.approx(b.mean(), rel=0.005), part
    np.testing.assert_allclose(one["rack.inlet_c"], other["rack.inlet_c"], atol=0.3)


@pytest.mark.parametrize("parameters", [cabinet(), room()], ids=["cabinet", "room"])
def test_long_steps_give_the_same_energy(parameters: PlantParameters) -> None:
    """A day in steps of one and of ten minutes, or an hour, takes the same energy within 1 %."""
    used = []
    for dt_s in (60.0, 600.0, 3600.0):
        record = Plant(6, START_S, parameters).run(round(86_400 / dt_s), dt_s)
        used.append([float(record.blocks[f"truth.{part}_w"].mean()) for part in ("it", "cooling", "loss")])
    np.testing.assert_allclose(used[1], used[0], rtol=0.01)
    np.testing.assert_allclose(used[2], used[0], rtol=0.02)


def test_registers_go_on_where_they_were() -> None:
    """A plant that is restored counts on from there; what is true since then begins at nothing."""
    first = Plant(2, START_S, room())
    first.run(10, 60.0)
    second = Plant(2, START_S + 600.0, room())
    second.restore(first.registers())
    assert second.value("utility.energy_j/0") == first.value("utility.energy_j/0")
    second.step(60.0)
    grown = second.value("utility.energy_j/0") - first.value("utility.energy_j/0")
    assert grown == pytest.approx(60.0 * second.value("utility.power_w"), rel=1e-9)
    assert second.truth().utility_j == pytest.approx(60.0 * second.truth().utility_w, rel=1e-9)


def test_levers_move_between_steps() -> None:
    """A disturbance takes effect at its onset within a run, and is gone when it is taken away."""
    plant = Plant(7, START_S, small_room())
    place = Place(plant="room", racks=(3,))
    span = Span(onset_s=START_S + 600.0, ramp_s=30.0)
    event = Event(number=1, kind_name="recirculation", target="r04", span=span, severity=0.22, place=place)
    plant.disturbances.append(PlantEvent(event, place))
    inlet = plant.run(40, 60.0).signal("rack.inlet_c/3/2")
    assert inlet[:10].max() < 21.0
    assert inlet[12:].min() > 27.0
    plant.disturbances.clear()
    assert plant.run(10, 60.0).signal("rack.inlet_c/3/2")[-1] < 21.0


def test_a_plant_is_a_facility() -> None:
    """Runs and scenarios see a plant as a facility; its levers have as many places as it has parts."""
    facility: Facility = Plant(1, START_S, hall())
    sizes = facility.levers.sizes
    blocks = facility.run(2, 60.0).blocks
    assert blocks["rack.power_w"].shape == (2, sizes.racks)
    assert blocks["crah.speed"].shape == (2, sizes.units)
    assert blocks["zone.return_c"].shape == (2, sizes.zones)
    assert blocks["chiller.load"].shape == (2, sizes.chillers)
    assert blocks["pdu.outlet.energy_j"].shape == (2, sizes.feeds, sizes.racks, sizes.outlets)


def test_weather_and_work_of_a_person() -> None:
    """A year of weather and a trace of utilisation take the place of what the seed makes."""
    hours = np.zeros(8760)
    year = WeatherYear(dry_bulb_c=hours + 3.0, dew_point_c=hours - 2.0)
    busy = Trace(np.array([0.0, 3600.0]), np.array([0.9, 0.9]))
    plant, usual = Plant(1, START_S, room(), year=year, trace=busy), Plant(1, START_S, room())
    record = plant.run(5, 60.0)
    np.testing.assert_allclose(record.signal("outdoor.dry_bulb_c"), 3.0)
    assert record.signal("truth.it_w").mean() > 1.15 * usual.run(5, 60.0).signal("truth.it_w").mean()


def test_unknown_signal() -> None:
    """Asking for a signal that does not exist fails."""
    with pytest.raises(KeyError):
        Plant(1, START_S).value("reactor.power_w")
