"""Print how well simulated facilities close, how fast they run, and what changes do: `python -m benchmarks.plant`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from simulators.plant.plant import Plant
from simulators.plant.plant_room import FULL
from simulators.plant.sizes import cabinet, hall, room

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulators.plant.levers import Levers
    from simulators.plant.parameters import PlantParameters
    from simulators.plant.record import Record

SUMMER_S = 1_783_000_000.0
YEAR_S = 1_767_225_600.0
DAY_S = 86_400.0
USES = ("it", "cooling", "loss", "other")


def main() -> None:
    """Measure and print the tables."""
    print("closure over a day of one-minute steps: greatest relative error of a step; steps/s")
    for name, parameters in (("small-edge", cabinet()), ("room", room()), ("hall", hall())):
        _closure(name, parameters)
    print("\nthe room over a year, every fifth day")
    _year()
    print("\na summer day of the room without free cooling: change of mean power")
    _changes()


def _closure(name: str, parameters: PlantParameters) -> None:
    plant = Plant(1, SUMMER_S, parameters)
    began = time.process_time()
    record = plant.run(1440, 60.0)
    rate = 1440 / (time.process_time() - began)
    blocks = record.blocks
    used = np.sum([blocks[f"truth.{part}_w"] for part in USES], axis=0)
    energy = _worst(used - blocks["truth.generation_w"], blocks["truth.utility_w"])
    gains = blocks["zone.gains_w"].sum(axis=1)
    kept = sum(blocks[f"zone.{part}_w"].sum(axis=1) for part in ("removed", "envelope", "stored"))
    moved = np.diff(blocks["utility.energy_j"][:, 0])
    register = _worst(moved, 60.0 * blocks["utility.power_w"][1:])
    line = f"{name:<12} energy {energy:.1e}  room heat {_worst(kept, gains):.1e}  register {register:.1e}"
    if "chilled.heat_w" in blocks:
        coils = blocks["crah.cooling_w"].sum(axis=1) + 0.9 * blocks["pump.chilled.power_w"]
        line += f"  coils to water {_worst(coils, blocks['chilled.heat_w']):.1e}"
    print(f"{line}  {rate:,.0f} steps/s")


def _worst(found: np.ndarray, meant: np.ndarray) -> float:
    return float(np.abs(found / meant - 1.0).max())


def _year() -> None:
    plant = Plant(7, YEAR_S, room())
    rows: list[Record] = []
    for day in range(0, 365, 5):
        plant.time_s = YEAR_S + day * DAY_S
        rows.append(plant.run(96, 900.0))
    it = _column(rows, "truth.it_w")
    pue = np.sum([_column(rows, f"truth.{part}_w") for part in USES], axis=0) / it
    wet = _column(rows, "outdoor.wet_bulb_c")
    cold, warm = wet < np.quantile(wet, 0.25), wet > np.quantile(wet, 0.75)
    state = _column(rows, "economiser.state")
    litres = 3.6e9 * _column(rows, "water.makeup_m3_s").mean() / it.mean()
    print(f"IT {it.mean() / 1e3:.1f} kW  PUE {pue.mean():.3f}, coldest quarter {pue[cold].mean():.3f}, ", end="")
    print(f"warmest {pue[warm].mean():.3f}  water {litres:.2f} L/kWh  ", end="")
    print(f"free cooling {100 * (state > 0).mean():.0f} % of hours, alone {100 * (state == FULL).mean():.0f} %")


def _column(rows: list[Record], name: str) -> np.ndarray:
    return np.concatenate([row.signal(name) for row in rows])


def _set(group: str, lever: str, value: float) -> Callable[[Levers], None]:
    def move(levers: Levers) -> None:
        part = getattr(levers, group)
        if isinstance(getattr(part, lever), np.ndarray):
            getattr(part, lever)[...] = value
        else:
            setattr(part, lever, value)

    return move


def _changes() -> None:
    base = room()
    fixed = msgspec.structs.replace(base, setpoints=msgspec.structs.replace(base.setpoints, water_economiser=False))
    names = ("truth.utility_w", "truth.it_w", "truth.cooling_w", "chiller.power_w/0", "pump.chilled.power_w")
    print(f"{'':<24}{'utility':>9}{'IT':>9}{'cooling':>9}{'chiller':>9}{'pump':>9}")
    before = _day(fixed, None)
    for title, move in (
        ("chilled water +1 K", _set("operator", "chilled_set_c", 11.0)),
        ("chilled water +2 K", _set("operator", "chilled_set_c", 12.0)),
        ("condenser fouled 1 K", _set("water", "condenser_fouling_k", 1.0)),
        ("supply air +2 K", _set("operator", "supply_set_c", 20.0)),
        ("supply air +9 K", _set("operator", "supply_set_c", 27.0)),
        ("air flow margin 1.05", _set("operator", "flow_margin", 1.05)),
        ("filters clogged x3", _set("air", "filter_resistance", 3.0)),
        ("UPS in eco mode", _set("operator", "ups_eco", 1.0)),
    ):
        after = _day(fixed, move)
        print(f"{title:<24}" + "".join(f"{100 * (after[name] / before[name] - 1):>+8.2f}%" for name in names))


def _day(parameters: PlantParameters, move: Callable[[Levers], None] | None) -> dict[str, float]:
    plant = Plant(5, SUMMER_S, parameters)
    if move is not None:
        move(plant.levers)
    record = plant.run(1440, 60.0)
    return {name: float(record.signal(name).mean()) for name in record.names()}


if __name__ == "__main__":
    main()
