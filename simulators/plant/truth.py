"""What a simulated plant really does, apart from what its devices show."""

from __future__ import annotations

import msgspec


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """What really flows, before any sensor: powers [W], energies since the start [J], and the PUE of this moment.

    ``utility = it + cooling + loss + other - generation``. ``it`` is what leaves the rack PDUs;
    ``generation`` is what PV, generator and batteries give, batteries by what leaves their cells.
    """

    time_s: float
    utility_w: float
    it_w: float
    cooling_w: float
    loss_w: float
    other_w: float
    generation_w: float
    utility_j: float
    it_j: float
    cooling_j: float
    loss_j: float
    other_j: float
    generation_j: float
    pue: float


class Heat(msgspec.Struct, frozen=True, kw_only=True):
    """The heat balance [W] of the room's air over the last step: ``gains = removed + envelope + stored``."""

    gains_w: float
    removed_w: float
    envelope_w: float
    stored_w: float
