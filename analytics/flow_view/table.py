"""The ribbons as rows, unrounded, for a file: each with its amounts, coverage and what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greendc.clock import iso
from greendc.units import kwh

if TYPE_CHECKING:
    from analytics.flow_view.flow import Flow

COLUMNS = (
    "source",
    "target",
    "ribbon",
    "energy_kwh",
    "cost",
    "currency",
    "carbon_kg",
    "coverage",
    "own_reading",
    "before_energy_kwh",
    "start",
    "end",
)


def table(flow: Flow) -> list[dict[str, str]]:
    """Return one row a ribbon; what is not known is an empty cell."""
    return [
        {
            "source": link.source,
            "target": link.target,
            "ribbon": link.ribbon.value,
            "energy_kwh": repr(kwh(link.amount.energy_j)),
            "cost": _cell(link.amount.money),
            "currency": flow.currency,
            "carbon_kg": _cell(link.amount.carbon_kg),
            "coverage": repr(link.coverage),
            "own_reading": str(link.own).lower(),
            "before_energy_kwh": _cell(None if link.before is None else kwh(link.before.energy_j)),
            "start": iso(flow.start_ns),
            "end": iso(flow.end_ns),
        }
        for link in flow.links
    ]


def _cell(value: float | None) -> str:
    return "" if value is None else repr(value)
