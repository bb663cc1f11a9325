"""What the edge page shows: nodes by how they stand, what waits at them, and where their readings went."""

from __future__ import annotations

from analytics.edge_view.nodes import EdgeView, NodeLine, Standing, covered_by, edge_view, greyed, pasted
from analytics.edge_view.seen import Member, Seen, seen_of
from analytics.edge_view.told import Account, Refusal, Told, told_of

__all__ = [
    "Account",
    "EdgeView",
    "Member",
    "NodeLine",
    "Refusal",
    "Seen",
    "Standing",
    "Told",
    "covered_by",
    "edge_view",
    "greyed",
    "pasted",
    "seen_of",
    "told_of",
]
