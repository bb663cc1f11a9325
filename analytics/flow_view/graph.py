"""The graph that a page draws: like metering points below one hub become one node, and idle ribbons are left out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from analytics.flow_view.flow import Amount, Link, Node, NodeMeter, Ribbon
from analytics.quality.power_tree import DOWNWARD, Branch
from greendc.profiles import profile, profile_names
from greendc.site import Role

if TYPE_CHECKING:
    from analytics.counters import Floats
    from analytics.flow_view.balance import Balanced, Stream
    from analytics.flow_view.steps import Steps
    from analytics.flow_view.tree import Hub, Spot, Tree
    from analytics.flow_view.worth import Worth
    from greendc.site import Site

MOST_APART = 4
"""Like metering points below one hub are shown apart up to this many."""
MAIN, IT = "main", "it"
SUPPLIES = {Role.FACILITY_INPUT: "utility", Role.STORAGE: "storage", Role.EXPORT: "export"}


ORDER = (
    *("utility", "pv", "generator", "generation", "storage", MAIN),
    *("ups_input", "ups_output", "join", "pdu_output", "it_input", "ups_non_it", IT),
    *("cooling", "other", "lighting", "non_dc", "export", "storage_in", "loss", "untracked", "unknown"),
)
"""The way to IT comes first, so that what leaves it runs beside it and not across."""


class Graph:
    """Names the nodes of a tree, and adds its streams up between them."""

    def __init__(self, site: Site, tree: Tree, hubs: list[Hub]) -> None:
        """Give every metering point and every hub the node that it is part of."""
        self._families = {d.name: profile(d.profile).kind for d in site.devices if d.profile in profile_names()}
        self._above = {feed.target: feed.source for feed in site.feeds}
        self._tree = tree
        self._parents = {name for hub in hubs[1:] for name in hub.parents}
        self.kinds: dict[str, str] = {MAIN: MAIN, IT: IT} | {kind.value: kind.value for kind in Ribbon}
        self.places: dict[str, str] = {kind.value: kind.value for kind in Ribbon}
        for name in (*hubs[0].parents, *tree.sinks):
            self._place(name, name, self._supply(tree.spots[name]))
        self.places[f"hub:{hubs[0].name}"] = MAIN
        for hub in hubs:
            self._name_children(hub)
        for hub in hubs[1:]:
            above = {self.places[name] for name in hub.parents if name in self.places}
            # Parents that are one node need no bus of their own below them.
            self.places[f"hub:{hub.name}"] = above.pop() if len(above) == 1 else f"hub:{hub.name}"
            self.kinds.setdefault(self.places[f"hub:{hub.name}"], "join")

    def leaf(self, name: str) -> bool:
        """Tell whether a metering point on the way to IT has none below it."""
        return self._tree.spots[name].role in DOWNWARD and name not in self._parents

    def _name_children(self, hub: Hub) -> None:
        spots = [self._tree.spots[name] for name in hub.children]
        count = Counter(spot.role for spot in spots)
        for spot in spots:
            inner = spot.name in self._parents
            if spot.role not in DOWNWARD and not inner:
                node = spot.role.value
            elif count[spot.role] <= MOST_APART:
                node = spot.name
            else:
                node = f"{self._lane(hub)}/{spot.role.value}"
            self._place(spot.name, node, spot.role.value)

    def _lane(self, hub: Hub) -> str:
        """Return what children that become one node share: the node above them, or their depth in the tree."""
        above = sorted({self.places.get(name, name) for name in hub.parents})
        return MAIN if hub is None or not above else above[0] if len(above) == 1 else hub.name

    def _place(self, name: str, node: str, kind: str) -> None:
        self.places[name] = node
        self.kinds[node] = kind

    def _supply(self, spot: Spot) -> str:
        kind = SUPPLIES.get(spot.role, "generation")
        if spot.role is Role.STORAGE:
            return "storage_in" if spot.taken else "storage"
        if spot.role is Role.GENERATION:
            near = {self._families.get(spot.device, ""), self._families.get(self._above.get(spot.device, ""), "")}
            if any(meter.kind == "backup" for meter in spot.meters) or "generator" in near:
                return "generator"
            return "pv" if "pv_inverter" in near or any(meter.renewable for meter in spot.meters) else kind
        return kind

    def links(self, made: Balanced, worth: Worth) -> tuple[Link, ...]:
        """Return the ribbons that carry something, the greatest first; what is below 0 is no ribbon."""
        price, carbon = (self._mixed(made, weights) for weights in (worth.price, worth.carbon))
        supplies = self._tree.hubs[0].parents
        own = dict.fromkeys(supplies, False) | {
            name: True for name in supplies if self._tree.spots[name].role is Role.FACILITY_INPUT
        }
        added: dict[tuple[str, str, Ribbon], list[Stream]] = {}
        for stream in self._streams(made):
            pair = self.places[stream.source], self.places[stream.target]
            if pair[0] != pair[1]:
                added.setdefault((*pair, stream.ribbon), []).append(stream)
        found = []
        for (source, target, ribbon), streams in added.items():
            energy = float(sum(stream.energy_j.sum() for stream in streams))
            if energy <= 0.0:
                continue
            found.append(
                Link(
                    source=source,
                    target=target,
                    ribbon=ribbon,
                    amount=Amount(
                        energy_j=energy,
                        money=_weighed(streams, own, (worth.price, price)),
                        carbon_kg=_weighed(streams, own, (worth.carbon, carbon)),
                    ),
                    coverage=float(np.mean([stream.known.mean() for stream in streams])),
                    own=any(stream.own for stream in streams),
                )
            )
        return tuple(sorted(found, key=lambda link: -link.amount.energy_j))

    def _streams(self, made: Balanced) -> list[Stream]:
        """Return the streams with those that end in IT."""
        ends = [
            _to_it(stream) for stream in made.streams if stream.target in self._tree.spots and self.leaf(stream.target)
        ]
        self.places[IT] = IT
        return [*made.streams, *ends]

    def _mixed(self, made: Balanced, weights: Floats) -> Floats:
        """Return the weight of a joule that leaves the bus: the mean of its supplies; the grid alone weighs."""
        supplies = set(self._tree.hubs[0].parents)
        into = [stream for stream in made.streams if stream.source in supplies]
        whole = np.sum([stream.energy_j for stream in into], axis=0)
        grid = np.sum(
            [s.energy_j for s in into if self._tree.spots[s.source].role is Role.FACILITY_INPUT] or [np.zeros(1)],
            axis=0,
        )
        share = np.divide(grid, whole, out=np.zeros_like(whole), where=whole > 0)
        return np.asarray(np.where(whole > 0, weights, 0.0) * share, dtype=np.float64)

    def nodes(self, made: Balanced, steps: Steps, links: tuple[Link, ...]) -> tuple[Node, ...]:
        """Return the nodes that ribbons lead to or from, with their meters."""
        ends = {end for link in links for end in (link.source, link.target)}
        drawn = sorted(ends, key=lambda name: (ORDER.index(self.kinds[name]), name))
        spots: dict[str, list[Spot]] = {}
        for name, spot in self._tree.spots.items():
            spots.setdefault(self.places.get(name, ""), []).append(spot)
        return tuple(
            Node(
                name=name,
                kind=self.kinds[name],
                devices=tuple(dict.fromkeys(spot.device for spot in spots.get(name, ()))),
                meters=tuple(meter for spot in spots.get(name, ()) for meter in _meters(spot, steps, made)),
            )
            for name in drawn
        )


def _to_it(stream: Stream) -> Stream:
    return type(stream)(
        source=stream.target,
        target=IT,
        ribbon=Ribbon.METERED,
        energy_j=stream.energy_j,
        known=stream.known,
        own=stream.own,
    )


def _weighed(streams: list[Stream], grid: dict[str, bool], weights: tuple[Floats, Floats]) -> float | None:
    """Return what streams are worth: from the grid by its own weight, from other supplies nothing, else the mix."""
    total = 0.0
    for stream in streams:
        if not grid.get(stream.source, True):
            continue
        weight = weights[0] if stream.source in grid else weights[1]
        counted = stream.energy_j != 0
        worth = float((stream.energy_j[counted] * weight[counted]).sum())
        if np.isnan(worth):
            return None
        total += worth
    return total


def _meters(spot: Spot, steps: Steps, made: Balanced) -> list[NodeMeter]:
    known = made.known.get(spot.name)
    found = []
    for meter in spot.meters:
        curve = steps.curves.get(meter)
        if curve is None or known is None:
            continue
        counted = steps.counted[meter]
        there = known & counted.known
        found.append(
            NodeMeter(
                label=Branch(meter=meter).label,
                device=meter.device,
                role=meter.role.value,
                energy_j=float(counted.energy_j[there].sum()) if there.any() else None,
                coverage=float(counted.known.mean()),
                method=curve.method,
                uncertainty_ratio=curve.uncertainty_ratio,
                resets=curve.curve.breaks,
                own=spot.own,
            )
        )
    return found
