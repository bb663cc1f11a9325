"""The Sankey diagram of the energy flow: widths are amounts, greys are kinds, hatching is doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.flow_view import Ribbon, Unit
from dashboard.flow_words import amount, signed, titles
from greendc import drawing
from greendc.units import kwh

if TYPE_CHECKING:
    from analytics.flow_view import Amount, Flow, Link, Node
    from dashboard.chart import Option
    from dashboard.markup import View

HEIGHT = 520
TWO_LINES = 0.08
"""A node that passes this share of the whole has room for a label of two lines."""
NEW_LINE = "\n"
_UNITS = {Unit.ENERGY: "kWh", Unit.CARBON: "kg CO₂"}
_TILE = 8
_OPACITY = {Ribbon.METERED: 0.55, Ribbon.LOSS: 0.75, Ribbon.UNTRACKED: 0.9, Ribbon.UNKNOWN: 0.9}


def drawn(flow: Flow, unit: Unit) -> list[Node]:
    """Return the nodes that have a ribbon in a unit, in the order in which the diagram has them."""
    ends = {end for link in flow.links if link.amount.of(unit) for end in (link.source, link.target)}
    return [node for node in flow.nodes if node.name in ends]


def sankey(view: View, flow: Flow, unit: Unit) -> Option:
    """Return the diagram; nodes in the order of the flow, so that a click's index names one of `drawn`."""
    colours = view.palette
    names = titles(view, flow)
    return {
        "animation": False,
        "aria": {"enabled": True},
        "backgroundColor": "transparent",
        "tooltip": {
            "trigger": "item",
            "backgroundColor": colours.card,
            "borderColor": colours.edge,
            "textStyle": {"color": colours.text},
            "valueFormatter": f"%,.1f {_UNITS.get(unit) or flow.currency}",
        },
        "series": [
            {
                "type": "sankey",
                "left": 8,
                "right": 220,
                "top": 12,
                "bottom": 12,
                "nodeWidth": 14,
                "nodeGap": 20,
                "nodeAlign": "justify",
                # The order of the nodes is that of the chain: moved about, ribbons would cross it.
                "layoutIterations": 0,
                "draggable": False,
                "selectedMode": "single",
                "emphasis": {"focus": "adjacency"},
                "blur": {"itemStyle": {"opacity": 0.5}, "lineStyle": {"opacity": 0.25}, "label": {"opacity": 1.0}},
                "label": {"color": colours.text, "fontSize": 12, "lineHeight": 16},
                "data": [
                    {
                        "name": names[node.name],
                        "itemStyle": {"color": colours.line, "borderColor": colours.line},
                        "label": {"formatter": _label(flow, node, unit, names[node.name])},
                    }
                    for node in drawn(flow, unit)
                ],
                "links": [
                    {
                        "source": names[link.source],
                        "target": names[link.target],
                        "value": _shown(link, unit),
                        "lineStyle": _style(view, link),
                    }
                    for link in flow.links
                    if link.amount.of(unit)
                ],
            }
        ],
    }


def _label(flow: Flow, node: Node, unit: Unit, name: str) -> str:
    """Return what a node is called, what passes it, and by how much that grew."""
    links = [link for link in flow.links if link.target == node.name] or [
        link for link in flow.links if link.source == node.name
    ]
    now = _sum([link.amount for link in links], unit)
    was = _sum([link.before for link in links if link.before is not None], unit)
    grew = f" ({signed(now / was - 1.0)})" if flow.before_ns is not None and now is not None and was else ""
    whole = flow.whole(unit)
    tall = bool(now and whole and now >= TWO_LINES * whole)
    return f"{name}{NEW_LINE if tall else '  '}{amount(now, unit, flow)}{grew}"


def _sum(amounts: list[Amount], unit: Unit) -> float | None:
    known = [value for one in amounts if (value := one.of(unit)) is not None]
    return sum(known) if known and len(known) == len(amounts) else None


def _shown(link: Link, unit: Unit) -> float:
    value = link.amount.of(unit) or 0.0
    return round(kwh(value) if unit is Unit.ENERGY else value, 3)


def _style(view: View, link: Link) -> Option:
    colours = view.palette
    ground = {
        Ribbon.METERED: colours.line_soft,
        Ribbon.LOSS: colours.shares[1],
        Ribbon.UNTRACKED: colours.shares[3],
        Ribbon.UNKNOWN: colours.card,
    }[link.ribbon]
    opacity = _OPACITY[link.ribbon]
    if not link.marked:
        return {"color": ground, "opacity": opacity}
    return {"color": {"image": _hatched(ground, colours.muted), "repeat": "repeat"}, "opacity": opacity}


def _hatched(ground: str, line: str) -> str:
    """Return a tile of diagonal lines as the address of an image."""
    n = _TILE
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{n}" height="{n}">'
        f'<rect width="{n}" height="{n}" fill="{ground}"/>'
        f'<path d="M-1 1L1 -1M0 {n}L{n} 0M{n - 1} {n + 1}L{n + 1} {n - 1}" stroke="{line}" stroke-width="1"/></svg>'
    )
    return drawing.data_uri(svg)
