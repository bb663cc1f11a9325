"""A plant's past in columns: what the site model is fitted on and replayed over."""

from __future__ import annotations

import msgspec
import numpy as np

from analytics.counters import Floats


class PlantFrame(msgspec.Struct, frozen=True, kw_only=True):
    """Step means; unknown is NaN. Watts, degrees Celsius, ratios, m3/s.

    Arrays have the shape [rows], or [rows x n] by ``units`` (air handlers), ``racks``, ``ups`` or ``chillers``.
    ``inlet_c`` is the mean of a rack's inlets and ``inlet_high_c`` the warmest. ``missing`` names what no series tells.
    ``zones`` is how many modules the racks stand in, each with cooling units of its own. ``accuracy`` are classes of
    meters by part, as ratios.
    """

    step_ns: int
    time_ns: np.ndarray[tuple[int], np.dtype[np.int64]]
    units: tuple[str, ...]
    racks: tuple[str, ...]
    ups: tuple[str, ...]
    chillers: tuple[str, ...]
    ups_rated_w: tuple[float, ...]
    it_w: Floats
    site_w: Floats
    cooling_w: Floats
    ups_in_w: Floats
    ups_out_w: Floats
    fan_w: Floats
    humidifier_w: Floats
    speed: Floats
    supply_c: Floats
    supply_set_c: Floats
    return_c: Floats
    valve: Floats
    air_m3_s: Floats
    chilled_supply_c: Floats
    chilled_set_c: Floats
    chilled_return_c: Floats
    chilled_m3_s: Floats
    heat_w: Floats
    chiller_w: Floats
    chiller_heat_w: Floats
    chiller_load: Floats
    condenser_c: Floats
    pump_w: Floats
    pump_speed: Floats
    condenser_pump_w: Floats
    tower_w: Floats
    tower_speed: Floats
    free_w: Floats
    outdoor_c: Floats
    wet_bulb_c: Floats
    dew_point_c: Floats
    inlet_c: Floats
    inlet_high_c: Floats
    outlet_c: Floats
    rack_w: Floats
    zones: int = 1
    missing: tuple[str, ...] = ()
    accuracy: dict[str, float] = {}

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.time_ns)

    def rows(self, chosen: slice | np.ndarray[tuple[int], np.dtype[np.intp]]) -> PlantFrame:
        """Return some of the rows."""
        cut = {
            name: value[chosen]
            for name in self.__struct_fields__
            if isinstance(value := getattr(self, name), np.ndarray)
        }
        return msgspec.structs.replace(self, **cut)

    def at_most(self, count: int) -> PlantFrame:
        """Return at most about so many rows, evenly spread, for a replay that need not see each."""
        every = -(-len(self) // max(count, 1))
        # A stride that is no divisor of a day, so that all hours are met.
        return self if every <= 1 else self.rows(np.arange(0, len(self), every | 1))


def blank(
    time_ns: np.ndarray[tuple[int], np.dtype[np.int64]],
    step_ns: int,
    *,
    units: tuple[str, ...] = (),
    racks: tuple[str, ...] = (),
    ups: tuple[str, ...] = (),
    chillers: tuple[str, ...] = (),
) -> PlantFrame:
    """Return a frame in which nothing is known."""
    width = dict.fromkeys(("ups_in_w", "ups_out_w"), len(ups))
    width |= dict.fromkeys(UNIT_COLUMNS, len(units)) | dict.fromkeys(RACK_COLUMNS, len(racks))
    width |= dict.fromkeys(CHILLER_COLUMNS, len(chillers))
    columns: dict[str, Floats] = {
        name: np.full((len(time_ns), width[name]) if name in width else len(time_ns), np.nan) for name in COLUMNS
    }
    return PlantFrame(
        step_ns=step_ns,
        time_ns=time_ns,
        units=units,
        racks=racks,
        ups=ups,
        chillers=chillers,
        ups_rated_w=tuple(np.nan for _ in ups),
        zones=1,
        missing=COLUMNS,
        accuracy={},
        **columns,
    )


UNIT_COLUMNS = ("fan_w", "humidifier_w", "speed", "supply_c", "supply_set_c", "return_c", "valve", "air_m3_s")
RACK_COLUMNS = ("inlet_c", "inlet_high_c", "outlet_c", "rack_w")
CHILLER_COLUMNS = ("chiller_w", "chiller_heat_w", "chiller_load")
_NO_COLUMNS = {"step_ns", "time_ns", "units", "racks", "ups", "chillers", "ups_rated_w", "zones", "missing", "accuracy"}
COLUMNS = tuple(name for name in PlantFrame.__struct_fields__ if name not in _NO_COLUMNS)
