"""The walk down the power tree: what goes into each hub, what its meters pass on, and what is left.

In every step of the period a metering point passes on what it counted, as far as everything above it is known. What its
children counted goes on; the rest is loss or untracked where all children are known, else it is not known where it
went. So a hub's ribbons in are its ribbons out plus the remainder, whatever is missing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from analytics.counters import Floats
from analytics.flow_view.flow import Note, Ribbon
from analytics.flow_view.tree import walk
from analytics.quality.balance import LEAST_SHARE
from analytics.quality.power_tree import Branch
from greendc.site import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.flow_view.steps import Steps
    from analytics.flow_view.tree import Hub, Spot, Tree


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """Energy [J] of each step from a hub or a metering point to another; ``known`` are the steps that it is known in.

    ``source`` and ``target`` are names of metering points or of hubs (``hub:NAME``); the target of a remainder is its
    kind.
    """

    source: str
    target: str
    ribbon: Ribbon
    energy_j: Floats
    known: NDArray[np.bool_]
    own: bool = False


class Balanced(msgspec.Struct, frozen=True, kw_only=True):
    """All streams of a tree, and in which steps each metering point is known together with all above it."""

    streams: list[Stream]
    known: dict[str, NDArray[np.bool_]]
    notes: list[Note]
    bus: NDArray[np.bool_]


def hub_name(hub: Hub) -> str:
    """Return the name of a hub as the end of a stream: its parent's where it has one."""
    return f"hub:{hub.name}"


def balanced(tree: Tree, steps: Steps) -> Balanced:
    """Return the streams of a tree."""
    counted = {name: steps.of(spot.meters) for name, spot in tree.spots.items()}
    supplies = [*tree.hubs[0].parents, *tree.sinks]
    bus = _together([counted[name].known for name in supplies])
    made = Balanced(streams=[], known=dict.fromkeys(supplies, bus), notes=[], bus=bus)
    for i, hub in enumerate(walk(tree)):
        if i == 0:
            _supplied(tree, steps, made, hub)
        else:
            _below(tree, steps, made, hub)
    return made


def _supplied(tree: Tree, steps: Steps, made: Balanced, hub: Hub) -> None:
    """Balance the bus: what a supply takes back in a step leaves the bus there."""
    name, total = hub_name(hub), np.zeros(len(made.bus))
    for supply in (*hub.parents, *tree.sinks):
        spot = tree.spots[supply]
        signed = np.where(made.bus, steps.of(spot.meters).energy_j, 0.0) * (-1.0 if spot.taken else 1.0)
        total = total + signed
        given, taken = np.maximum(signed, 0.0), np.maximum(-signed, 0.0)
        if not spot.taken:
            made.streams.append(_stream(supply, name, given, made.bus, spot))
        if spot.taken or taken.any():
            made.streams.append(_stream(name, supply, taken, made.bus, spot))
    _shared_out(tree, steps, made, hub, total, made.bus)


def _below(tree: Tree, steps: Steps, made: Balanced, hub: Hub) -> None:
    known = _together([made.known[name] for name in hub.parents])
    total = np.zeros(len(known))
    for name in hub.parents:
        spot = tree.spots[name]
        energy = steps.of(spot.meters).energy_j
        passed = np.where(known, energy, 0.0)
        total = total + passed
        made.streams.append(_stream(name, hub_name(hub), passed, known, spot))
        lost = made.known[name] & ~known
        if lost.any():
            made.streams.append(_rest(name, Ribbon.UNKNOWN, np.where(lost, energy, 0.0), known))
    _shared_out(tree, steps, made, hub, total, known)


def _shared_out(tree: Tree, steps: Steps, made: Balanced, hub: Hub, total: Floats, known: NDArray[np.bool_]) -> None:
    """Give what a hub has to its children, and the rest to loss, untracked or unknown."""
    name, rest, complete = hub_name(hub), total, known
    for child in hub.children:
        counted = steps.of(tree.spots[child].meters)
        there = known & counted.known
        energy = np.where(there, counted.energy_j, 0.0)
        made.known[child] = there
        made.streams.append(_stream(name, child, energy, there, tree.spots[child]))
        rest, complete = rest - energy, complete & counted.known
        if not counted.known.any():
            made.notes.append(Note(code="silent", meters=_labels(tree.spots[child])))
    kind = Ribbon.LOSS if _is_loss(tree, hub) else Ribbon.UNTRACKED
    made.streams.append(_rest(name, kind, np.where(complete, rest, 0.0), complete))
    if (known & ~complete).any():
        made.streams.append(_rest(name, Ribbon.UNKNOWN, np.where(complete, 0.0, rest), complete))
    for there in (complete, known & ~complete):
        _judge(tree, steps, made, hub, (float(rest[there].sum()), float(np.abs(total[there]).sum()), there))


def _judge(tree: Tree, steps: Steps, made: Balanced, hub: Hub, left: tuple[float, float, NDArray[np.bool_]]) -> None:
    """Note where children counted more than their parents: a fault of a meter, or no more than their classes allow."""
    rest, total, there = left
    if rest >= 0.0:
        return
    names = (*hub.parents, *hub.children)
    errors = []
    for spot in (tree.spots[name] for name in names):
        for meter in spot.meters:
            if meter in steps.curves:
                energy = float(steps.counted[meter].energy_j[there].sum())
                errors.append(steps.curves[meter].uncertainty_ratio * energy)
    allowed = max(math.hypot(*errors), LEAST_SHARE * total)
    labels = tuple(label for name in names for label in _labels(tree.spots[name]))
    code = "negative" if rest < -allowed else "within_class"
    made.notes.append(Note(code=code, meters=labels, energy_j=-rest, allowed_j=allowed))


def _together(known: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    return np.asarray(np.logical_and.reduce(known), dtype=np.bool_)


def _is_loss(tree: Tree, hub: Hub) -> bool:
    """Tell whether a hub stands between the two sides of UPSs."""
    above = {tree.spots[name].role for name in hub.parents}
    below = {tree.spots[name].role for name in hub.children}
    return above == {Role.UPS_INPUT} and below == {Role.UPS_OUTPUT}


def _stream(source: str, target: str, energy: Floats, known: NDArray[np.bool_], spot: Spot) -> Stream:
    return Stream(source=source, target=target, ribbon=Ribbon.METERED, energy_j=energy, known=known, own=spot.own)


def _rest(source: str, kind: Ribbon, energy: Floats, known: NDArray[np.bool_]) -> Stream:
    return Stream(source=source, target=kind.value, ribbon=kind, energy_j=energy, known=known)


def _labels(spot: Spot) -> tuple[str, ...]:
    return tuple(Branch(meter=meter).label for meter in spot.meters)


def left_over(streams: Sequence[Stream], name: str) -> float:
    """Return what goes into a place less what comes out of it [J]; 0 wherever energy is kept."""
    into = sum(float(stream.energy_j.sum()) for stream in streams if stream.target == name)
    return into - sum(float(stream.energy_j.sum()) for stream in streams if stream.source == name)
