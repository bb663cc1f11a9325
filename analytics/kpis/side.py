"""The sides of a figure: which roles of meters make up the facility, IT energy, reused heat, water ..."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from analytics.energy import MeterCurve, common_spans, known_spans
from analytics.spans import Span, intersection
from greendc.site import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.kpis.kind import Period


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a figure: roles with the sign that each counts with.

    Without a meter of ``needs`` there is no such side; the other roles count where they are metered. ``category`` is
    the metering point of IT energy, 0 elsewhere. ``missing`` is the reason code of a site that has none.
    """

    name: str
    signs: dict[Role, float]
    needs: Role
    missing: str = "no_meter"
    category: int = 0

    def metered(self, period: Period) -> bool:
        """Tell whether the site has the meters that the side needs."""
        return bool(period.curves(self.needs))

    def curves(self, period: Period) -> list[MeterCurve]:
        """Return the meters of all its roles."""
        return [curve for role in self.signs for curve in period.curves(role)]

    def spans(self, period: Period) -> list[Span]:
        """Return when all its meters are known at once."""
        # Sides of one name differ in their signs alone, which does not change when they are known.
        roles = sorted(self.signs)
        return period.once(f"spans {self.needs} {roles}", self._spans)

    def _spans(self, period: Period) -> list[Span]:
        window = period.start_ns, period.end_ns
        return intersection(common_spans(period.curves(self.needs), *window), known_spans(self.curves(period), *window))

    def amount(self, period: Period, spans: Sequence[Span]) -> Amount:
        """Return what its meters counted within stretches of time."""
        curves = self.curves(period)
        counted = [self.signs[curve.meter.role] * curve.over(spans) for curve in curves]
        errors = [curve.uncertainty_ratio * part for curve, part in zip(curves, counted, strict=True)]
        return Amount(value=sum(counted), error=math.hypot(*errors))


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """What meters counted, in the unit of their registers (J, m3), with its absolute uncertainty."""

    value: float
    error: float

    @property
    def relative(self) -> float | None:
        """Return the uncertainty relative to the amount, None for an amount of 0."""
        return abs(self.error / self.value) if self.value else None


CATEGORIES = ((3, Role.IT_INPUT), (2, Role.PDU_OUTPUT), (1, Role.UPS_OUTPUT))
"""Where IT energy is metered, the most advanced first (EN 50600-4-2)."""

FACILITY = Side(
    name="facility",
    signs={
        Role.FACILITY_INPUT: 1.0,
        Role.GENERATION: 1.0,
        Role.STORAGE: 1.0,
        Role.FUEL: 1.0,
        Role.COOLING_IMPORT: 1.0,
        Role.EXPORT: -1.0,
        Role.NON_DC: -1.0,
    },
    needs=Role.FACILITY_INPUT,
    missing="no_facility_meter",
)
"""E_DC = supply + own generation + what storage gave + fuels and bought cooling - export - what is not the centre's."""

SUPPLY = Side(
    name="supply",
    signs={Role.FACILITY_INPUT: 1.0},
    needs=Role.FACILITY_INPUT,
    missing="no_facility_meter",
)
"""What the site takes from its supplies."""

_NOT_IT = {Role.UPS_OUTPUT: {Role.UPS_NON_IT: -1.0}}
"""What is metered at the same point and feeds no IT."""

IT = tuple(
    Side(
        name=role.value,
        signs={role: 1.0, **_NOT_IT.get(role, {})},
        needs=role,
        missing="no_it_meter",
        category=category,
    )
    for category, role in CATEGORIES
)
ALL_COOLING = Side(
    name="cooling",
    signs={Role.COOLING: 1.0, Role.COOLING_IMPORT: 1.0},
    needs=Role.COOLING,
    missing="no_cooling_meter",
)
"""Cooling made here and bought."""
COOLING = Side(name="cooling", signs={Role.COOLING: 1.0}, needs=Role.COOLING, missing="no_cooling_meter")
REUSE = Side(name="heat_reuse", signs={Role.HEAT_REUSE: 1.0}, needs=Role.HEAT_REUSE, missing="no_reuse_meter")
GENERATION = Side(name="generation", signs={Role.GENERATION: 1.0}, needs=Role.GENERATION, missing="no_meter")
WATER = Side(name="water", signs={Role.WATER_INPUT: 1.0}, needs=Role.WATER_INPUT, missing="no_water_meter")
HEAT_REMOVED = Side(
    name="heat_removed", signs={Role.HEAT_REMOVED: 1.0}, needs=Role.HEAT_REMOVED, missing="no_heat_meter"
)
KEPT = Side(
    name="facility_less_reuse",
    signs={**FACILITY.signs, Role.HEAT_REUSE: -1.0},
    needs=Role.FACILITY_INPUT,
    missing="no_facility_meter",
)
"""What the centre took and did not give away as heat."""
POWER_CHAIN = Side(
    name="power_chain",
    signs={
        **FACILITY.signs,
        Role.COOLING_IMPORT: 0.0,
        Role.COOLING: -1.0,
        Role.LIGHTING: -1.0,
        Role.OTHER: -1.0,
    },
    needs=Role.FACILITY_INPUT,
    missing="no_facility_meter",
)
"""IT and everything between the supply and IT that is neither cooling nor lighting nor another metered use."""
