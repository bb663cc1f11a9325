"""A simulated device: a profile's points, each tied to a signal of the plant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from greendc.profiles import Point, Profile
from greendc.quantities import quantity
from simulators.devices import sensors
from simulators.devices.scale_factors import scale_factors, settled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from greendc.physics.kinds import FloatArray
    from simulators.devices.sensors import SensorErrors

_COMPONENT = re.compile(r"\\\{(\d+)\\\}")
_LABEL = re.escape("{label}")

FIRST_NUMBERED_ROW = 31
"""Rows that are known by a label or a type are numbered from here, rows that the part numbers lie below."""
ALLOCATION_UNIT = 4096
"""What a column that a raw value is multiplied by holds."""


class State(msgspec.Struct, frozen=True):
    """A state that a simulated device is always in, by name."""

    name: str


class Levels(msgspec.Struct, frozen=True):
    """A state that follows a signal: below the first edge the first name, from the last edge on the last one."""

    signal: str
    names: tuple[str, ...]
    edges: tuple[float, ...] = (0.5,)


Wire = str | float | State | Levels
"""A signal's name, a fixed value in the stored unit, a fixed state, or a state that follows a signal."""
Wires = dict[tuple[str, str], Wire]
"""By part and quantity."""


class WiredPoint(msgspec.Struct, frozen=True, kw_only=True):
    """A point of a profile for one part. ``index`` is the row of a table, empty for a scalar or a register."""

    point: Point
    part: str
    wire: Wire
    index: tuple[int, ...] = ()
    label: str = ""

    def raw_of(self, value: float, errors: SensorErrors) -> float:
        """Return the raw value that stands for a true value, or the state's code."""
        return float(self.raw_column(np.array([value]), errors)[0])

    @property
    def signal(self) -> str:
        """Return the name of the signal behind the point, empty for what is fixed."""
        if isinstance(self.wire, Levels):
            return self.wire.signal
        return self.wire if isinstance(self.wire, str) else ""

    def raw_column(self, values: FloatArray, errors: SensorErrors) -> FloatArray:
        """Return the raw values that stand for true values."""
        if isinstance(self.wire, State | Levels):
            return _codes(self.wire, values, {name: float(code) for code, name in reversed(self.point.states.items())})
        measured = errors.measured(self.point.quantity, values)
        return sensors.raw_values(self.point, measured / ALLOCATION_UNIT if self.point.times else measured)

    def stored_column(self, values: FloatArray, errors: SensorErrors) -> FloatArray:
        """Return what a collector stores for true values: the raw value, read back through the profile."""
        if isinstance(self.wire, State | Levels):
            return _codes(self.wire, values, quantity(self.point.quantity).states)
        raw = self.raw_column(values, errors)
        step = self.point.stored(1.0) - self.point.stored(0.0)
        return (raw * ALLOCATION_UNIT if self.point.times else raw) * step + self.point.stored(0.0)


class Device:
    """A device of a profile at a plant, whatever protocol it speaks."""

    def __init__(
        self, name: str, profile: Profile, wires: Wires, read: Callable[[str], float], errors: SensorErrors
    ) -> None:
        """Tie every point of the profile to its wires; ``read`` gives the present value of a signal."""
        self.name = name
        self.profile = profile
        self.scale_factors = scale_factors(profile)
        self.errors = errors
        self.points = wired_points(profile, wires)
        self._read = read

    def raw(self, wired: WiredPoint) -> float:
        """Return the present raw value of a point."""
        value = self._read(wired.signal) if wired.signal else 0.0
        return wired.raw_of(wired.wire if isinstance(wired.wire, float) else value, self.errors)


def _codes(wire: State | Levels, values: FloatArray, codes: Mapping[str, float]) -> FloatArray:
    """Return the code of a state at each true value; where several codes stand for it, the first."""
    if isinstance(wire, State):
        return np.full(len(values), float(codes[wire.name]))
    by_level = np.array([float(codes[name]) for name in wire.names])
    return by_level[np.searchsorted(wire.edges, values, side="right")]


def wired_points(profile: Profile, wires: Mapping[tuple[str, str], Wire]) -> list[WiredPoint]:
    """Return the points that have a wire, in the profile's order.

    Raises:
        ValueError: a wire leads nowhere.
    """
    found: list[WiredPoint] = []
    used: set[tuple[str, str]] = set()
    rows: dict[tuple[str, ...], int] = {}
    for point in profile.points:
        for (part, name), wire in wires.items():
            if name != point.quantity or (part, name) in used:
                continue
            match = _part_pattern(point.part).fullmatch(part)
            if match is None:
                continue
            label = match.groupdict().get("label") or ""
            index = _index(point, match, rows, label)
            if point.table is not None and point.only and not re.fullmatch(point.only, ".".join(map(str, index))):
                continue
            if not _states(wire) <= set(point.states.values()):
                continue
            used.add((part, name))
            found.append(WiredPoint(point=settled(point), part=part, wire=wire, index=index, label=label))
    if loose := sorted(set(wires) - used):
        raise ValueError(f"{profile.name} has no point for {loose}")
    return found


def _states(wire: Wire) -> set[str]:
    if isinstance(wire, State):
        return {wire.name}
    return set(wire.names) if isinstance(wire, Levels) else set()


def _part_pattern(template: str) -> re.Pattern[str]:
    escaped = _COMPONENT.sub(r"(?P<i\1>\\d+)", re.escape(template))
    return re.compile(escaped.replace(_LABEL, "(?P<label>.+)"))


def _index(point: Point, match: re.Match[str], rows: dict[tuple[str, ...], int], label: str) -> tuple[int, ...]:
    """Return a row's index: components that the part does not name are 1, labelled rows are numbered as they come."""
    if point.table is None:
        return ()
    named = {int(name[1:]): int(text) for name, text in match.groupdict().items() if name != "label"}
    if not named:
        key = (str(point.label), label, str(point.when), *point.when_in[:1])
        return (rows.setdefault(key, len(rows) + FIRST_NUMBERED_ROW),)
    return tuple(named.get(i, 1) for i in range(max(named, default=0) + 1))
