"""What the rack page shows: what stands in a rack and draws what, the air at its heights, phases, and what is free."""

from __future__ import annotations

from analytics.rack_view.contents import Item, Plugged
from analytics.rack_view.phases import PhaseLine
from analytics.rack_view.rack import HeightLine, RackView, Spare, rack_of

__all__ = ["HeightLine", "Item", "PhaseLine", "Plugged", "RackView", "Spare", "rack_of"]
