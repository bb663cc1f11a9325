"""The devices of a small site, each with what it says: what a site without meters has to show first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.overview.figure import DeviceCell, Fact, State
from greendc.quantities import Kind, quantity

if TYPE_CHECKING:
    from analytics.overview.pulse import Pulse
    from greendc.model import Reading, SeriesKey
    from greendc.site import Site

MOST_DEVICES = 12
"""A site with more devices than this is looked at as a whole; the tiles name those that are away."""
FACTS_SHOWN = 4


def device_cells(pulse: Pulse, site: Site, away: list[str]) -> list[DeviceCell]:
    """Return the devices that the centre reads, those that are away first; none for a larger site."""
    if len(site.devices) > MOST_DEVICES:
        return []
    said: dict[str, dict[SeriesKey, Reading]] = {device.name: {} for device in site.devices}
    for key, reading in pulse.latest.items():
        if key.device in said:
            said[key.device][key] = reading
    cells = [_cell(pulse, name, known, is_away=name in away) for name, known in said.items()]
    return sorted(cells, key=lambda cell: cell.state is State.FRESH)


def _cell(pulse: Pulse, name: str, known: dict[SeriesKey, Reading], *, is_away: bool) -> DeviceCell:
    state = State.MISSING if not known else State.STALE if is_away else State.FRESH
    return DeviceCell(
        name=name,
        state=state,
        last_seen_ns=max((reading.time_ns for reading in known.values()), default=0),
        points=len(known),
        fresh=sum(reading.value is not None and pulse.is_fresh(reading) for reading in known.values()),
        facts=_facts(pulse, known),
    )


def _facts(pulse: Pulse, known: dict[SeriesKey, Reading]) -> list[Fact]:
    """Return one measured value of each of the first quantities; the device as a whole goes before its parts."""
    measured = [key for key, r in known.items() if r.value is not None and quantity(r.quantity).kind is Kind.GAUGE]
    first: dict[str, SeriesKey] = {}
    for key in sorted(measured, key=lambda key: (key.part != "", key.part, key.quantity)):
        first.setdefault(key.quantity, key)
    return [
        Fact(quantity=key.quantity, part=key.part, figure=pulse.figure(key, quantity(key.quantity).unit))
        for key in list(first.values())[:FACTS_SHOWN]
    ]
