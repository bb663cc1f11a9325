"""What every meter counted, step by step of a period, and in which steps that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from analytics.counters import Floats, Times
from analytics.energy import MeterCurve, meter_curves
from analytics.points import HOUR_NS, STEP_NS, YEARLY_NS
from greendc.site import Meter
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.contracts import History
    from greendc.site import Site

FINE_NS = 300 * NS_PER_SECOND
FINE_UP_TO_NS = 6 * HOUR_NS
KNOWN = 0.999
"""A step is known when readings bracket this share of it."""


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """Energy [J] of each step, and whether it is known; outside a meter's validity it is known to be 0."""

    energy_j: Floats
    known: NDArray[np.bool_]


class Steps(msgspec.Struct, frozen=True, kw_only=True):
    """The edges of the steps [ns], and what each meter counted in them."""

    edges_ns: Times
    counted: dict[Meter, Counted]
    curves: dict[Meter, MeterCurve]

    def of(self, meters: Sequence[Meter]) -> Counted:
        """Return what meters counted together."""
        known = np.ones(len(self.edges_ns) - 1, dtype=np.bool_)
        total = np.zeros(len(known))
        for meter in meters:
            if meter in self.counted:
                total = total + self.counted[meter].energy_j
                known = known & self.counted[meter].known
        return Counted(energy_j=total, known=known)


def edges_of(start_ns: int, end_ns: int) -> Times:
    """Return the edges of the whole steps within a period: 5 min, from 6 h on 15 min, from 62 days on an hour."""
    length = end_ns - start_ns
    step = FINE_NS if length <= FINE_UP_TO_NS else STEP_NS if length <= YEARLY_NS else HOUR_NS
    return np.arange(-(-start_ns // step) * step, end_ns // step * step + 1, step, dtype=np.int64)


def steps_of(history: History, site: Site, meters: Sequence[Meter], edges_ns: Times) -> Steps:
    """Return what meters counted between edges.

    Raises:
        StoreAway: the store does not answer.
    """
    found = meter_curves(history, site, meters, int(edges_ns[0]), int(edges_ns[-1]))
    curves = {curve.meter: curve for curve in found}
    return Steps(
        edges_ns=edges_ns, counted={meter: _counted(curve, edges_ns) for meter, curve in curves.items()}, curves=curves
    )


def _counted(curve: MeterCurve, edges_ns: Times) -> Counted:
    within = np.clip(edges_ns, curve.start_ns, curve.end_ns)
    covered = np.diff(curve.curve.covered(within))
    known = covered >= KNOWN * np.diff(within)
    return Counted(energy_j=np.where(known, np.diff(curve.curve.energies(within)), 0.0), known=known)
