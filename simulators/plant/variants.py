"""Facilities that differ in structure: control laws, machine families, leakage paths, not only sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from simulators.plant.chiller_curve import CENTRIFUGAL, REFERENCE, SCREW

if TYPE_CHECKING:
    from simulators.plant.parameters import PlantParameters

_SHIFT = 7_919


def variant(number: int, parameters: PlantParameters) -> PlantParameters:
    """Return a facility of the same sizes built another way; 0 is the facility itself.

    By number vary: the family of chiller curves, supply- or return-air control, fans that follow the servers or stand
    at one speed, the fans' exponent and fixed share, variable or constant pumps, how much air passes the racks by,
    comes back to them or spills from the hot aisle, how servers answer their inlet, losses of the UPS.
    """
    if number == 0:
        return parameters
    draw = np.random.default_rng(_SHIFT + number)
    curve = (CENTRIFUGAL, SCREW, REFERENCE)[number % 3]
    air = msgspec.structs.replace(
        parameters.air,
        supply_control=("supply", "return")[number % 2],
        fan_control="fixed" if number % 4 == 2 else "flow",  # noqa: PLR2004 (every fourth)
        fan_exponent=float(draw.uniform(1.9, 3.0)),
        fan_fixed=float(draw.uniform(0.03, 0.22)),
        bypass=float(draw.uniform(0.02, 0.20)),
        recirculation=float(draw.uniform(0.015, 0.07)),
        spill=float(draw.choice([0.0, 0.03, 0.06])),
        coil_w_per_k=parameters.air.coil_w_per_k * float(draw.uniform(0.85, 1.3)),
    )
    water = msgspec.structs.replace(
        parameters.water,
        curve=curve,
        pump_law=("constant", "variable", "variable")[(number + 1) % 3],
        chiller_cop=parameters.water.chiller_cop * float(draw.uniform(0.88, 1.1)),
        exchanger=float(draw.uniform(0.65, 0.88)),
        tower_approach_k=parameters.water.tower_approach_k * float(draw.uniform(0.8, 1.3)),
        split_per_k=parameters.water.split_per_k * float(draw.uniform(0.8, 1.2)),
    )
    servers = msgspec.structs.replace(
        parameters.servers,
        fan_gain_per_k=parameters.servers.fan_gain_per_k * float(draw.uniform(0.8, 1.15)),
        fan_minimum=parameters.servers.fan_minimum * float(draw.uniform(0.85, 1.1)),
    )
    electrical = msgspec.structs.replace(
        parameters.electrical,
        ups_k0=parameters.electrical.ups_k0 * float(draw.uniform(0.6, 1.5)),
        ups_k1=parameters.electrical.ups_k1 * float(draw.uniform(0.7, 1.3)),
        ups_k2=parameters.electrical.ups_k2 * float(draw.uniform(0.7, 1.5)),
    )
    return msgspec.structs.replace(parameters, air=air, water=water, servers=servers, electrical=electrical)
