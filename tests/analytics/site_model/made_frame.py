"""A plant of known coefficients, made by hand: two modules of three units, a chiller, a tower and an economiser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.site_model.free_cooling import cold_factor
from analytics.site_model.plant_frame import blank
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.counters import Floats
    from analytics.site_model import PlantFrame

STEP_NS = 900 * NS_PER_SECOND
START_NS = 1_782_864_000 * NS_PER_SECOND
DAYS = 14
UNITS = tuple(f"crah-{i}" for i in range(1, 7))
RACKS = ("r01", "r02", "r03", "r04")


class Coefficients(msgspec.Struct, frozen=True, kw_only=True):
    """What the hand-made plant is made of."""

    fan_fixed: float = 0.15
    fan_exponent: float = 2.2
    per_k_chilled: float = 0.03
    per_k_condenser: float = 0.02
    recirculation: float = 0.06
    ups: tuple[float, float, float] = (0.015, 0.018, 0.010)
    exchange: float = 0.7
    approach_k: float = 3.0
    chilled_moves_k: float = 2.0
    noise: float = 0.002


def made_frame(c: Coefficients, seed: int = 1, days: int = DAYS) -> PlantFrame:
    """Return days of it by the quarter of an hour; the load has a day's rhythm, the weather too."""
    rows = days * 96
    draw = np.random.default_rng(seed)
    hour = np.arange(rows) * 0.25
    day = np.sin(2 * np.pi * (hour - 9.0) / 24.0)
    it_w = 60_000.0 * (1.0 + 0.12 * day + 0.03 * draw.standard_normal(rows))
    wet = 12.0 + 5.0 * day + 2.0 * np.sin(2 * np.pi * hour / 150.0)
    empty = blank(
        START_NS + STEP_NS * np.arange(rows), STEP_NS, units=UNITS, racks=RACKS, ups=("ups-a",), chillers=("chiller-1",)
    )
    supply = np.full(rows, 20.0)
    rise = 11.0 + 0.3 * day
    speed = 0.6 * it_w / it_w.mean()
    fan_w = 1500.0 * (c.fan_fixed + (1.0 - c.fan_fixed) * speed**c.fan_exponent)
    out_c = supply + rise
    inlet = supply + c.recirculation * rise
    rated = 120_000.0
    load = it_w / rated
    loss = rated * (c.ups[0] + c.ups[1] * load + c.ups[2] * load * load)
    heat = it_w + loss + 6 * fan_w
    chilled = 10.0 + c.chilled_moves_k * (np.arange(rows) % (96 * 4) < 96 * 2)
    flow = heat / 4.186e6 / 9.0
    back = chilled + 9.0
    most = c.exchange * flow * 4.186e6 * (back - wet - c.approach_k * cold_factor(wet))
    free = np.where(back - wet > 6.0, np.clip(most, 0.0, heat), 0.0)
    chiller_heat = heat - free
    condenser = np.maximum(wet + c.approach_k, 18.0) + 0.3 * draw.standard_normal(rows)
    chiller_load = chiller_heat / 100_000.0
    ratio = 0.17 * np.exp(-c.per_k_chilled * (chilled - 10.0) + c.per_k_condenser * (condenser - 24.0))
    fields: dict[str, object] = {
        "it_w": it_w,
        "site_w": it_w * 1.3,
        "cooling_w": it_w * 0.25,
        "ups_out_w": it_w[:, None],
        "ups_in_w": (it_w + loss)[:, None],
        "ups_rated_w": (rated,),
        "fan_w": _wide(fan_w, 6) * (1.0 + c.noise * draw.standard_normal((rows, 6))),
        "speed": _wide(speed, 6),
        "supply_c": _wide(supply, 6),
        "supply_set_c": _wide(supply, 6),
        "return_c": _wide(out_c, 6),
        "valve": _wide(0.5 * heat / heat.mean(), 6),
        "chilled_supply_c": chilled,
        "chilled_set_c": chilled,
        "chilled_return_c": back,
        "chilled_m3_s": flow,
        "heat_w": heat,
        "chiller_w": (chiller_heat * ratio * (1.0 + c.noise * draw.standard_normal(rows)))[:, None],
        "chiller_heat_w": chiller_heat[:, None],
        "chiller_load": chiller_load[:, None],
        "condenser_c": condenser,
        "pump_w": 1900.0 * (0.1 + 0.9 * (0.6 * heat / heat.mean()) ** 2.5),
        "pump_speed": 0.6 * heat / heat.mean(),
        "condenser_pump_w": np.full(rows, 1300.0),
        "tower_w": np.full(rows, 2000.0),
        "tower_speed": np.full(rows, 0.85),
        "free_w": free,
        "outdoor_c": wet + 5.0,
        "wet_bulb_c": wet,
        "dew_point_c": np.full(rows, 12.0),
        "inlet_c": _wide(inlet, 4),
        "inlet_high_c": _wide(inlet + 0.8, 4),
        "outlet_c": _wide(out_c, 4),
        "rack_w": _wide(it_w / 4.0, 4),
        "zones": 2,
    }
    return msgspec.structs.replace(empty, **fields)


def without(frame: PlantFrame, *columns: str) -> PlantFrame:
    """Return the frame with columns that nothing measures."""
    return msgspec.structs.replace(frame, **{name: np.full_like(getattr(frame, name), np.nan) for name in columns})


def _wide(values: Floats, count: int) -> Floats:
    return np.repeat(values[:, None], count, axis=1)
