"""A battery between the meters: what it holds back is not used yet, what it gives back was bought earlier.

Only a storage's losses belong into the energy of a centre (EN 50600-4-2 counts what is used within the boundary). Over
a long period they appear by themselves, because more is taken than is given. Over an hour the change of what the cells
hold must be taken out, or a charging battery reads as a bad PUE and a discharging one as a splendid PUE.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from analytics.points import BRACKET_NS
from greendc.model import SeriesKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.contracts import History
    from greendc.site import Meter, Site

TAKEN = {"active_energy_j": "exported_energy_j", "discharged_energy_j": "charged_energy_j"}
"""The register of what a storage takes, by that of what it gives: its meter counts like a generator's."""
USUAL_EFFICIENCY = 0.9
"""There and back, until a storage's own registers tell."""
PLAUSIBLE = (0.5, 1.0)
LEAST_J = 3.6e9
"""Registers tell the efficiency once a MWh has gone in."""


def flows(history: History, site: Site, meters: Sequence[Meter], end_ns: int) -> list[Meter]:
    """Return each storage meter as two meters whose sum is the energy that its cells gave.

    With eta the efficiency there and back, half of the losses fall on each way: given / sqrt(eta) - taken sqrt(eta).
    The registers tell eta by what they show at ``end_ns``, so that a figure is the same whenever it is computed.
    """
    found = []
    for meter in meters:
        given, taken = _keys(site, meter)
        spans = [history.counter(key, end_ns - BRACKET_NS, end_ns) for key in (given, taken)]
        root = math.sqrt(_efficiency(*(None if span is None else span.last for span in spans)))
        # Power goes both ways and cannot stand in for a register of one of them.
        found.append(msgspec.structs.replace(meter, power="", factor=meter.factor / root))
        found.append(msgspec.structs.replace(meter, energy=taken.quantity, power="", factor=-meter.factor * root))
    return found


def _keys(site: Site, meter: Meter) -> tuple[SeriesKey, SeriesKey]:
    taken = TAKEN.get(meter.energy, meter.energy)
    return (
        SeriesKey(site.name, meter.device, meter.part, meter.energy),
        SeriesKey(site.name, meter.device, meter.part, taken),
    )


def _efficiency(given_j: float | None, taken_j: float | None) -> float:
    if given_j is None or taken_j is None or taken_j < LEAST_J:
        return USUAL_EFFICIENCY
    low, high = PLAUSIBLE
    return min(high, max(low, given_j / taken_j))
