"""The words of the power chain: the boxes of the one-line diagram, the racks' feeds, and what a lost feed would do.

Loads are ratios of a rating, 0..1 and above; times are UTC ns. What is not known is a figure without a value.
"""

from __future__ import annotations

import msgspec

from analytics.overview.figure import Figure

NONE = Figure(unit="1", reason="not_measured")


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """One box of the diagram: a device, or like devices below the same ones.

    ``kind`` has its name below `dashboard_power.kind`. ``level`` counts from the supplies (0) down; ``feeds`` names the
    boxes that feed it; ``lane`` is the UPS that it hangs on. ``load`` is the greatest load of a phase: of a UPS's own
    rating, else of the breaker before the device; ``then`` is the load that it would have if the worst other feed were
    lost, which is ``lost``. ``imbalance`` is (greatest - mean) / mean of the phase currents.
    """

    name: str
    kind: str
    level: int
    devices: tuple[str, ...]
    feeds: tuple[str, ...] = ()
    lane: str = ""
    power: Figure
    load: Figure = NONE
    then: float | None = None
    lost: str = ""
    imbalance: float | None = None
    runtime: Figure | None = None
    charge: Figure | None = None
    source: str = ""


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """One PDU of a rack: its lane, its power [W], its load, and the load it would have if the worst other lane failed.

    ``lost`` is that lane; empty where there is no other.
    """

    pdu: str
    lane: str
    power: Figure
    load: Figure
    imbalance: float | None = None
    then: float | None = None
    lost: str = ""


class RackPower(msgspec.Struct, frozen=True, kw_only=True):
    """The feeds of a rack. ``share`` is its power over what it was planned for, None where that is not known."""

    rack: str
    feeds: tuple[Feed, ...]
    power: Figure
    share: float | None = None

    @property
    def worst(self) -> float:
        """Return the greatest load that any of its feeds has or would have; -1 where none is known."""
        known = [value for feed in self.feeds for value in (feed.load.value, feed.then) if value is not None]
        return max(known, default=-1.0)

    @property
    def redundant(self) -> bool:
        """Tell whether the rack hangs on more than one lane."""
        return len({feed.lane or feed.pdu for feed in self.feeds}) > 1


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """The power chain now. ``continuous`` is the load that a breaker or UPS may carry for long."""

    now_ns: int
    boxes: tuple[Box, ...] = ()
    racks: tuple[RackPower, ...] = ()
    continuous: float = 0.8
    simple: bool = False

    @property
    def ups(self) -> list[Box]:
        """Return the UPSs."""
        return [box for box in self.boxes if box.kind == "ups"]

    def box(self, name: str) -> Box | None:
        """Return a box by its name."""
        return next((box for box in self.boxes if box.name == name), None)
