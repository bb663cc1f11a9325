"""Energy as a function of time: what one meter is known to have counted up to each instant.

Energy between two instants is a difference of two values of one function, so that splitting a period can never change
its energy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.counters import PLAUSIBLE_START_W, Floats, Step, Times, judge
from analytics.spans import Span
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


_PAIR = 2


class EnergyCurve(msgspec.Struct, frozen=True, kw_only=True):
    """Knots of two rising lines: ``energy_j`` and ``covered_ns``, the energy and the time known since the first knot.

    Where a step is not known both lines are level: nothing is invented for it. ``breaks`` counts resets, ``bridged``
    lists gaps whose energy is known as a whole because both ends are; ``reset_ns`` says where a new segment began.
    """

    time_ns: Times
    energy_j: Floats
    covered_ns: Times
    breaks: int = 0
    refused: int = 0
    bridged: tuple[Span, ...] = ()
    quantum_j: float = 0.0
    reset_ns: tuple[int, ...] = ()

    def energy(self, start_ns: int, end_ns: int) -> float:
        """Return the known energy [J] within [start_ns, end_ns)."""
        at = self.energies(np.array([start_ns, end_ns], dtype=np.int64))
        return float(at[1] - at[0])

    def energies(self, at_ns: Times) -> Floats:
        """Return the energy [J] known up to each instant, since the first knot."""
        return self._at(self.energy_j, at_ns)

    def covered(self, at_ns: Times) -> Times:
        """Return the time [ns] known up to each instant, since the first knot."""
        if len(self.time_ns) < _PAIR:
            return np.zeros(len(at_ns), dtype=np.int64)
        left, share = self._place(at_ns)
        length = self.covered_ns[left + 1] - self.covered_ns[left]
        return self.covered_ns[left] + np.rint(share * length).astype(np.int64)

    def _at(self, line: Floats, at_ns: Times) -> Floats:
        if len(self.time_ns) < _PAIR:
            return np.full(len(at_ns), line[0] if len(line) else 0.0)
        left, share = self._place(at_ns)
        before, after = line[left], line[left + 1]
        return np.where(share < 1.0, before + share * (after - before), after)

    def _place(self, at_ns: Times) -> tuple[NDArray[np.int64], Floats]:
        """Return behind which knot each instant lies, and which share of the way to the next it has gone.

        Knots may be one nanosecond apart, as the last reading of one step and the first of the next are. A double tells
        nanoseconds for a hundred days only, so instants are whole numbers up to here.
        """
        left = np.clip(np.searchsorted(self.time_ns, at_ns, side="right") - 1, 0, len(self.time_ns) - _PAIR)
        gone, length = at_ns - self.time_ns[left], self.time_ns[left + 1] - self.time_ns[left]
        return left, np.clip(gone / length, 0.0, 1.0)

    def spans(self, start_ns: int, end_ns: int) -> list[Span]:
        """Return the stretches of the window in which the energy is known."""
        known = np.diff(self.covered_ns) > 0
        edges = np.diff(np.concatenate(([0], known.astype(np.int8), [0])))
        starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
        clipped = (
            (max(int(self.time_ns[a]), start_ns), min(int(self.time_ns[b]), end_ns))
            for a, b in zip(starts, ends, strict=True)
        )
        return [(a, b) for a, b in clipped if a < b]

    def within(self, start_ns: int, end_ns: int) -> EnergyCurve:
        """Return the part of the curve that tells all of a window, with what happened to the meter in it."""
        first = max(0, int(np.searchsorted(self.time_ns, start_ns, side="right")) - 1)
        last = int(np.searchsorted(self.time_ns, end_ns)) + 1
        if first == 0 and last >= len(self.time_ns):
            return self
        time_ns = self.time_ns[first:last]
        resets = tuple(at for at in self.reset_ns if int(time_ns[0]) < at <= int(time_ns[-1]))
        return msgspec.structs.replace(
            self,
            time_ns=time_ns,
            energy_j=self.energy_j[first:last],
            covered_ns=self.covered_ns[first:last],
            breaks=len(resets),
            bridged=tuple(gap for gap in self.bridged if gap[0] < end_ns and gap[1] > start_ns),
            reset_ns=resets,
        )

    def over(self, spans: Iterable[Span]) -> float:
        """Return the known energy [J] of several stretches of time."""
        edges = np.array([edge for span in spans for edge in span], dtype=np.int64)
        at = self.energies(edges)
        return float((at[1::2] - at[0::2]).sum())

    def scaled(self, factor: float) -> EnergyCurve:
        """Return the curve of a meter whose readings are to be multiplied."""
        return msgspec.structs.replace(self, energy_j=self.energy_j * factor, quantum_j=self.quantum_j * factor)


EMPTY = EnergyCurve(time_ns=np.zeros(0, dtype=np.int64), energy_j=np.zeros(0), covered_ns=np.zeros(0, dtype=np.int64))


def _curve(time_ns: Times, gain_j: Floats, valid: NDArray[np.bool_]) -> EnergyCurve:
    elapsed = np.where(valid, np.diff(time_ns), 0)
    return EnergyCurve(
        time_ns=time_ns,
        energy_j=np.concatenate(([0.0], np.cumsum(np.where(valid, gain_j, 0.0)))),
        covered_ns=np.concatenate(([0], np.cumsum(elapsed))).astype(np.int64),
    )


def from_register(
    time_ns: Times,
    values_j: Floats,
    *,
    modulus_j: float | None = None,
    quantum_j: float = 0.0,
    gap_ns: int,
    start_w: float = PLAUSIBLE_START_W,
) -> EnergyCurve:
    """Return the curve of an energy register; steps longer than ``gap_ns`` are listed as bridged gaps."""
    if len(time_ns) < _PAIR:
        return EMPTY
    steps = judge(time_ns, values_j, modulus=modulus_j, quantum=quantum_j, start=start_w)
    wide = np.flatnonzero((np.diff(time_ns) > gap_ns) & steps.valid)
    return msgspec.structs.replace(
        _curve(time_ns, steps.gain, steps.valid),
        breaks=steps.count(Step.RESET),
        refused=steps.count(Step.REFUSED),
        bridged=tuple((int(time_ns[i]), int(time_ns[i + 1])) for i in wide),
        quantum_j=quantum_j,
        reset_ns=tuple(time_ns[1:][steps.kind == Step.RESET].tolist()),
    )


def from_power(time_ns: Times, power_w: Floats, *, gap_ns: int) -> EnergyCurve:
    """Return the curve of integrated power: trapezoids between readings not further apart than ``gap_ns``."""
    if len(time_ns) < _PAIR:
        return EMPTY
    elapsed = np.diff(time_ns)
    gain = (power_w[1:] + power_w[:-1]) / 2.0 * elapsed / NS_PER_SECOND
    return _curve(time_ns, gain, elapsed <= gap_ns)


def filled(first: EnergyCurve, second: EnergyCurve) -> EnergyCurve:
    """Return ``first``, and ``second`` where the first says nothing."""
    if len(first.time_ns) == 0:
        return second
    if len(second.time_ns) == 0:
        return first
    knots = np.unique(np.concatenate((first.time_ns, second.time_ns)))
    known = np.diff(first.covered(knots)) > 0
    gain = np.where(known, np.diff(first.energies(knots)), np.diff(second.energies(knots)))
    valid = known | (np.diff(second.covered(knots)) > 0)
    return msgspec.structs.replace(
        _curve(knots, gain, valid),
        breaks=first.breaks,
        refused=first.refused,
        bridged=first.bridged,
        quantum_j=first.quantum_j,
        reset_ns=first.reset_ns,
    )
