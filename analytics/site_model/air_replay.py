"""The air of a replay: inlets, servers, and the fans that follow them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.counters import Floats
from analytics.site_model.air import fans_alone, mean_of, typical_of
from analytics.site_model.servers import Warming

if TYPE_CHECKING:
    from analytics.site_model.air import Air
    from analytics.site_model.change import Change
    from analytics.site_model.drive import Drive
    from analytics.site_model.parameter import Draws
    from analytics.site_model.plant_frame import PlantFrame
    from analytics.site_model.servers import Servers

ROUNDS = 3
LEAST_SPEED = 0.05


class AirThen(msgspec.Struct, frozen=True, kw_only=True):
    """Arrays [draws x rows]: watts, kelvins that inlets are warmer by, and ratios to now.

    ``supply_k`` is how far the supply air moves, ``envelope_w`` the heat that comes in more through walls.
    ``air_ratio`` is the flow of a running unit, ``rise_ratio`` the rooms' rise, return over supply.
    """

    it_w: Floats
    fans_w: Floats
    fans_then_w: Floats
    it_ratio: Floats
    warmer_k: Floats
    air_ratio: Floats
    rise_ratio: Floats
    supply_k: Floats
    envelope_w: Floats


class AirRun:
    """The rooms of a frame as they are, ready for changes."""

    def __init__(self, air: Air, servers: Servers, fans: Drive, frame: PlantFrame, draws: Draws) -> None:
        """Take the parts and the rows."""
        self._air, self._fans, self._frame, self._draws = air, fans, frame, draws
        supply, back = mean_of(frame.supply_c), mean_of(frame.return_c)
        rise = back - supply
        typical = float(np.nanmedian(rise)) if np.isfinite(rise).any() else 10.0
        self._rise_k = np.where(np.isfinite(rise), rise, typical)
        self._warming = Warming(servers, frame.inlet_c, frame.rack_w, draws)
        speed = mean_of(np.where(frame.speed > LEAST_SPEED, frame.speed, np.nan)) if frame.units else supply
        usual = float(np.nanmedian(speed)) if np.isfinite(speed).any() else 0.7
        self._speed = np.where(np.isfinite(speed), speed, usual)
        fan_w = mean_of(fans_alone(frame)) * len(frame.units) if frame.units else np.zeros(len(frame))
        self._fans_w = np.nan_to_num(fan_w)

    def then(self, change: Change) -> AirThen:
        """Return the rooms under a change: inlets, servers and fans hang together and are gone round a few times."""
        air, draws = self._air, self._draws
        count = max(len(self._frame.units), 1)
        left = max(count - len(set(change.units_off) & set(self._frame.units)), 1)
        follows, margin = air.follows.draw(draws), air.margin.draw(draws)
        spill, inlet = air.spill.draw(draws), air.inlet.draw(draws)
        mixed_now = np.maximum(1.0 - margin, spill)
        least = min(float(self._speed.min()), 1.0)
        gives_way, through = air.supply_on_rise.draw(draws), air.envelope.draw(draws)
        supply = np.broadcast_to(np.full((1, 1), change.supply_k), (draws.count, len(self._frame)))
        warmer = supply * inlet
        it = need = flow = speed = np.ones((1, 1))
        for _ in range(ROUNDS):
            it = change.it_ratio * self._warming.power_ratio(warmer)
            # Servers that are switched off blow no air either.
            need = change.it_ratio * self._warming.flow_ratio(warmer)
            asked = self._speed * change.fan_ratio * (need * count / left) ** follows
            speed = np.clip(asked, min(least * change.fan_ratio, 1.0), 1.0)
            flow = speed / self._speed * left / count
            mixed = np.maximum(1.0 - margin * flow / need, spill)
            supply = change.supply_k + gives_way * self._rise_k * (it / flow - 1.0)
            warmer = supply * inlet + self._rise_k * (mixed * it / flow - mixed_now)
        fans_then = self._fans_w * self._fans.ratio(speed, self._speed, draws) * left / count
        return AirThen(
            it_w=self._frame.it_w[None, :],
            fans_w=self._fans_w[None, :],
            fans_then_w=fans_then,
            it_ratio=it,
            warmer_k=warmer,
            air_ratio=flow * count / left,
            rise_ratio=it / flow,
            supply_k=supply,
            envelope_w=-through * typical_of(self._frame.it_w, 0.0) * (supply + self._rise_k * (it / flow - 1.0)),
        )
