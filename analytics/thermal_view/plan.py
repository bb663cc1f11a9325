"""The floor of a room: rows of racks with the aisles between them, as the site file places them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from greendc.site import Rack

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_POSITIONS = 200
"""A rack beyond this position is listed instead of drawn."""


class Kind(StrEnum):
    """What a lane of a room is."""

    ROW = "row"
    COLD = "cold"
    HOT = "hot"
    AISLE = "aisle"


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """One strip across a room: a row of racks, by position, or an aisle between two rows."""

    kind: Kind
    row: str = ""
    racks: dict[int, Rack] = {}


class RoomPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A room: its lanes from top to bottom and how many positions they have."""

    room: str
    lanes: tuple[Lane, ...]
    positions: int


def lanes_of(racks: Sequence[Rack]) -> tuple[list[RoomPlan], list[Rack]]:
    """Return the rooms with the racks that have a place of their own, and the racks that have none."""
    placed: dict[str, dict[str, dict[int, Rack]]] = {}
    loose = []
    for rack in racks:
        row = placed.setdefault(rack.room, {}).setdefault(rack.row, {}) if _has_place(rack) else None
        if row is None or rack.position in row:
            loose.append(rack)
        else:
            row[rack.position] = rack
    return [_room(name, rows) for name, rows in placed.items()], loose


def _has_place(rack: Rack) -> bool:
    return bool(rack.row) and 1 <= rack.position <= MOST_POSITIONS


def _room(name: str, rows: dict[str, dict[int, Rack]]) -> RoomPlan:
    lanes: list[Lane] = []
    for row, racks in sorted(rows.items()):
        if lanes:
            lanes.append(Lane(kind=_between(lanes[-1].racks, racks)))
        lanes.append(Lane(kind=Kind.ROW, row=row, racks=racks))
    return RoomPlan(room=name, lanes=tuple(lanes), positions=max(max(racks) for racks in rows.values()))


def _between(above: dict[int, Rack], below: dict[int, Rack]) -> Kind:
    """Return the aisle between two rows: cold where both look into it, hot where both turn their backs on it."""
    looks = tuple({rack.front for rack in racks.values()} for racks in (above, below))
    if looks == ({"next"}, {"previous"}):
        return Kind.COLD
    return Kind.HOT if looks == ({"previous"}, {"next"}) else Kind.AISLE
