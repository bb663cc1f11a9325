"""What the energy flow page shows: where a site's electricity comes from and goes to in a period, and what is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.flow_view.balance import balanced
from analytics.flow_view.flow import WHOLE, Amount, Flow, Link, Node, NodeMeter, Note, Ribbon, Unit
from analytics.flow_view.graph import Graph
from analytics.flow_view.steps import edges_of, steps_of
from analytics.flow_view.table import COLUMNS, table
from analytics.flow_view.tree import tree_of, walk
from analytics.flow_view.worth import worth_of
from greendc.site import Role

if TYPE_CHECKING:
    from analytics.flow_view.balance import Balanced
    from analytics.flow_view.tree import Tree
    from greendc.contracts import History
    from greendc.site import Site

__all__ = [
    "COLUMNS",
    "WHOLE",
    "Amount",
    "Flow",
    "Link",
    "Node",
    "NodeMeter",
    "Note",
    "Ribbon",
    "Unit",
    "compared",
    "flow_of",
    "table",
]


def flow_of(history: History, site: Site, start_ns: int, end_ns: int) -> Flow:
    """Return the energy flow of a period, of its whole steps.

    Raises:
        StoreAway: the store does not answer.
        ConfigError: the tariff file cannot be used.
    """
    edges = edges_of(start_ns, end_ns)
    if len(edges) < 2:  # noqa: PLR2004 (two edges make a step)
        return Flow(start_ns=start_ns, end_ns=end_ns, reason="too_short")
    window = int(edges[0]), int(edges[-1])
    tree = tree_of(site, history.series(site.name))
    if tree is None:
        return Flow(start_ns=window[0], end_ns=window[1], reason="no_facility_meter")
    steps = steps_of(history, site, tree.meters(), edges)
    made, worth, hubs = balanced(tree, steps), worth_of(site, edges), walk(tree)
    graph = Graph(site, tree, hubs)
    links = graph.links(made, worth)
    return Flow(
        start_ns=window[0],
        end_ns=window[1],
        nodes=graph.nodes(made, steps, links),
        links=links,
        notes=(*made.notes, *_more(tree, made, graph)),
        coverage=float(made.bus.mean()),
        reason="" if made.bus.any() else "no_readings",
        currency=worth.currency,
        unpriced=worth.unpriced,
        uncounted=worth.uncounted,
        factor_source=worth.source,
    )


def compared(flow: Flow, earlier: Flow) -> Flow:
    """Return a flow whose ribbons know what they were in an earlier period."""
    was = {(link.source, link.target, link.ribbon): link.amount for link in earlier.links}
    links = tuple(
        msgspec.structs.replace(link, before=was.get((link.source, link.target, link.ribbon))) for link in flow.links
    )
    return msgspec.structs.replace(flow, links=links, before_ns=(earlier.start_ns, earlier.end_ns))


def _more(tree: Tree, made: Balanced, graph: Graph) -> list[Note]:
    """Return notes on meters beside the balance: out of the tree, and supplies whose fuel is not counted."""
    found = [Note(code="stray", meters=tree.stray)] if tree.stray else []
    for stream in made.streams:
        spot = tree.spots.get(stream.source)
        fuelled = spot is not None and spot.role is Role.GENERATION and graph.kinds[stream.source] != "pv"
        if spot is not None and fuelled and float(stream.energy_j.sum()) > 0:
            found.append(Note(code="unpriced", meters=(spot.device,), energy_j=float(stream.energy_j.sum())))
    return found
