"""The plant room of a replay: coils, pumps, free cooling, chillers and tower."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.site_model.air import STANDS, mean_of
from analytics.site_model.chillers import RUNNING
from analytics.site_model.coil import CoilState
from analytics.site_model.free_cooling import FULL, USED, WHOLE, cold_factor, entering_c, served_w, stream_w_per_k
from greendc.physics.coil import effectiveness

if TYPE_CHECKING:
    from analytics.counters import Floats
    from analytics.site_model.air_replay import AirThen
    from analytics.site_model.change import Change
    from analytics.site_model.parameter import Draws
    from analytics.site_model.plant_frame import PlantFrame
    from analytics.site_model.replay import Parts

PLATEAU = 0.1
"""A pump that stands at its lowest speed for this share of the time is held there."""
_AT_LEAST = 1.015
_LEAST_STREAM = 50.0
_HELD_K = 1.0


class WaterRun:
    """The plant room of a frame as it is, ready for changes. ``now`` is its power [W] by part."""

    def __init__(self, parts: Parts, frame: PlantFrame, draws: Draws) -> None:
        """Take the parts and the rows; gaps in drivers are filled by what is usual."""
        self._parts, self._frame, self._draws = parts, frame, draws
        zero = np.zeros((1, len(frame)))
        self._compressor = parts.chillers is None
        chillers = self._compressor_w() if self._compressor else _total(frame.chiller_w)[None, :]
        self.now: dict[str, Floats] = {
            "chillers": chillers,
            "pumps": np.nan_to_num(frame.pump_w)[None, :] if parts.pumps else zero,
            "condenser_pumps": np.nan_to_num(frame.condenser_pump_w)[None, :],
            "tower": np.nan_to_num(frame.tower_w)[None, :] if parts.tower else zero,
        }
        self.valve = np.full(len(frame), np.nan)
        if self._compressor:
            return
        self._heat = np.maximum(_usual(frame.heat_w, _usual(frame.it_w, 0.0)), 1.0)
        self._chilled = _usual(frame.chilled_supply_c, 10.0)
        self._stream = np.maximum(_usual(stream_w_per_k(frame), float(self._heat.mean()) / 6.0), _LEAST_STREAM)
        self._back = _usual(frame.chilled_return_c, self._chilled + self._heat / self._stream)
        self._wet = _usual(frame.wet_bulb_c, _usual(frame.outdoor_c, 15.0) - 4.0)
        self._cold = cold_factor(self._wet)
        self._condenser = _usual(frame.condenser_c, self._wet + 4.0)
        self._free = np.clip(_usual(frame.free_w, 0.0), 0.0, self._heat) if parts.free_cooling else 0.0 * self._heat
        self._served = np.maximum(_usual(served_w(frame), self._heat), 1.0)
        self._enters = _usual(entering_c(frame), self._back)
        self._free = np.minimum(self._free, self._served)
        self._chiller_heat = np.maximum(_usual(_total(frame.chiller_heat_w), self._heat - self._free), 0.0)

    def then(self, change: Change, air: AirThen, extra_w: Floats) -> dict[str, Floats]:
        """Return the plant room's power [W] by part under a change; ``extra_w`` is the heat that rooms give more."""
        if self._compressor:
            return self.now | {"chillers": self._compressor_then(change, extra_w)}
        heat = np.maximum(self._heat + extra_w, 1.0)
        chilled = self._chilled + change.chilled_k
        stream, pumps = self._pump(air, heat, chilled)
        # By its difference, so that what is metered stands for now.
        back = self._back + (chilled + heat / stream) - (self._chilled + self._heat / self._stream)
        served, enters = np.maximum(self._served + heat - self._heat, 1.0), self._enters + back - self._back
        free = self._free_then(change, served, enters, stream)
        chiller_heat = np.maximum(self._chiller_heat + (heat - self._heat) - (free - self._free), 0.0)
        condenser, tower = self._reject(change, served, free, enters - served / np.maximum(self._reach(stream), 1.0))
        return {
            "chillers": self._chill(change, chiller_heat, chilled, condenser),
            "pumps": pumps,
            "condenser_pumps": self.now["condenser_pumps"] * self._staged(change),
            "tower": tower,
        }

    def _pump(self, air: AirThen, heat: Floats, chilled: Floats) -> tuple[Floats, Floats]:
        """Return the chilled water's stream [W/K] and the pumps' power [W]."""
        parts, frame, draws = self._parts, self._frame, self._draws
        supply = _usual(mean_of(frame.supply_c), 18.0)
        warm = np.maximum(_usual(mean_of(frame.return_c), supply + 10.0), supply + 1.0)
        valve, reaches, held = self._demand()
        own = self._stream * reaches
        now = CoilState(self._heat, warm, supply, self._chilled, own)
        cold = supply + air.supply_k
        then = CoilState(heat, cold + (warm - supply) * air.rise_ratio, cold, chilled, own)
        ratio = parts.coil.water_ratio(now, then, air.air_ratio, draws)
        still = parts.coil.water_ratio(now, now, np.ones((1, 1)), draws)
        ratio = ratio / still
        self.valve = valve * ratio.mean(axis=0)
        speed = _usual(frame.pump_speed, 0.7)
        if parts.pumps is None or not _varies(frame.pump_speed):
            return np.broadcast_to(self._stream, ratio.shape), np.broadcast_to(self.now["pumps"], ratio.shape)
        wanted = speed * reaches * ratio
        fast = np.clip(wanted, held, 1.0) if held > 0.0 else np.clip(wanted, 0.1, 1.0)
        fast = np.where(np.abs(ratio - 1.0) < 1e-6, speed, fast)  # noqa: PLR2004 (nothing changed)
        power = self.now["pumps"] * parts.pumps.ratio(fast, speed, draws)
        return self._stream * fast / speed, power

    def _demand(self) -> tuple[Floats, Floats, float]:
        """Return the valves' opening, the share of the water that coils ask for, and the speed pumps are held at."""
        frame = self._frame
        opening = mean_of(frame.valve) if frame.units else np.full(len(frame), np.nan)
        speed = frame.pump_speed
        ones = np.ones(len(frame))
        highest = np.where(np.isfinite(frame.valve), frame.valve, -np.inf).max(axis=1) if frame.units else ones
        highest = np.where(np.isfinite(highest), highest, np.nan)
        known = np.isfinite(speed) & np.isfinite(opening) & (speed > 0)
        if not known.any():
            return highest, ones, 0.0
        least = float(np.quantile(speed[known], 0.01))
        above = known & (speed > _AT_LEAST * least)
        if float((known & ~above).sum()) < PLATEAU * known.sum():
            return highest, ones, 0.0
        # Above the plateau the pumps give what valves ask for, which tells what they ask for below it.
        per_opening = float(np.median(speed[above] / opening[above])) if above.any() else least / _largest(opening)
        asked = np.where(known, opening * per_opening / np.maximum(speed, 1e-6), 1.0)
        return highest, np.where(above, 1.0, np.clip(asked, 0.2, 1.0)), least

    def _reach(self, stream: Floats) -> Floats:
        """Return the heat [W/K] that the economiser's exchanger moves."""
        free = self._parts.free_cooling
        if free is None:
            return stream
        # An exchanger of a given size does better with slow water: its heat rises less than the flow.
        units = -np.log1p(-free.effect.draw(self._draws))
        return np.asarray(stream * effectiveness(units * self._stream / stream), dtype=np.float64)

    def _free_then(self, change: Change, heat: Floats, back: Floats, stream: Floats) -> Floats:
        """Return the heat [W] that free cooling takes then."""
        law, draws = self._parts.free_cooling, self._draws
        if law is None or change.economiser is False:
            return np.zeros_like(heat)
        approach, threshold = law.approach.draw(draws) * self._cold, law.head.draw(draws)
        head, head_now = back - self._wet, self._enters - self._wet
        most = self._reach(stream) * (head - approach)
        most_now = self._reach(np.broadcast_to(self._stream, stream.shape)) * (head_now - approach)
        on_now = self._free > USED * self._served
        whole = self._free >= WHOLE * self._served
        # What was metered stands for what the law would give now; the law tells the difference.
        spare = np.where(whole, np.maximum(self._served - most_now, 0.0), self._free - most_now)
        kept = np.where((head >= threshold) | (head >= head_now - 1e-6), np.clip(most + spare, 0.0, heat), 0.0)
        begun = (head > threshold) & (head > head_now + 1e-6) & (not law.idle)
        if change.economiser:
            begun = head > law.useful.draw(draws)
        return np.where(on_now, kept, np.where(begun, np.clip(most, 0.0, heat), 0.0))

    def _reject(self, change: Change, heat: Floats, free: Floats, exchange_c: Floats) -> tuple[Floats, Floats]:
        """Return the water [degC] that enters condensers, and the tower's power [W].

        ``exchange_c`` is the tower's water that free cooling needs to take all of the heat.
        """
        law, draws = self._parts.tower, self._draws
        condenser = self._condenser[None, :]
        if law is None:
            moved_k = change.condenser_k if change.condenser_c is None else change.condenser_c - condenser
            return condenser + moved_k, self.now["tower"]
        speed = np.clip(_usual(self._frame.tower_speed, 1.0), 0.05, 1.0)
        full = self._full_approach(speed)
        set_c = law.set_c.draw(draws)
        # A fan at full speed does not reach its set-point, which is then taken from other times.
        beyond = (speed >= FULL) | (self._free > USED * self._served)
        wanted_now = np.where(beyond, np.minimum(set_c, condenser), condenser)
        driven = self._driven(speed)
        now = self._tower_speed(full, self._served, self._free, wanted_now, self._exchange_now())
        now = np.where(driven, 1.0, now)
        full = full * heat / self._served
        wanted = wanted_now + change.condenser_k if change.condenser_c is None else np.full((1, 1), change.condenser_c)
        moved_k = wanted - wanted_now
        then = self._tower_speed(full, heat, free, wanted, exchange_c)
        then = np.where(np.logical_and(driven, free <= USED * heat), 1.0, then)
        # What was metered stands for what the law would give now; the law tells the difference.
        fast = np.clip(speed * then / now, law.least, 1.0)
        fast = np.where(np.abs(then / now - 1.0) < 1e-9, speed, fast)  # noqa: PLR2004 (nothing changed)
        runs = speed > law.drive.stands
        power = np.where(runs, self.now["tower"] * law.drive.ratio(fast, speed, draws), self.now["tower"])
        some = free > USED * heat
        # Free cooling wants its water colder than chillers may get: a valve holds theirs at its set-point.
        held = np.maximum(condenser + moved_k, np.minimum(condenser, self._wet + full))
        entering = np.where(some, np.maximum(condenser, set_c + moved_k), np.maximum(wanted, self._wet + full))
        return np.where(some & (self._free > USED * self._served), held, entering), power

    def _exchange_now(self) -> Floats:
        return self._enters - self._served / np.maximum(self._reach(self._stream[None, :]), 1.0)

    def _driven(self, speed: Floats) -> Floats:
        """Return where the fan runs for an economiser that takes nothing: at full speed, chillers' water held above."""
        free = self._parts.free_cooling
        if free is None:
            return np.zeros((1, len(speed)), dtype=np.bool_)
        near = free.approach.draw(self._draws) * self._cold + 2.0 * _HELD_K
        off = self._free <= USED * self._served
        return np.logical_and(off, np.logical_and(speed >= FULL, self._condenser - self._wet > near))

    def _full_approach(self, speed: Floats) -> Floats:
        """Return how near [K] the tower would come with its fan at full speed, from what it does now."""
        law, draws = self._parts.tower, self._draws
        assert law is not None  # noqa: S101 (asked for only where there is a tower)
        whole, some = self._free >= WHOLE * self._served, self._free > USED * self._served
        seen_c = np.where(whole, self._exchange_now(), self._condenser)
        full = law.full_approach_k(np.maximum(seen_c - self._wet, 0.3), speed, draws)
        if self._parts.free_cooling is not None:
            approach = self._parts.free_cooling.approach.draw(draws) * self._cold
            full = np.where(some & ~whole, np.maximum(approach, 0.3), full)
            # Behind a fan at full speed water that is warmer still is held by a valve.
            full = np.where(~some & (speed >= FULL), np.minimum(full, approach + _HELD_K), full)
        return full

    def _tower_speed(self, full: Floats, heat: Floats, free: Floats, wanted: Floats, exchange_c: Floats) -> Floats:
        """Return the fan's speed: as cold as it can where free cooling takes a part, else as cold as is wanted."""
        law = self._parts.tower
        assert law is not None  # noqa: S101 (asked for only where there is a tower)
        aim = np.where(free >= WHOLE * heat, exchange_c, np.where(free > USED * heat, self._wet, wanted))
        return law.speed_for(full, aim - self._wet, self._draws)

    def _chill(self, change: Change, heat: Floats, chilled: Floats, condenser: Floats) -> Floats:
        """Return the chillers' power [W]."""
        law, draws, frame = self._parts.chillers, self._draws, self._frame
        assert law is not None  # noqa: S101 (asked for only where there are chillers)
        on = np.maximum((frame.chiller_heat_w > RUNNING * law.capacity_w).sum(axis=1), 1)
        load_now = self._chiller_heat / on / law.capacity_w
        load = heat / self._running(change, heat, on) / law.capacity_w
        ratio = law.input_ratio(chilled, condenser, load, draws)
        ratio_now = law.input_ratio(self._chilled, self._condenser, load_now, draws)
        running = self._chiller_heat > RUNNING * law.capacity_w
        metered = self.now["chillers"] / np.maximum(self._chiller_heat, 1.0) * ratio / ratio_now
        return heat * np.where(running, metered, ratio)

    def _staged(self, change: Change) -> Floats:
        """Return condenser pumps then over now: one for each machine."""
        law = self._parts.chillers
        if change.chillers_on is None or law is None:
            return np.ones((1, 1))
        on = (self._frame.chiller_heat_w > RUNNING * law.capacity_w).sum(axis=1)
        pump_w = self.now["condenser_pumps"][0]
        told = (on > 0) & (pump_w > 0)
        each_w = float(np.median(pump_w[told] / on[told])) if told.any() else np.inf
        # Where machines rest, their pumps may run all the same.
        pumps = np.where(on > 0, on, np.round(pump_w / each_w))
        then = np.where(on > 0, self._running(change, self._chiller_heat, on), np.minimum(pumps, change.chillers_on))
        return np.where(pumps > 0, then / np.maximum(pumps, 1), 1.0)[None, :]

    def _running(self, change: Change, heat: Floats, on: Floats) -> Floats:
        """Return how many machines run then: as many as are asked for, and more where so many cannot carry it."""
        law = self._parts.chillers
        assert law is not None  # noqa: S101 (asked for only where there are chillers)
        asked = on if change.chillers_on is None else np.full(len(on), min(change.chillers_on, law.count))
        return np.asarray(np.maximum(asked, np.ceil(heat / law.capacity_w)), dtype=np.float64)

    def _compressor_w(self) -> Floats:
        """Return the power [W] of machines that cool the air themselves: cooling less fans, or a share of it."""
        frame = self._frame
        metered = np.isfinite(frame.fan_w).any()
        if not np.isfinite(frame.cooling_w).any():
            return np.zeros((1, len(frame)))
        if metered:
            fans = mean_of(frame.fan_w) * len(frame.units)
            rest = frame.cooling_w - np.nan_to_num(fans)
            for other in (frame.pump_w, frame.condenser_pump_w, frame.tower_w):
                rest = rest - np.nan_to_num(other)
            return np.maximum(rest, 0.0)[None, :]
        return frame.cooling_w * self._parts.compressor_share.draw(self._draws)

    def _compressor_then(self, change: Change, extra_w: Floats) -> Floats:
        """Return their power [W]: with the heat, and less by a share for each kelvin of warmer air or water."""
        parts, draws = self._parts, self._draws
        known = np.isfinite(self._frame.chilled_supply_c).any()
        kelvin = np.asarray(change.chilled_k, dtype=np.float64)
        if not known:
            kelvin = kelvin + change.supply_k * parts.supply_to_chilled.draw(draws)
        heat = np.maximum(_usual(self._frame.heat_w, _usual(self._frame.it_w, 1.0)), 1.0)
        cooler = (1.0 - parts.compressor.draw(draws)) ** kelvin
        lift = (1.0 + parts.compressor_condenser.draw(draws)) ** change.condenser_k
        return self.now["chillers"] * (1.0 + extra_w / heat) * cooler * lift


def _total(values: Floats) -> Floats:
    """Return the sum over machines, NaN in rows of which none is known."""
    known = np.isfinite(values)
    return np.where(known.any(axis=1), np.where(known, values, 0.0).sum(axis=1), np.nan)


def _usual(values: Floats, instead: float | Floats) -> Floats:
    """Return values with gaps filled by their median, or by ``instead`` where none is known."""
    known = np.isfinite(values)
    if not known.any():
        return np.broadcast_to(np.asarray(instead, dtype=np.float64), values.shape)
    return np.where(known, values, float(np.median(values[known])))


def _varies(speed: Floats) -> bool:
    known = speed[np.isfinite(speed)]
    return len(known) > 1 and float(known.std()) > STANDS * float(known.mean())


def _largest(values: Floats) -> float:
    return max(float(np.nanmax(values)), 1e-3)
