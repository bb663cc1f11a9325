"""What a parent of the power tree counted, less what its branches counted, hour by hour and over the day.

Only time counts in which every meter of a group is known. A remainder above 0 is loss and load that no meter tracks; a
remainder below 0 by more than the combined class of the meters is a fault of one of them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.energy import MeterCurve, known_spans, meter_curves
from analytics.quality.power_tree import SITE_GROUP, Branch, Group, groups
from analytics.quality.suspect import Suspicion, suspected
from analytics.spans import total_ns
from analytics.storage_flow import TAKEN
from greendc.clock import NS_PER_HOUR
from greendc.site import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from analytics.counters import Floats
    from analytics.quality.day import Day
    from analytics.quality.twins import Agreement
    from greendc.contracts import History
    from greendc.model import SeriesKey
    from greendc.site import Meter, Site

KNOWN_SHARE = 0.95
LEAST_SHARE = 0.002
"""Remainders smaller than this share of what the parents counted are no fault."""
BAD_HOURS = 2


class HourBalance(msgspec.Struct, frozen=True, kw_only=True):
    """One hour: energies [J] of both sides and what their classes allow, or None where not all meters are known."""

    start_ns: int
    parents_j: float | None = None
    children_j: float | None = None
    allowed_j: float | None = None

    @property
    def remainder_j(self) -> float | None:
        """Return what no branch counted [J]."""
        return None if self.parents_j is None or self.children_j is None else self.parents_j - self.children_j

    @property
    def negative(self) -> bool:
        """Tell whether the branches counted more than their parents, beyond what their classes allow."""
        rest = self.remainder_j
        return rest is not None and rest < -max(self.allowed_j or 0.0, LEAST_SHARE * abs(self.parents_j or 0.0))


class Balance(HourBalance, frozen=True, kw_only=True):
    """One group over the part of a day in which all its meters are known (``coverage``, 0..1).

    ``reason`` says why there is no balance (``no_common_time``). ``suspect`` is the meter that a negative remainder is
    most likely due to, with ``because`` (`quality.suspicion.*`).
    """

    name: str
    end_ns: int
    parents: tuple[str, ...]
    children: tuple[str, ...]
    coverage: float = 0.0
    reason: str = ""
    hours: tuple[HourBalance, ...] = ()
    suspect: str = ""
    because: str = ""

    @property
    def share(self) -> float | None:
        """Return the remainder as a share of what the parents counted."""
        rest = self.remainder_j
        return None if rest is None or not self.parents_j else rest / self.parents_j

    @property
    def faulty(self) -> bool:
        """Tell whether a meter of the group must be wrong."""
        return self.negative or sum(hour.negative for hour in self.hours) >= BAD_HOURS


def balances(
    history: History, site: Site, day: Day, keys: Iterable[SeriesKey], twins: Mapping[SeriesKey, Agreement]
) -> list[Balance]:
    """Return the balance of every group of the power tree, the site's bus first; ``keys`` are the series that exist.

    The site's bus is fed by all supplies, generation and what storage gives, less export and what storage takes; its
    branches are the nearest metered devices. Its remainder is what no branch meter tracks.
    """
    if day.steps == 0:
        return []
    existing = {(key.device, key.part, key.quantity) for key in keys}
    wanted = [
        msgspec.structs.replace(group, parents=tuple(_both_ways(group.parents, existing))) for group in groups(site)
    ]
    meters = list({branch.meter: None for group in wanted for branch in (*group.parents, *group.children)})
    fine_ns = min(NS_PER_HOUR, day.until_ns - day.start_ns)
    found = meter_curves(history, site, meters, day.start_ns, day.until_ns, fine_ns=fine_ns)
    curves = {curve.meter: curve for curve in found}
    return [_balanced(group, curves, day, twins) for group in wanted]


def untracked(found: Sequence[Balance]) -> Balance | None:
    """Return the balance of the site's bus: facility energy less all metered branches."""
    return next((balance for balance in found if balance.name == SITE_GROUP), None)


def _both_ways(branches: Iterable[Branch], existing: set[tuple[str, str, str]]) -> list[Branch]:
    """Return branches with storage taken apart into what it gives and, less that, what it takes."""
    found = []
    for branch in branches:
        meter = branch.meter
        taken = TAKEN.get(meter.energy, "")
        if meter.role is not Role.STORAGE or (meter.device, meter.part, taken) not in existing:
            found.append(branch)
            continue
        # Power goes both ways and cannot stand in for a register of one of them.
        found.append(Branch(meter=msgspec.structs.replace(meter, power="")))
        found.append(Branch(meter=msgspec.structs.replace(meter, energy=taken, power=""), sign=-1.0))
    return found


def _balanced(
    group: Group, curves: Mapping[Meter, MeterCurve], day: Day, twins: Mapping[SeriesKey, Agreement]
) -> Balance:
    parents, children = (_side(side, curves) for side in (group.parents, group.children))
    empty = Balance(
        name=group.name,
        start_ns=day.start_ns,
        end_ns=day.until_ns,
        parents=tuple(dict.fromkeys(branch.label for branch in group.parents)),
        children=tuple(dict.fromkeys(branch.label for branch in group.children)),
        reason="no_common_time",
    )
    both = [*parents, *children]
    spans = known_spans([curve for _, curve in both], day.start_ns, day.until_ns)
    if not parents or not children or total_ns(spans) == 0:
        return empty
    energies = [branch.sign * curve.over(spans) for branch, curve in both]
    errors = [curve.uncertainty_ratio * energy for (_, curve), energy in zip(both, energies, strict=True)]
    table = _Hours(both, len(parents), day)
    made = msgspec.structs.replace(
        empty,
        parents_j=sum(energies[: len(parents)]),
        children_j=sum(energies[len(parents) :]),
        allowed_j=math.hypot(*errors),
        coverage=total_ns(spans) / (day.until_ns - day.start_ns),
        reason="",
        hours=table.hours(),
    )
    if not made.faulty:
        return made
    suspicion = table.suspicion(made, twins)
    return msgspec.structs.replace(made, suspect=suspicion.meter, because=suspicion.because)


def _side(branches: Iterable[Branch], curves: Mapping[Meter, MeterCurve]) -> list[tuple[Branch, MeterCurve]]:
    return [(branch, curves[branch.meter]) for branch in branches if branch.meter in curves]


class _Hours:
    """The meters of a group hour by hour: one row per meter, parents first."""

    def __init__(self, both: Sequence[tuple[Branch, MeterCurve]], parents: int, day: Day) -> None:
        hours = (day.until_ns - day.start_ns) // NS_PER_HOUR
        self._edges = day.start_ns + np.arange(hours + 1, dtype=np.int64) * NS_PER_HOUR
        self._both = both
        self._parents = parents
        rows = [branch.sign * np.diff(curve.curve.energies(self._edges)) for branch, curve in both]
        covered = [np.diff(curve.curve.covered(self._edges)) >= KNOWN_SHARE * NS_PER_HOUR for _, curve in both]
        self.energy: Floats = np.array(rows).reshape(len(both), hours)
        self.known: NDArray[np.bool_] = np.all(np.array(covered, dtype=np.bool_).reshape(len(both), hours), axis=0)
        errors = np.array([curve.uncertainty_ratio for _, curve in both])[:, None] * self.energy
        self._allowed: Floats = np.sqrt((errors**2).sum(axis=0))

    def hours(self) -> tuple[HourBalance, ...]:
        """Return every whole hour of the day."""
        up, down = self.energy[: self._parents].sum(axis=0), self.energy[self._parents :].sum(axis=0)
        return tuple(
            HourBalance(
                start_ns=int(self._edges[i]),
                parents_j=float(up[i]) if known else None,
                children_j=float(down[i]) if known else None,
                allowed_j=float(self._allowed[i]) if known else None,
            )
            for i, known in enumerate(self.known)
        )

    def suspicion(self, made: Balance, twins: Mapping[SeriesKey, Agreement]) -> Suspicion:
        """Return which meter is most likely wrong."""
        bad = np.array([hour.negative for hour in made.hours], dtype=np.bool_)
        own = {(key.device, key.part, key.quantity): twin for key, twin in twins.items()}
        labels = [branch.label for branch, _ in self._both]
        agreements = [own.get((b.meter.device, b.meter.part, b.meter.energy)) for b, _ in self._both]
        return suspected(labels, self.energy, self._parents, bad if bad.any() else self.known, self.known, agreements)
