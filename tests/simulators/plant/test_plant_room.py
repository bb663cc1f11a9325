"""Exchanger and tower do what heat transfer says, not what a constant says."""

from __future__ import annotations

import itertools

import pytest

from simulators.plant.parameters import PlantParameters, Water
from simulators.plant.plant_room import PlantRoom


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
