"""What is changed, all of it together."""

from __future__ import annotations

import msgspec


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A set of changes applied at once; the empty change is the plant as it runs.

    ``supply_k``, ``chilled_k`` and ``condenser_k`` are added to set-points [K]; ``fan_ratio`` and ``it_ratio`` multiply
    the fans' speed and the servers' power. ``economiser`` and ``ups_eco`` turn free cooling by water and eco mode on
    (True) or off (False), None leaves them; ``ups`` names the UPSs whose mode that is, all of them where it is empty.
    ``condenser_c`` is the condenser water's set-point itself [degC], whatever it is now, and counts over
    ``condenser_k``. ``units_off`` are cooling units that stand, ``chillers_on`` how many machines share the load where
    any runs, and more where so many cannot carry it.
    """

    supply_k: float = 0.0
    chilled_k: float = 0.0
    condenser_k: float = 0.0
    condenser_c: float | None = None
    fan_ratio: float = 1.0
    it_ratio: float = 1.0
    economiser: bool | None = None
    ups_eco: bool | None = None
    ups: tuple[str, ...] = ()
    units_off: tuple[str, ...] = ()
    chillers_on: int | None = None

    def merged(self, other: Change) -> Change:
        """Return both changes at once: kelvins add, ratios multiply, choices of ``other`` come after."""
        return Change(
            supply_k=self.supply_k + other.supply_k,
            chilled_k=self.chilled_k + other.chilled_k,
            condenser_k=self.condenser_k + other.condenser_k,
            condenser_c=self.condenser_c if other.condenser_c is None else other.condenser_c,
            fan_ratio=self.fan_ratio * other.fan_ratio,
            it_ratio=self.it_ratio * other.it_ratio,
            economiser=self.economiser if other.economiser is None else other.economiser,
            ups_eco=self.ups_eco if other.ups_eco is None else other.ups_eco,
            ups=self._ups(other),
            units_off=tuple(sorted({*self.units_off, *other.units_off})),
            chillers_on=self.chillers_on if other.chillers_on is None else other.chillers_on,
        )

    def _ups(self, other: Change) -> tuple[str, ...]:
        """Return whose mode both changes set: those of either where they agree, else those of ``other``."""
        if other.ups_eco is None or self.ups_eco is None:
            return self.ups if other.ups_eco is None else other.ups
        if self.ups_eco is not other.ups_eco:
            return other.ups
        return tuple(sorted({*self.ups, *other.ups})) if self.ups and other.ups else ()
