"""The plant of an edge site: one cabinet with a few servers, a small UPS and a split air conditioner."""

from __future__ import annotations

from simulators.plant.plant import Plant
from simulators.plant.sizes import cabinet


class Cabinet(Plant):
    """One cabinet. Its meter sees everything; its PDU feeds the servers."""

    def __init__(self, seed: int, start_s: float) -> None:
        """Build the cabinet of a seed as it stands at ``start_s`` [s since 1970]."""
        super().__init__(seed, start_s, cabinet())
