"""Loads of UPSs, breakers and racks now, and with one feed lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.alarms.rules.limits import limits
from analytics.overview.figure import Figure, State
from analytics.overview.power import summed
from analytics.power_view.chain import NONE, Feed, RackPower
from greendc.units import W_PER_KW

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from analytics.overview.pulse import Pulse
    from analytics.power_view.tree import PowerTree
    from greendc.model import SeriesKey
    from greendc.site import Site

POWER, CURRENT, LOAD = "active_power_w", "current_a", "load_ratio"
PHASES = 3
SIDES = {"ups": "output/l"}
"""Where the phases of a load stand among a device's parts."""
_PHASE = "phase/l"
LOST_LANE = 2


class Loads:
    """Asks the newest readings for loads; every answer is in the worst state of what it is made of."""

    def __init__(self, pulse: Pulse, site: Site, tree: PowerTree) -> None:
        """Take the newest readings of a site."""
        self._pulse = pulse
        self._tree = tree
        self._rated = {device.name: device.rated_a for device in site.devices}
        self._parts: dict[tuple[str, str], list[SeriesKey]] = {}
        for key in sorted(pulse.latest):
            self._parts.setdefault((key.device, key.quantity), []).append(key)

    def one(self, device: str, quantity: str, unit: str, part: str = "") -> Figure:
        """Return the newest reading of a device's own point."""
        found = [key for key in self._parts.get((device, quantity), ()) if key.part == part]
        return self._pulse.figure(found[0], unit) if found else Figure(unit=unit, reason="not_measured", detail=device)

    def power(self, device: str) -> Figure:
        """Return a device's power [W]: its own, for a UPS the sum of its output phases."""
        if self._tree.families.get(device) != "ups":
            return self.one(device, POWER, "W")
        phases = [self._pulse.figure(key, "W") for key in self._phases(device, POWER)]
        return summed(phases) if phases else self.one(device, POWER, "W", "output")

    def load(self, device: str) -> Figure:
        """Return the greatest load of a phase: of a UPS's rating, else of the breaker before the device."""
        if self._tree.families.get(device) == "ups":
            return _greatest([self._pulse.figure(key, "1") for key in self._phases(device, LOAD)])
        rated = self._rated.get(device)
        if rated is None:
            return Figure(unit="1", reason="no_rating", detail=device)
        return _greatest([self._pulse.figure(key, "1", 1.0 / rated) for key in self._phases(device, CURRENT)])

    def currents(self, device: str) -> dict[str, float]:
        """Return the known current [A] of each phase."""
        found = {key.part: self._pulse.latest[key].value for key in self._phases(device, CURRENT)}
        return {part: value for part, value in found.items() if value is not None}

    def imbalance(self, device: str) -> float | None:
        """Return (greatest - mean) / mean of three phase currents; None where too little flows to tell."""
        currents = list(self.currents(device).values())
        mean = sum(currents) / len(currents) if currents else 0.0
        if len(currents) != PHASES or mean < limits()["phase_imbalance"].mode["least_a"]:
            return None
        return max(currents) / mean - 1.0

    def _phases(self, device: str, quantity: str) -> list[SeriesKey]:
        prefix = SIDES.get(self._tree.families.get(device, ""), _PHASE)
        return [key for key in self._parts.get((device, quantity), ()) if key.part.startswith(prefix)]

    def without(self, ups: Iterable[str]) -> dict[str, tuple[float, str]]:
        """Return for each UPS its load if the worst other one were lost, and which that is.

        What the lost one carried is shared by the others after their ratings, which follow from power and load.
        """
        powers, ratings = {}, {}
        least = limits()["ups_redundancy"].mode["least_load"]
        for name in ups:
            power = self.power(name).value
            loads = [self._pulse.latest[key].value for key in self._phases(name, LOAD)]
            known = [load for load in loads if load is not None]
            load = sum(known) / len(known) if known and len(known) == len(loads) else 0.0
            if power is not None and load >= least:
                powers[name], ratings[name] = power, power / load
        found: dict[str, tuple[float, str]] = {}
        for lost, carried in powers.items():
            left = sum(rating for name, rating in ratings.items() if name != lost)
            for name, own in powers.items():
                if name != lost and left > 0:
                    then = (own + carried * ratings[name] / left) / ratings[name]
                    found[name] = max(found.get(name, (0.0, "")), (then, lost))
        return found

    def rack(self, name: str, pdus: Iterable[str], nominal_kw: float | None) -> RackPower:
        """Return the feeds of a rack, each with the load it would have if another lane failed."""
        lanes = {pdu: self._tree.lane(pdu) or pdu for pdu in pdus}
        feeds = [self._feed(pdu, lanes) for pdu in lanes]
        power = summed([feed.power for feed in feeds])
        share = None if power.value is None or not nominal_kw else power.value / (nominal_kw * W_PER_KW)
        return RackPower(rack=name, feeds=tuple(feeds), power=power, share=share)

    def _feed(self, pdu: str, lanes: Mapping[str, str]) -> Feed:
        then, lost = self._if_lost(pdu, lanes)
        return Feed(
            pdu=pdu,
            lane=lanes[pdu],
            power=self.power(pdu),
            load=self.load(pdu),
            imbalance=self.imbalance(pdu),
            then=then,
            lost=lost,
        )

    def _if_lost(self, pdu: str, lanes: Mapping[str, str]) -> tuple[float | None, str]:
        """Return the greatest load of a PDU's phases if the worst other lane of its rack were lost."""
        rated, own = self._rated.get(pdu), self.currents(pdu)
        worst: tuple[float, str] | None = None
        for lane in set(lanes.values()) - {lanes[pdu]}:
            failed = [self.currents(one) for one, its in lanes.items() if its == lane]
            left = sum(its != lane for its in lanes.values())
            if rated is None or not own or not all(failed):
                continue
            sums = [amps + sum(other.get(part, 0.0) for other in failed) / left for part, amps in own.items()]
            worst = max(worst or (0.0, ""), (max(sums) / rated, lane))
        return worst if worst is not None else (None, "")


def together(figures: list[Figure]) -> Figure:
    """Return the sum of like devices' figures in the worst of their states."""
    return figures[0] if len(figures) == 1 else summed(figures)


def _greatest(figures: list[Figure]) -> Figure:
    known = [figure for figure in figures if figure.value is not None]
    if not known:
        return figures[0] if figures else NONE
    top = max(known, key=lambda figure: figure.value or 0.0)
    worst = next((one for one in figures if one.state is not State.FRESH), top)
    return msgspec.structs.replace(top, state=worst.state, reason=worst.reason, detail=worst.detail)


def greatest(figures: list[Figure]) -> Figure:
    """Return the greatest figure in the first state that is not fresh; what is not known stays behind what is."""
    return _greatest(figures)
