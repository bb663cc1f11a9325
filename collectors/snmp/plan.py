"""Which objects have to be read for a set of points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greendc.profiles import Point


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Scalars to get, columns to walk, and label columns, which are walked only when a row is new."""

    scalars: tuple[str, ...]
    columns: tuple[str, ...]
    labels: tuple[str, ...]


def plan(points: Iterable[Point]) -> Plan:
    """Return the objects that the points and their companions need, each once, in the order of the points."""
    scalars: dict[str, None] = {}
    columns: dict[str, None] = {}
    labels: dict[str, None] = {}
    for point in points:
        for oid in needed(point):
            (scalars if oid == point.oid or is_scalar(oid) else columns)[oid] = None
        if point.label is not None:
            labels[point.label] = None
    return Plan(
        scalars=tuple(scalars), columns=tuple(columns), labels=tuple(oid for oid in labels if oid not in columns)
    )


def needed(point: Point) -> list[str]:
    """Return the OIDs that a point's value depends on, its own first."""
    own = [oid for oid in (point.oid, point.table) if oid is not None]
    return own + point.companions()


def is_scalar(oid: str) -> bool:
    """Tell whether an OID names a scalar's only instance."""
    return oid.endswith(".0")
