"""A facility that cannot be is refused by name, with what it may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from greendc.errors import ConfigError
from simulators.plant.levers import Setpoints
from simulators.plant.parameters import Air, Electrical, PlantParameters, Servers, Water
from simulators.plant.sizes import cabinet, hall, room, scaled
from tests.simulators.plant.small_room import small_room

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("size", [cabinet, small_room, room, hall])
def test_usual_sizes_are_sound(size: Callable[[], PlantParameters]) -> None:
    """The usual sizes pass their own checks and have the parts that they say."""
    parameters = size()
    parameters.validate()
    assert parameters.sizes().racks == parameters.servers.racks


@pytest.mark.parametrize(
    ("build", "name", "bound"),
    [
        (lambda: Servers(racks=0), "racks", "10000"),
        (lambda: Servers(supply_efficiency=-0.2), "supply_efficiency", "0.05"),
        (lambda: Servers(fan_minimum=1.5), "fan_minimum", "1"),
        (lambda: Servers(full_w=float("nan")), "full_w", "0.001"),
        (lambda: Air(units_per_zone=0), "units_per_zone", "1"),
        (lambda: Air(fan_exponent=7.0), "fan_exponent", "3.5"),
        (lambda: Air(recirculation=-0.1), "recirculation", "0.5"),
        (lambda: Water(chiller_cop=-4.0), "chiller_cop", "0.5"),
        (lambda: Water(chillers=0), "chillers", "1"),
        (lambda: Electrical(power_factor=1.2), "power_factor", "1"),
        (lambda: Electrical(ups_k0=-0.01), "ups_k0", "0"),
        (lambda: PlantParameters(water=Water(chiller_w=20e3)), "chiller_w", "106280"),
        (lambda: PlantParameters(electrical=Electrical(ups_w=60e3)), "ups_w", "106280"),
        (lambda: PlantParameters(electrical=Electrical(transformer_w=60e3)), "transformer_w", "106280"),
        (lambda: PlantParameters(electrical=Electrical(pdu_w=2e3)), "pdu_w", "5313"),
        (lambda: PlantParameters(setpoints=Setpoints(minimum_speed=1.2)), "minimum_speed", "1"),
        (lambda: PlantParameters(setpoints=Setpoints(supply_c=9.0)), "supply_c", "11"),
        (lambda: PlantParameters(setpoints=Setpoints(chillers_on=3)), "chillers_on", "2"),
        (lambda: PlantParameters(air=Air(supply_control="magic")), "supply_control", "return"),
        (lambda: PlantParameters(air=Air(zones=3)), "zones", "20"),
        (lambda: scaled(10, zones=4, chillers=2), "zones", "10"),
    ],
)
def test_impossible_plants_are_refused(build: Callable[[], object], name: str, bound: str) -> None:
    """The refusal names the parameter and its bounds."""
    with pytest.raises(ConfigError) as refused:
        build()
    sentence = " ".join(problem.sentence("en") for problem in refused.value.problems)
    assert name in sentence
    assert bound in sentence
