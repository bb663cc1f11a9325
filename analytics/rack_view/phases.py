"""The phases of the rack PDUs: what each carries, and how much of its breaker that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.overview import Figure
from greendc.model import SeriesKey
from greendc.profiles import profile

if TYPE_CHECKING:
    from analytics.overview.pulse import Pulse
    from greendc.site import Rack, Site

PHASE = "phase/"
QUANTITIES = {"current_a": "A", "voltage_v": "V", "active_power_w": "W", "power_factor_ratio": "1"}


class PhaseLine(msgspec.Struct, frozen=True, kw_only=True):
    """One phase of one PDU. ``load`` is the current over the rating of the breaker (0..1), None without either."""

    device: str
    phase: str
    current: Figure
    voltage: Figure
    power: Figure
    power_factor: Figure
    rated_a: float | None = None
    load: float | None = None


def phases_of(pulse: Pulse, site: Site, rack: Rack) -> list[PhaseLine]:
    """Return the phases of a rack's PDUs, PDU by PDU."""
    found = []
    for device in site.devices:
        if device.rack != rack.name or profile(device.profile).kind != "pdu":
            continue
        parts = sorted({key.part for key in pulse.latest if key.device == device.name and key.part.startswith(PHASE)})
        found += [_line(pulse, site.name, device.name, part, device.rated_a) for part in parts]
    return found


def _line(pulse: Pulse, site: str, device: str, part: str, rated_a: float | None) -> PhaseLine:
    current, voltage, power, factor = (
        pulse.figure(SeriesKey(site, device, part, quantity), unit) for quantity, unit in QUANTITIES.items()
    )
    load = None if rated_a is None or current.value is None else current.value / rated_a
    return PhaseLine(
        device=device,
        phase=part.removeprefix(PHASE).upper(),
        current=current,
        voltage=voltage,
        power=power,
        power_factor=factor,
        rated_a=rated_a,
        load=load,
    )
