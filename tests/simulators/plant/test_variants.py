"""Variants are other buildings of the same size, and each of them is a sound one."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from simulators.plant.plant import Plant
from simulators.plant.sizes import cabinet, room
from simulators.plant.variants import variant

START_S = 1_783_000_000.0


def test_zero_is_the_reference() -> None:
    """Variant 0 changes nothing; every other number gives a building of its own."""
    assert variant(0, room()) == room()
    built = [msgspec.json.encode(variant(n, room())) for n in range(9)]
    assert len(set(built)) == 9
    assert variant(4, room()) == variant(4, room())


@pytest.mark.parametrize("number", range(1, 9))
def test_each_variant_keeps_cool(number: int) -> None:
    """Racks stay cool, the PUE is that of a real room, and the account closes."""
    record = Plant(7, START_S, variant(number, room())).run(180, 60.0)
    used = np.sum([record.signal(f"truth.{part}_w") for part in ("it", "cooling", "loss", "other")], axis=0)
    assert 1.15 < float(used.mean() / record.signal("truth.it_w").mean()) < 1.65
    assert record.blocks["rack.inlet_c"].max() < 26.0
    closed = record.signal("truth.utility_w") + record.signal("truth.generation_w")
    np.testing.assert_allclose(used, closed, rtol=1e-9)


def test_control_laws_differ() -> None:
    """Return-air control lets the supply air move; constant pumps and fixed fans keep their speed."""
    rows = {n: Plant(7, START_S, variant(n, room())).run(120, 60.0) for n in range(7)}
    swing = {n: float(np.ptp(row.signal("crah.supply_c/0"))) for n, row in rows.items()}
    assert swing[1] > 3 * max(swing[0], 0.01)
    laws = {n: variant(n, room()) for n in rows}
    for n, parameters in laws.items():
        constant = parameters.water.pump_law == "constant"
        assert (
            np.ptp(rows[n].signal("pump.chilled.speed")) == 0.0 and rows[n].signal("pump.chilled.speed")[0] == 1.0
        ) == (constant)
    assert {parameters.air.fan_control for parameters in laws.values()} == {"flow", "fixed"}
    assert {parameters.water.pump_law for parameters in laws.values()} == {"constant", "variable"}


def test_a_cabinet_varies_too() -> None:
    """Edge cabinets have variants that hold their air."""
    for number in range(1, 4):
        record = Plant(7, START_S, variant(number, cabinet())).run(60, 60.0)
        assert record.blocks["rack.inlet_c"].max() < 28.0
