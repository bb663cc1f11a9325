"""The colours of the plan of racks: greys where all is well, cold grey-blue, amber and red beyond the limits.

Amber and red stand where an alarm of the same limits stands; a mark in front of the number says the same.
"""

from __future__ import annotations

import msgspec

from analytics.thermal_view import Zone

MARKS = {Zone.HOT: "↑↑", Zone.WARM: "↑", Zone.COLD: "↓"}
"""What stands before a number outside of the limits: colour is never the only sign."""


class Ground(msgspec.Struct, frozen=True):
    """The colour of a cell and that of the text on it."""

    fill: str
    ink: str


class ThermalColours(msgspec.Struct, frozen=True, kw_only=True):
    """One theme. ``ramp`` goes from cool to warm within the limits."""

    ramp: tuple[Ground, ...]
    cold: Ground
    warm: Ground
    hot: Ground
    stale: Ground
    unknown: Ground
    cold_aisle: Ground
    hot_aisle: Ground
    aisle: Ground

    def zone(self, zone: Zone, share: float) -> Ground:
        """Return the ground of a zone; within the limits that of a share 0..1 of the way from cool to warm."""
        outside = {Zone.COLD: self.cold, Zone.WARM: self.warm, Zone.HOT: self.hot, Zone.UNKNOWN: self.unknown}
        if zone in outside:
            return outside[zone]
        return self.ramp[min(len(self.ramp) - 1, max(0, int(share * len(self.ramp))))]

    def grounds(self) -> list[Ground]:
        """Return every ground that carries text."""
        rest = (self.cold, self.warm, self.hot, self.stale, self.unknown, self.cold_aisle, self.hot_aisle, self.aisle)
        return [*self.ramp, *rest]


_AMBER, _RED = Ground("#F2A93B", "#1F1300"), Ground("#C0262D", "#FFFFFF")
LIGHT = ThermalColours(
    ramp=tuple(Ground(fill, "#1F2933") for fill in ("#E9ECEE", "#DBE0E4", "#CCD3D9", "#BEC7CE", "#AFBAC3", "#A1ADB8")),
    cold=Ground("#9CC0DE", "#14202B"),
    warm=_AMBER,
    hot=_RED,
    stale=Ground("#F7F8F8", "#52606D"),
    unknown=Ground("#F7F8F8", "#52606D"),
    cold_aisle=Ground("#E3EBF2", "#52606D"),
    hot_aisle=Ground("#EFE8E3", "#5A554F"),
    aisle=Ground("#EDEFF0", "#52606D"),
)
DARK = ThermalColours(
    ramp=tuple(Ground(fill, "#E3E7EA") for fill in ("#2E353B", "#373F46", "#404952", "#49535D", "#525D68", "#5B6772")),
    cold=Ground("#2C567C", "#EAF2F9"),
    warm=_AMBER,
    hot=_RED,
    stale=Ground("#24292E", "#9AA7B3"),
    unknown=Ground("#24292E", "#9AA7B3"),
    cold_aisle=Ground("#1F2A34", "#9AA7B3"),
    hot_aisle=Ground("#2C2722", "#A9A199"),
    aisle=Ground("#1B1F23", "#9AA7B3"),
)


def thermal_colours(theme: str) -> ThermalColours:
    """Return the colours of a theme's name."""
    return DARK if theme == "dark" else LIGHT
