"""The rooms: racks and zones together, step by step, and what they show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from greendc.physics import moist_air
from greendc.physics.air import AIR_HEAT_CAPACITY
from greendc.physics.coil import WATER_HEAT_CAPACITY
from simulators.plant.racks import Racks
from simulators.plant.zone import Zone

if TYPE_CHECKING:
    from collections.abc import Callable

    from greendc.physics.kinds import FloatArray
    from simulators.plant.levers import Levers
    from simulators.plant.parameters import PlantParameters
    from simulators.plant.saturation import Saturation
    from simulators.plant.zone import Outside

_ZONE_COLUMNS = (
    "supply_c",
    "mean_c",
    "ratio",
    "bypass_ratio",
    "recirculation_ratio",
    "damper",
    "gains_w",
    "envelope_w",
    "stored_w",
    "removed_w",
    "latent_w",
    "outdoor_w",
    "air_kg_s",
    "steam_kg_s",
)
_UNIT_COLUMNS = ("supply_c", "speed", "fan_w", "valve", "air_kg_s", "humidifier_kg_s", "wet_kg_s")
_WATER_DENSITY = 999.0


class AirSide:
    """Racks and zones. `begin`, then `step` and `keep` for each step, then `publish`."""

    def __init__(self, parameters: PlantParameters, seed: int, density: float, saturation: Saturation) -> None:
        """Build the racks of a seed and the zones around them."""
        self.p = parameters
        self._density = density
        self._saturation = saturation
        supply_c = parameters.setpoints.supply_c
        self.racks = Racks(parameters, seed, density)
        self.zones = [Zone(i, parameters.air, supply_c, density, saturation) for i in range(parameters.air.zones)]
        units = parameters.air.zones * parameters.air.units_per_zone
        offsets = np.random.default_rng((seed, 5)).uniform(-0.5, 0.5, (parameters.air.zones, units // len(self.zones)))
        self._return_offset_k = (offsets - offsets.mean(axis=1, keepdims=True)).ravel()

    def begin(self, steps: int, busy: FloatArray, levers: Levers) -> None:
        """Take over where the levers stand, for ``steps`` steps of utilisation."""
        self.racks.begin(steps, busy, levers)
        for zone in self.zones:
            zone.begin(levers)
        self._zone_rows: list[tuple[float, ...]] = []
        self._unit_rows: list[tuple[float, ...]] = []
        self._filters = np.array(levers.air.filter_resistance)
        self._set_c = np.array(levers.operator.supply_set_c)

    def mixed_c(self) -> list[float]:
        """Return the air before the racks of each zone."""
        return [zone.mixed_c for zone in self.zones]

    def step(
        self,
        i: int,
        outside: Outside,
        gains_w: list[float],
        water_c: float,
        step: tuple[float, float, float],
        *,
        powered: bool,
    ) -> tuple[float, float]:
        """Carry the zones' gains [W] into the coils; return their heat [W] and water [kg/s]."""
        racks = self.racks
        load_w = water = 0.0
        dry_c, ratio = outside.dry_c[i], outside.ratio[i]
        for zone, gain, flow, need in zip(self.zones, gains_w, racks.flow_kg_s, racks.need_kg_s, strict=True):
            zone.move_air(flow, need, step[1], powered=powered)
            zone.cool(step[:2], water_c, outside, i)
            zone.warm(gain, dry_c, step[1])
            zone.moisten(ratio, step[2])
            load_w += zone.heat_w(dry_c)
            water += zone.water_kg_s()
        return load_w, water

    def fans_w(self) -> float:
        """Return the power [W] of all fans in this step."""
        return sum(zone.fans_w for zone in self.zones)

    def keep(self) -> None:
        """Put what the step came to among the rows."""
        zones = self.zones
        for z in zones:
            self._zone_rows.append((
                z.supply_c, z.mean_c, z.ratio, z.bypass_ratio, z.recirculation_ratio, z.damper, z.gains_w,
                z.envelope_w, z.stored_w, z.removed_w, z.latent_w, z.outdoor_w, z.air_kg_s, z.steam_kg_s,
            ))  # fmt: skip
        self._unit_rows.extend(
            [
                (u.supply_c, u.speed, u.fan_w, u.valve, u.air_kg_s, u.humidifier_kg_s, u.wet_kg_s)
                for z in zones
                for u in z.units
            ]
        )

    def publish(self, put: Callable[[str, FloatArray], None], dry_c: FloatArray, water_c: FloatArray) -> FloatArray:
        """Publish racks, zones and units since `begin`; return the power [W] of fans and humidifiers.

        ``dry_c`` is outdoor air, ``water_c`` the chilled water at each step.
        """
        zones = np.array(self._zone_rows).reshape(-1, len(self.zones), len(_ZONE_COLUMNS))
        column = {name: zones[:, :, i] for i, name in enumerate(_ZONE_COLUMNS)}
        dew_c = self._saturation.dew_points(column["ratio"])
        put("zone.supply_c", column["supply_c"])
        put("zone.return_c", column["mean_c"])
        put("zone.dew_point_c", dew_c)
        for name in ("bypass_ratio", "recirculation_ratio", "gains_w", "envelope_w", "stored_w", "removed_w"):
            put(f"zone.{name}", column[name])
        put("zone.latent_w", column["latent_w"])
        put("zone.outdoor_w", column["outdoor_w"])
        put("economiser.air_ratio", column["damper"].mean(axis=1))
        put("economiser.air_heat_w", np.maximum(-column["outdoor_w"], 0.0).sum(axis=1))
        put("humidifier.water_m3_s", column["steam_kg_s"].sum(axis=1) / _WATER_DENSITY)
        room_dew_c = dew_c.mean(axis=1)
        put("room.dew_point_c", room_dew_c)
        put("room.return_humidity", moist_air.relative_humidity(column["mean_c"].mean(axis=1), room_dew_c))
        self._publish_racks(put, dew_c)
        return self._publish_units(put, column, dry_c, water_c)

    def _publish_racks(self, put: Callable[[str, FloatArray], None], dew_c: FloatArray) -> None:
        inlets = self.racks.inlets
        put("rack.inlet_c", inlets.transpose(0, 2, 1))
        put("rack.outlet_c", inlets.mean(axis=1) + self.racks.rise_k)
        put("rack.humidity", moist_air.relative_humidity(inlets[:, 1], dew_c[:, self.racks.zone_of]))
        put("server.utilisation", self.racks.busy)

    def _publish_units(
        self,
        put: Callable[[str, FloatArray], None],
        zone: dict[str, FloatArray],
        dry_c: FloatArray,
        water_c: FloatArray,
    ) -> FloatArray:
        p = self.p.air
        units = np.array(self._unit_rows).reshape(len(dry_c), -1, len(_UNIT_COLUMNS))
        unit = {name: units[:, :, i] for i, name in enumerate(_UNIT_COLUMNS)}
        mean_c = np.repeat(zone["mean_c"], p.units_per_zone, axis=1)
        damper = np.repeat(zone["damper"], p.units_per_zone, axis=1)
        enters_c = mean_c + damper * (dry_c[:, None] - mean_c)
        wet = unit["wet_kg_s"].reshape(len(dry_c), p.zones, -1)
        share = wet / np.maximum(wet.sum(axis=2, keepdims=True), 1e-12)
        latent_w = (share * zone["latent_w"][:, :, None]).reshape(enters_c.shape)
        cooling = unit["air_kg_s"] * AIR_HEAT_CAPACITY * (enters_c - unit["supply_c"]) + unit["fan_w"] + latent_w
        humidifier_w = unit["humidifier_kg_s"] * p.humidifier_j_per_kg
        power_w: FloatArray = unit["fan_w"] + humidifier_w
        moving = unit["air_kg_s"] > 0
        warmer_k = cooling / (unit["valve"] * p.water_kg_s * WATER_HEAT_CAPACITY)
        relative = unit["air_kg_s"] / (p.flow_m3_s * self._density)
        put("crah.supply_c", unit["supply_c"])
        put("crah.set_c", np.broadcast_to(self._set_c, enters_c.shape))
        put("crah.return_c", mean_c + self._return_offset_k)
        put("crah.speed", unit["speed"])
        put("crah.power_w", power_w)
        put("crah.fan_w", unit["fan_w"])
        put("crah.humidifier_w", humidifier_w)
        put("crah.cooling_w", cooling)
        put("crah.valve", np.where(moving, unit["valve"], 0.0))
        put("crah.airflow_m3_s", unit["air_kg_s"] / self._density)
        put("crah.filter_pa", p.filter_pa * self._filters * relative**2)
        put("crah.on", moving.astype(np.float64))
        put("crah.water_in_c", np.broadcast_to(water_c[:, None], enters_c.shape))
        put("crah.water_out_c", water_c[:, None] + np.where(moving, warmer_k, 0.0))
        put("crah.air_density", np.broadcast_to(self._density, len(dry_c)))
        put("humidifier.power_w", humidifier_w.sum(axis=1))
        total: FloatArray = power_w.sum(axis=1)
        return total
