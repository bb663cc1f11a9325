"""How nodes and amounts of the energy flow are called."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from analytics.flow_view import Unit
from greendc import display

if TYPE_CHECKING:
    from analytics.flow_view import Flow, Link, Node
    from dashboard.markup import View

_BELOW = ("it", "cooling", "lighting", "other", "loss", "untracked", "unknown", "storage_in", "export")
_ENDS = frozenset(("utility", "pv", "generator", "storage", "main", *_BELOW))
"""Kinds that are called by their kind alone where there is one device of them."""
LONGEST = 30


def titles(view: View, flow: Flow) -> dict[str, str]:
    """Return what every node is called, each differently."""
    found: dict[str, str] = {}
    seen: Counter[str] = Counter()
    for node in flow.nodes:
        title = _title(view, flow, node)
        seen[title] += 1
        found[node.name] = title if seen[title] == 1 else f"{title} ({seen[title]})"
    return found


def _title(view: View, flow: Flow, node: Node) -> str:
    name = view.say(f"dashboard_flow.node.{node.kind}")
    alike = sum(other.kind == node.kind for other in flow.nodes)
    if len(node.devices) > 1:
        name = view.say("dashboard_flow.several", name=name, n=str(len(node.devices)))
    place = node.devices[0] if len(node.devices) == 1 else ""
    if len(node.devices) != 1 and alike > 1:
        above = next((flow.node(link.source) for link in flow.links if link.target == node.name), None)
        place = above.devices[0] if above is not None and above.devices else ""
    if not place or (alike == 1 and node.kind in _ENDS):
        return name
    return view.say("dashboard_flow.at", name=name, place=display.one_line(place, LONGEST))


def amount(value: float | None, unit: Unit, flow: Flow) -> str:
    """Return an amount as it is read."""
    if unit is Unit.ENERGY:
        return str(display.energy(value))
    return str(display.money(value, flow.currency) if unit is Unit.COST else display.mass(value))


def signed(ratio: float) -> str:
    """Return a change with its sign; what rounds to nothing has none."""
    shown = str(display.percent(abs(ratio)))
    if shown == str(display.percent(0.0)):
        return shown
    return f"{'+' if ratio >= 0 else display.MINUS}{shown}"


def pair(view: View, link: Link, names: dict[str, str]) -> str:
    """Return a ribbon's two ends."""
    return view.say("dashboard_flow.pair", source=names[link.source], target=names[link.target])
