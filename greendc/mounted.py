"""What is mounted in the racks, and where: the ``[[mounted]]`` stanzas of a site file."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import msgspec

from greendc.device import NAME_PATTERN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from greendc.errors import Problem
    from greendc.toml_source import TomlSource

Units = Annotated[int, msgspec.Meta(ge=1, le=60)]


class Face(StrEnum):
    """From which side of a rack a thing is mounted; what reaches through takes both."""

    FRONT = "front"
    REAR = "rear"


class Mounted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A thing in a rack: the lowest ``unit`` it takes (1 is the bottom), how many, and its mass [kg].

    ``name`` is that of a device of the site, or a name of its own for what is not read. ``face`` is empty for what
    reaches through the rack. ``power`` names what measures its power, ``device`` or ``device/part`` such as a PDU's
    outlets; they are added up.
    """

    name: Annotated[str, msgspec.Meta(pattern=NAME_PATTERN)]
    rack: str
    unit: Units
    units: Units = 1
    face: Annotated[str, msgspec.Meta(pattern="^(|front|rear)$")] = ""
    title: str = ""
    mass_kg: Annotated[float, msgspec.Meta(ge=0)] | None = None
    power: list[str] = []

    @property
    def top(self) -> int:
        """Return the highest unit it takes."""
        return self.unit + self.units - 1

    def on(self, face: Face) -> bool:
        """Tell whether it takes its units on one side."""
        return self.face in ("", face)

    def meets(self, other: Mounted) -> bool:
        """Tell whether two things would stand in the same place."""
        sides = any(self.on(face) and other.on(face) for face in Face)
        return sides and self.rack == other.rack and self.unit <= other.top and other.unit <= self.top


def check_mounted(
    source: TomlSource, mounted: Sequence[Mounted], sizes: Mapping[str, int], devices: set[str], problems: list[Problem]
) -> None:
    """Add what is wrong: unknown racks and devices, what is higher than its rack, and two things in one place.

    ``sizes`` are the units of each rack.
    """
    by_rack: dict[str, list[tuple[int, Mounted]]] = {}
    for i, one in enumerate(mounted):
        path = f"mounted[{i}]"
        if one.rack not in sizes:
            problems.append(source.problem(f"{path}.rack", "errors.unknown_rack", name=one.rack))
            continue
        if one.top > sizes[one.rack]:
            problems.append(
                source.problem(f"{path}.unit", "errors.above_rack", name=one.name, units=str(sizes[one.rack]))
            )
        beside = by_rack.setdefault(one.rack, [])
        for j, other in beside:
            if one.meets(other):
                line, _ = source.place(f"mounted[{j}]")
                problems.append(source.problem(path, "errors.same_place", name=other.name, line=str(line)))
        beside.append((i, one))
        for meter in one.power:
            name = meter.partition("/")[0]
            if name not in devices:
                problems.append(source.problem(f"{path}.power", "errors.unknown_device", name=name))
