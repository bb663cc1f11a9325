"""A fault of data that stands: which series, since when, what shows it, and what to do."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.gate.fault import Fault, conversions
from greendc import display
from greendc.model import SeriesKey
from greendc.quantities import quantities
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.gate.columns import BoolArray
    from analytics.gate.traits import Traits

SHARED = frozenset({Fault.DROPOUT, Fault.CLOCK, Fault.LOSSY, Fault.STUCK})
"""Faults that a device or a collector has rather than one of its sensors."""
MOST_OF = 0.8
FEWEST = 2
FEWEST_DEVICES = 3
PLAIN = frozenset({Fault.DROPOUT, Fault.CLOCK, Fault.LOSSY, Fault.SPIKE})
"""Faults whose evidence is no value of the series: seconds, shares, counts."""


class GateFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One fault of data.

    ``scope`` is ``series``, ``device`` or ``node``: what the fault is of; ``key`` is then its first series, ``series``
    how many share it and ``node`` the edge node (empty for the centre). ``before``, ``after`` are the values that show
    it, NaN for none; ``conversion`` counts from 1 in `conversions`.
    """

    fault: Fault
    key: SeriesKey
    since_ns: int
    time_ns: int
    before: float = math.nan
    after: float = math.nan
    conversion: int = 0
    scope: str = "series"
    series: int = 1
    node: str = ""

    @property
    def subject(self) -> str:
        """Return what it is about, the same text as long as it stands."""
        if self.scope == "node":
            return self.node or self.key.site
        return self.key.device if self.scope == "device" else self.key.label()

    @property
    def ratio(self) -> float | None:
        """Return after by before, None where there is none."""
        ratio = self.after / self.before if self.before else math.nan
        return ratio if math.isfinite(ratio) else None

    @property
    def conversion_name(self) -> str:
        """Return the name of the mistake of units, empty for none."""
        return conversions()[self.conversion - 1].name if self.conversion else ""

    def title(self, lang: str | None = None) -> str:
        """Return what is wrong, in a few words."""
        return self.fault.title(lang)

    def explanation(self, lang: str | None = None) -> str:
        """Return what shows it, in one sentence."""
        named = conversions()[self.conversion - 1].title(lang) if self.conversion else ""
        told = "explanation" if self.scope == "series" or self.fault not in SHARED else "shared"
        return t(
            f"gate.{self.fault.key}.{told}",
            lang,
            subject=self.subject,
            before=self._shown(self.before),
            after=self._shown(self.after),
            ratio=display.significant(self.ratio),
            percent=str(display.percent(self.after, 0)),
            usual=str(display.percent(self.before, 0)),
            conversion=named,
            series=str(self.series),
        )

    def action(self, lang: str | None = None) -> str:
        """Return what to do about it."""
        return self.fault.action(lang)

    def _shown(self, number: float) -> str:
        known = quantities().get(self.key.quantity)
        if known is None or self.fault in PLAIN:
            return display.significant(number)
        return str(display.stored(number, known.unit))


def gathered(found: Sequence[GateFinding], traits: Traits, heard: BoolArray) -> list[GateFinding]:
    """Return findings, told once where most series of a device or of an edge node share a fault of the device's kind.

    ``heard`` are the series that have ever spoken.
    """
    at = {key: row for row, key in enumerate(traits.keys)}
    near = traits.neighbours
    rest = list(found)
    for scope, group in (("node", near.node), ("device", near.device)):
        of = np.bincount(group[heard], minlength=int(group.max(initial=-1)) + 1)
        shared: dict[tuple[Fault, int], list[GateFinding]] = {}
        for one in rest:
            if one.fault in SHARED and one.scope == "series":
                shared.setdefault((one.fault, int(group[at[one.key]])), []).append(one)
        for (_, number), alike in shared.items():
            devices = {one.key.device for one in alike}
            many = FEWEST if scope == "device" else FEWEST_DEVICES
            if len(alike) < MOST_OF * of[number] or len(alike if scope == "device" else devices) < many:
                continue
            gone = set(map(id, alike))
            rest = [one for one in rest if id(one) not in gone]
            first = min(alike, key=lambda one: (one.since_ns, one.key))
            node = near.nodes[int(near.node[at[first.key]])]
            rest.append(msgspec.structs.replace(first, scope=scope, series=len(alike), node=node))
    return sorted(rest, key=lambda one: (one.fault, one.subject))
