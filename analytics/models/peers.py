"""Compares series with their peers: same profile, quantity and part, same room. Their shared load cancels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.models.family import model_data
from analytics.models.verdict import BOTH, HIGH, LOW, ModelVerdict
from greendc.clock import NS_PER_HOUR
from greendc.model import SeriesKey
from greendc.profiles import profile, profile_names
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analytics.models.family import PeerGroup
    from analytics.models.steps import Steps
    from greendc.site import Site

MEAN_NS = NS_PER_HOUR
"""Peers are compared by their means over this time."""
TO_SIGMA = 1.4826


class Peers(msgspec.Struct, frozen=True, kw_only=True):
    """One group: its members, and for each the series that tells whether it runs, where there is one."""

    name: str
    family: str
    nodes: tuple[str, ...]
    members: tuple[SeriesKey, ...]
    running: tuple[SeriesKey | None, ...]

    def inputs(self) -> set[SeriesKey]:
        """Return all series that are read."""
        return {key for key in (*self.members, *self.running) if key is not None}


def peer_groups(site: Site, series: Iterable[SeriesKey]) -> list[Peers]:
    """Return the groups of peers of a site that have enough members."""
    known = set(profile_names())
    kinds = {d.name: (d.profile, profile(d.profile).kind) for d in site.devices if d.profile in known}
    rooms = {rack.name: rack.room for rack in site.racks}
    places = {device.name: device.rack for device in site.devices}
    present = set(series)
    found: dict[tuple[str, str, str, str], list[SeriesKey]] = {}
    for key in sorted(present):
        own, kind = kinds.get(key.device, ("", ""))
        for name, group in model_data().peers.items():
            if key.quantity == group.quantity and kind in group.kinds and _takes(group, key.part):
                found.setdefault((name, own, key.part, rooms.get(places[key.device], "")), []).append(key)
    return [
        Peers(
            name="/".join(("peer", *(word for word in group if word))),
            family=group[0],
            nodes=tuple(places[key.device] or key.device for key in members),
            members=tuple(members),
            running=tuple(_running(model_data().peers[group[0]], key, present) for key in members),
        )
        for group, members in found.items()
        if len(members) >= model_data().peers[group[0]].least
    ]


def _takes(group: PeerGroup, part: str) -> bool:
    return not group.parts or part.split("/", maxsplit=1)[0] in group.parts


def _running(group: PeerGroup, key: SeriesKey, present: set[SeriesKey]) -> SeriesKey | None:
    other = SeriesKey(key.site, key.device, "", group.running)
    return other if group.running and other in present else None


class PeerWatch:
    """Since when each member of a group has been far from its peers."""

    def __init__(self, peers: Peers) -> None:
        """Begin with nobody out."""
        self.peers = peers
        self.group = model_data().peers[peers.family]
        self._since_ns = np.zeros(len(peers.members), dtype=np.int64)
        self.last: list[ModelVerdict] = []

    def step(self, steps: Steps, first: int) -> None:
        """Take the steps from row ``first`` on; ``last`` are then the members that have been out for long enough."""
        if first >= len(steps):
            return
        means = _trailing(self._values(steps), max(1, round(MEAN_NS / steps.step_ns)))[first:]
        enough = np.isfinite(means).sum(axis=1) >= self.group.least
        centre, sigma = _centre(means, self.group.least_sigma)
        off = means - centre[:, None]
        out = np.abs(off) >= np.maximum(self.group.floor, self.group.factor * sigma)[:, None]
        out &= enough[:, None] & np.isfinite(off)
        ends = steps.time_ns[first:] + steps.step_ns
        for at, row in zip(ends.tolist(), out, strict=True):
            self._since_ns = np.where(row, np.where(self._since_ns == 0, at, self._since_ns), 0)
        held = (self._since_ns > 0) & (ends[-1] - self._since_ns >= round(self.group.hold_s * NS_PER_SECOND))
        self.last = [
            self._verdict(i, int(ends[-1]), (float(means[-1, i]), float(centre[-1]), float(sigma[-1])))
            for i in np.flatnonzero(held).tolist()
        ]

    def _values(self, steps: Steps) -> np.ndarray:
        columns = []
        for member, running in zip(self.peers.members, self.peers.running, strict=True):
            value = steps.series(member)
            if running is not None:
                value = np.where(steps.series(running) > self.group.running_above, value, np.nan)
            columns.append(value)
        return np.column_stack(columns)

    def _verdict(self, i: int, time_ns: int, seen: tuple[float, float, float]) -> ModelVerdict:
        value, centre, sigma = seen
        reach = max(self.group.floor, self.group.factor * sigma)
        direction = HIGH if value > centre else LOW
        return ModelVerdict(
            key=f"{self.peers.name}/{self.peers.members[i].device}",
            family=self.peers.family,
            node=self.peers.nodes[i],
            series=self.peers.members[i],
            time_ns=time_ns,
            unit=self.group.unit,
            active=True,
            value=value,
            expected=centre,
            low=centre - reach,
            high=centre + reach,
            level=math.erf(self.group.factor / math.sqrt(2.0)),
            surprise=_surprise(abs(value - centre) / sigma),
            since_ns=int(self._since_ns[i]),
            kind="peer",
            direction=direction,
            harmful=self.group.harm in {BOTH, direction},
            reference=centre,
            unexplained=value - centre,
            peers=len(self.peers.members) - 1,
            checks=self.group.checks,
            model=self.peers.name,
        )


def _trailing(values: np.ndarray, count: int) -> np.ndarray:
    """Return trailing means over ``count`` rows, unknown where less than half of them is."""
    known = np.isfinite(values)
    sums = np.cumsum(np.vstack((np.zeros((1, values.shape[1])), np.where(known, values, 0.0))), axis=0)
    counts = np.cumsum(np.vstack((np.zeros((1, values.shape[1])), known)), axis=0)
    start = np.maximum(np.arange(1, len(values) + 1) - count, 0)
    total, number = sums[1:] - sums[start], counts[1:] - counts[start]
    found: np.ndarray = np.where(number * 2 >= count, total / np.maximum(number, 1.0), np.nan)
    return found


def _centre(means: np.ndarray, least_sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Return median and robust spread of each row; NaN where nothing is known."""
    known = np.isfinite(means).any(axis=1)
    centre, sigma = np.full(len(means), np.nan), np.full(len(means), np.nan)
    if known.any():
        centre[known] = np.nanmedian(means[known], axis=1)
        spread = np.nanmedian(np.abs(means[known] - centre[known, None]), axis=1)
        sigma[known] = np.maximum(TO_SIGMA * spread, least_sigma)
    return centre, sigma


def _surprise(z: float) -> float:
    """Return -log10 of the two-sided normal tail, by its asymptotic form where the function underflows."""
    chance = math.erfc(z / math.sqrt(2.0))
    return -math.log10(chance) if chance > 0.0 else z * z / 2.0 / math.log(10.0)
