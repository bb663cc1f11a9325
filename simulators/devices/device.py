"""A simulated device: a profile's points, each tied to a signal of the plant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from greendc.model import Quality, Reading
from greendc.profiles import Point, Profile
from simulators.devices.instruments import Instruments
from simulators.devices.scale_factors import scale_factors, settled
from simulators.devices.sensors import LOSS_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from greendc.physics.kinds import FloatArray
    from simulators.devices.registers import Qualities
    from simulators.devices.sensors import SensorErrors, SensorFault

_COMPONENT = re.compile(r"\\\{(\d+)\\\}")
_LABEL = re.escape("{label}")

FIRST_NUMBERED_ROW = 31
"""Rows that are known by a label or a type are numbered from here, rows that the part numbers lie below."""


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

    @property
    def signal(self) -> str:
        """Return the name of the signal behind the point, empty for what is fixed."""
        if isinstance(self.wire, Levels):
            return self.wire.signal
        return self.wire if isinstance(self.wire, str) else ""

    @property
    def fixed(self) -> float:
        """Return the true value of a point that follows no signal, 0 for a state."""
        return float(self.wire) if isinstance(self.wire, int | float) else 0.0

    @property
    def is_state(self) -> bool:
        """Tell whether the point is in one of several states."""
        return isinstance(self.wire, State | Levels)

    def codes(self, values: FloatArray, names: Mapping[str, float]) -> FloatArray:
        """Return the code of the state at each true value; ``names`` gives the codes by name."""
        if isinstance(self.wire, Levels):
            by_level = np.array([float(names[name]) for name in self.wire.names])
            return by_level[np.searchsorted(self.wire.edges, values, side="right")]
        return np.full(len(values), float(names[self.wire.name]) if isinstance(self.wire, State) else np.nan)


class Device:
    """A device of a profile at a plant, whatever protocol it speaks.

    ``faults`` are what is wrong with its sensors; they count from the next update of its registers.
    """

    def __init__(
        self,
        name: str,
        profile: Profile,
        wires: Wires,
        read: Callable[[str], float],
        errors: SensorErrors,
        now_s: Callable[[], float] = float,
    ) -> None:
        """Tie every point of the profile to its wires.

        ``read`` gives the present value of a signal, ``now_s`` the present time of the plant [s since 1970].
        """
        self.name = name
        self.profile = profile
        self.scale_factors = scale_factors(profile)
        self.errors = errors
        self.now_s = now_s
        self.points = wired_points(profile, wires)
        self.faults: list[SensorFault] = []
        self._read = read
        self._rows = {(wired.part, wired.point.quantity): row for row, wired in enumerate(self.points)}
        self._instruments = Instruments(self.points, errors)
        self._image = np.empty(0)
        self._held: tuple[int, int] | None = None
        self._answers = (-1, True)

    def raw(self, wired: WiredPoint) -> float:
        """Return the raw value that stands in a point's register now; NaN where the device has none."""
        return float(self.image()[self._rows[wired.part, wired.point.quantity]])

    def image(self) -> FloatArray:
        """Return the raw values of all points as they stood when first asked for since the last update.

        It is another array after each update, and the same one until then.
        """
        time_s = np.array([self.now_s()])
        held = (int(self.errors.updates(time_s)[0]), len(self.faults))
        if held != self._held:
            true = [self._read(wired.signal) if wired.signal else wired.fixed for wired in self.points]
            self._image = self._instruments.at_once(np.array(true), time_s, self.faults)
            self._held = held
        return self._image

    def answers(self) -> bool:
        """Tell whether the device answers now, apart from all troubles on the way to it."""
        now_s = self.now_s()
        second = int(now_s * 1000.0) // LOSS_MS
        if second != self._answers[0]:
            self._answers = (second, bool(self.errors.answered(np.array([now_s]))[0]))
        return self._answers[1]

    def stored(self, wired: WiredPoint, true: FloatArray, times_s: FloatArray) -> tuple[FloatArray, Qualities]:
        """Return what a collector stores for the true values of a point at rising times [s since 1970].

        A value that the collector would not believe is NaN and bad. At times for which ``errors.answered`` is false
        the device does not answer at all, and nothing is stored.
        """
        raw = self.raw_column(wired, true, times_s)
        return self._instruments.one(self._rows[wired.part, wired.point.quantity]).read_back(raw)

    def raw_column(self, wired: WiredPoint, true: FloatArray, times_s: FloatArray) -> FloatArray:
        """Return what stands in a point's register for its true values at rising times [s since 1970]."""
        return self._instruments.one(self._rows[wired.part, wired.point.quantity]).raw(true, times_s, self.faults)

    def readings(self, site: str, time_ns: int, *, slow: bool = True) -> list[Reading]:
        """Return what a collector that reads the device now would store, with or without the slow tier."""
        found = []
        for row, (wired, raw) in enumerate(zip(self.points, self.image().tolist(), strict=True)):
            if wired.point.tier == "slow" and not slow:
                continue
            value, reason = self._instruments.one(row).believed(raw)
            found.append(
                Reading(
                    time_ns=time_ns,
                    site=site,
                    device=self.name,
                    part=wired.part,
                    quantity=wired.point.quantity,
                    value=value,
                    quality=Quality.BAD if reason else Quality.GOOD,
                    reason=reason,
                )
            )
        return found


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
