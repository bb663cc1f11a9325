"""The words of the energy flow: nodes, ribbons between them, what they are worth, and what is to be said about meters.

Energies are in J, money in the tariff's currency, carbon in kg CO2, times in UTC ns. What is not known is None.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

WHOLE = 0.95
"""A ribbon that is known for less of the period than this is marked."""


class Unit(StrEnum):
    """What the width of a ribbon stands for."""

    ENERGY = "energy"
    COST = "cost"
    CARBON = "carbon"


class Ribbon(StrEnum):
    """What a ribbon is: counted by meters, or what is left between meters.

    A ``LOSS`` is left between the two sides of one device, ``UNTRACKED`` is a meter less the sum of its children, and
    ``UNKNOWN`` is what passed while a child did not answer.
    """

    METERED = "metered"
    LOSS = "loss"
    UNTRACKED = "untracked"
    UNKNOWN = "unknown"


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """One energy [J], what it cost and the carbon [kg CO2] that it carries; None where there is no price or factor."""

    energy_j: float
    money: float | None = None
    carbon_kg: float | None = None

    def of(self, unit: Unit) -> float | None:
        """Return the amount in a unit."""
        if unit is Unit.ENERGY:
            return self.energy_j
        return self.money if unit is Unit.COST else self.carbon_kg


class NodeMeter(msgspec.Struct, frozen=True, kw_only=True):
    """One meter of a node with what it counted while everything above it was known.

    ``own`` says that it is a device's own reading and no meter of the site file.
    """

    label: str
    device: str
    role: str
    energy_j: float | None
    coverage: float
    method: str
    uncertainty_ratio: float
    resets: int = 0
    own: bool = False


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A place that energy comes from, passes or ends. ``kind`` has its name below `dashboard_flow.node`.

    ``devices`` names what stands there, and is empty where a kind says it all.
    """

    name: str
    kind: str
    devices: tuple[str, ...] = ()
    meters: tuple[NodeMeter, ...] = ()


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One ribbon. ``coverage`` is the share of the period in which it is known; ``own``: by a device's own reading.

    ``before`` is the same ribbon in the period it is compared with, None where there is none.
    """

    source: str
    target: str
    ribbon: Ribbon
    amount: Amount
    coverage: float
    own: bool = False
    before: Amount | None = None

    @property
    def marked(self) -> bool:
        """Tell whether the ribbon is to be read with care."""
        return self.own or self.coverage < WHOLE or self.ribbon is Ribbon.UNKNOWN

    def change(self, unit: Unit) -> float | None:
        """Return by how much the ribbon grew as a ratio, None where that cannot be said."""
        now, was = self.amount.of(unit), None if self.before is None else self.before.of(unit)
        return None if now is None or not was else now / was - 1.0


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Something to know about meters; ``code`` has its text below `dashboard_flow.note`.

    ``negative``: children counted ``energy_j`` more than their parents, beyond the ``allowed_j`` of their classes;
    ``within_class``: within it; ``silent``: no reading at all; ``stray``: not in the power tree; ``unpriced``: a source
    whose cost or carbon is not known.
    """

    code: str
    meters: tuple[str, ...]
    energy_j: float = 0.0
    allowed_j: float = 0.0


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """The flow of a period. ``coverage`` is the share of it in which all supplies are known.

    ``reason`` says why there is nothing: ``no_facility_meter``, ``no_readings``, ``too_short``. ``unpriced`` and
    ``uncounted`` say why there is no cost (``no_tariff``, ``no_price``) and no carbon (``no_grid_factor``).
    """

    start_ns: int
    end_ns: int
    nodes: tuple[Node, ...] = ()
    links: tuple[Link, ...] = ()
    notes: tuple[Note, ...] = ()
    coverage: float = 0.0
    reason: str = ""
    currency: str = ""
    unpriced: str = ""
    uncounted: str = ""
    factor_source: str = ""
    before_ns: tuple[int, int] | None = None

    def node(self, name: str) -> Node | None:
        """Return a node by its name."""
        return next((node for node in self.nodes if node.name == name), None)

    def lacks(self, unit: Unit) -> str:
        """Return why there are no amounts in a unit, nothing where there are."""
        return {Unit.ENERGY: "", Unit.COST: self.unpriced, Unit.CARBON: self.uncounted}[unit]

    def whole(self, unit: Unit) -> float | None:
        """Return the sum of all sources."""
        targets = {link.target for link in self.links}
        parts = [link.amount.of(unit) for link in self.links if link.source not in targets]
        known = [part for part in parts if part is not None]
        return sum(known) if known and len(known) == len(parts) else None
