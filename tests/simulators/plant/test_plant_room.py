"""Exchanger, tower, machines and PDUs do what their laws say, not what a constant says."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from simulators.plant.levers import Levers
from simulators.plant.parameters import PlantParameters, Water
from simulators.plant.plant import Plant
from simulators.plant.plant_room import PlantRoom
from simulators.plant.power_side import PowerSide


def test_exchanger_has_its_effectiveness_at_half_flow_and_more_at_less() -> None:
    """The economiser's exchanger is rated at half of the flow; slower water comes nearer to the tower's."""
    parameters = PlantParameters()
    plant_room = PlantRoom(parameters)
    full = parameters.air.water_kg_s * parameters.air.units_per_zone * parameters.air.zones * 4190.0
    assert plant_room.exchange(0.5 * full) == pytest.approx(parameters.water.exchanger * 0.5 * full)
    flows = [share * full for share in (0.2, 0.4, 0.6, 0.8, 1.0)]
    effects = [plant_room.exchange(flow) / flow for flow in flows]
    assert all(later < earlier for earlier, later in itertools.pairwise(effects))
    heats = [plant_room.exchange(flow) for flow in flows]
    assert all(later > earlier for earlier, later in itertools.pairwise(heats))


@pytest.mark.parametrize("exchanger", [0.0, 0.5, 0.98])
def test_exchanger_moves_less_than_either_stream_carries(exchanger: float) -> None:
    """No exchanger brings one stream past the inlet of the other."""
    parameters = PlantParameters(water=Water(exchanger=exchanger))
    plant_room = PlantRoom(parameters)
    for stream in (1e3, 10e3, 21e3, 60e3):
        reach = plant_room.exchange(stream)
        assert 0.0 <= reach <= min(stream, parameters.water.condenser_kg_s * 4190.0)


def test_machines_do_not_hunt() -> None:
    """A load that swings about the second chiller's start each few minutes starts it a few times an hour at most."""
    parameters = PlantParameters()
    levers = Levers(parameters.sizes(), parameters.setpoints)
    levers.operator.water_economiser = False
    plant_room = PlantRoom(parameters)
    plant_room.begin(levers)
    for minute in range(240):
        share = 1.6 if minute // 4 % 2 else 0.55
        plant_room.step((share * parameters.water.chiller_w, 8.0), 16.0, (0.0, 0.0), 60.0)
        plant_room.keep()
    blocks: dict[str, np.ndarray] = {}
    plant_room.publish(blocks.__setitem__)
    running = blocks["chiller.on"].sum(axis=1).tolist()
    starts = sum(later > earlier for earlier, later in itertools.pairwise(running))
    assert set(running) >= {1, 2}
    assert 2 <= starts <= 16


def test_the_towers_fan_follows_the_cube() -> None:
    """Between its slowest and full speed the fan takes its fixed share and the cube of its speed."""
    record = Plant(3, 1_767_000_000.0, PlantParameters()).run(2 * 1440, 60.0)
    speed, power_w = record.signal("tower.speed"), record.signal("tower.power_w")
    turning = speed > 0
    assert np.ptp(speed[turning]) > 0.25
    cubed, fixed = np.polyfit(speed[turning] ** 3, power_w[turning] / PlantParameters().water.tower_fan_w, 1)
    assert (cubed, fixed) == (pytest.approx(0.97, abs=0.01), pytest.approx(0.03, abs=0.005))


def test_a_pdu_takes_power_without_a_load() -> None:
    """Each PDU takes its fixed loss when nothing is plugged in, and at full load what its class says."""
    electrical = PlantParameters().electrical
    idle, half, full = PowerSide(PlantParameters()).pdu_loss(np.array([0.0, 0.5, 1.0]) * electrical.pdu_w)
    assert idle == electrical.pdu_fixed_w > 0.0
    assert full - idle == pytest.approx(electrical.pdu_full_load_w)
    assert half - idle == pytest.approx((full - idle) / 4)


def test_the_living_feed_carries_all() -> None:
    """When one UPS has run dry in an outage the other carries every server, until it is dry too."""
    plant = Plant(3, 1_767_000_000.0, PlantParameters())
    usual = plant.run(1, 60.0)
    plant.levers.power.grid = plant.levers.power.generator = 0.0
    plant.levers.power.battery_health[:] = (1.0, 0.05)
    outage = plant.run(20, 10.0).blocks
    one, both_w = outage["ups.output.power_w"].sum(axis=2), float(usual.blocks["ups.output.power_w"].sum())
    alone = (one[:, 0] > 0) & (one[:, 1] == 0)
    assert alone.sum() >= 5
    np.testing.assert_allclose(one[alone, 0], both_w, rtol=0.08)
    np.testing.assert_allclose(outage["pdu.power_w"][alone].sum(axis=(1, 2)), one[alone, 0], rtol=0.01)
    np.testing.assert_allclose(outage["truth.it_w"][alone], usual.blocks["truth.it_w"][0], rtol=0.08)
