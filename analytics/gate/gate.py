"""The data-quality gate: every reading passes it before a learned detector sees it. Hard limits never ask it.

It is causal and deterministic: the same readings in the same steps give the same answers, also after a resumed
snapshot. Its state is arrays with one row a series.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.gate.blocks import Blocks
from analytics.gate.clock import Clock
from analytics.gate.conversion import Conversion
from analytics.gate.counter import Counter
from analytics.gate.drift import Drift
from analytics.gate.dropout import Dropout
from analytics.gate.fault import FAULTS, MUTING, Fault
from analytics.gate.finding import GateFinding, gathered
from analytics.gate.frame import DAY_S, TICK_S, Frame, Standing
from analytics.gate.noise import Noise
from analytics.gate.plausible import Plausible
from analytics.gate.spike import Spike
from analytics.gate.stuck import Stuck
from analytics.gate.swap import Swap
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.gate.columns import AnyArray, BoolArray, FloatArray, TimeArray
    from analytics.gate.traits import Traits

MUTED = sorted(MUTING)
WRONG = [Fault.UNIT, Fault.STUCK, Fault.RANGE, Fault.SENTINEL]
VERSION = 4


class GateResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate says of one step, one element a series.

    ``usable`` readings may go to learned detectors: something came, and nothing is known to be wrong with it.
    ``fault`` is the code of `Fault` that says why not (or what stands although readings are usable), 0 for none, and
    ``since_ns`` when it began (0 for none). ``before`` and ``after`` are the values that show it, in the stored unit or
    as the fault's explanation says; ``conversion`` counts from 1 in `conversions`, 0 for none.
    """

    usable: np.ndarray
    fault: np.ndarray
    since_ns: np.ndarray
    before: np.ndarray
    after: np.ndarray
    conversion: np.ndarray

    @property
    def ratio(self) -> FloatArray:
        """Return after by before, NaN where there is none."""
        known = np.isfinite(self.before) & (self.before != 0)
        ratio: FloatArray = np.divide(self.after, self.before, out=np.full(len(self.before), np.nan), where=known)
        return ratio


class Gate:
    """Judges the readings of many series. One step is whatever came in at one time, NaN for nothing."""

    def __init__(self, traits: Traits) -> None:
        """Begin to watch series."""
        self._traits = traits
        size = len(traits)
        self._standing = Standing(size)
        self._clock, self._dropout, self._plausible = Clock(traits), Dropout(traits), Plausible(traits)
        self._counter, self._spike, self._stuck = Counter(traits), Spike(traits), Stuck(traits)
        self._blocks, self._noise, self._drift = Blocks(traits), Noise(traits), Drift(traits)
        self._conversion, self._swap = Conversion(traits), Swap(traits)
        self._kernels = {
            "clock": self._clock,
            "dropout": self._dropout,
            "plausible": self._plausible,
            "counter": self._counter,
            "spike": self._spike,
            "stuck": self._stuck,
            "blocks": self._blocks,
            "noise": self._noise,
            "drift": self._drift,
            "conversion": self._conversion,
        }
        self._tick_s = 0.0
        self._now_ns = 0

    def __len__(self) -> int:
        """Return how many series are watched."""
        return len(self._traits)

    @property
    def traits(self) -> Traits:
        """Return what is known of the series."""
        return self._traits

    @property
    def nbytes(self) -> int:
        """Return how much memory the state takes."""
        states = [kernel.state for kernel in self._kernels.values()]
        return sum(state.nbytes for state in (*states, self._swap.state, self._standing.state))

    def step(self, now_ns: int, values: FloatArray, stamps: TimeArray | None = None) -> GateResult:
        """Judge the readings that came at ``now_ns``; ``stamps`` are the times that they bear, without them now.

        Raises:
            ValueError: there is not one value for each series.
        """
        if values.shape != (len(self),) or (stamps is not None and stamps.shape != values.shape):
            message = f"{len(self)} series need as many values, not {values.shape}"
            raise ValueError(message)
        self._now_ns = now_ns
        stamps = np.full(len(values), now_ns, dtype=np.int64) if stamps is None else stamps
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            return self._stepped(Frame(now_ns, values, stamps, self._standing))

    def _stepped(self, frame: Frame) -> GateResult:
        self._clock.step(frame)
        spike, grain = self._spike.state, self._stuck.grain()
        self._plausible.step(frame, spike["ref"], spike["scale"])
        self._counter.step(frame)
        self._spike.step(frame, grain)
        silent = self._dropout.step(frame, self._clock.state["newest"].astype(np.int64))
        self._stuck.step(frame)
        self._noise.step(frame)
        tick_s = frame.now_s // TICK_S * TICK_S
        if tick_s > self._tick_s:
            if self._tick_s:
                self._tick(frame, min(DAY_S, tick_s - self._tick_s))
            self._tick_s = tick_s
        self._blocks.step(frame)
        return self._result(frame, silent)

    def _tick(self, frame: Frame, seconds: float) -> None:
        """Let the slow kernels look at the block that is over."""
        means = self._blocks.take()
        self._plausible.tick(frame, seconds)
        self._spike.tick(frame, seconds)
        self._stuck.tick(frame, means, self._dropout.state["period_s"], seconds)
        self._noise.tick(frame, self._stuck.grain())
        self._conversion.tick(frame, means.raw, seconds)
        # What stands there in a wrong unit says nothing of its peers.
        wrong = self._standing.state["since_s"][:, WRONG].any(axis=1)
        trusted = np.where(wrong, np.nan, means.good)
        self._swap.tick(frame, trusted, seconds)
        self._drift.tick(frame, np.where(self._standing.at(Fault.SWAP), np.nan, trusted))

    def _result(self, frame: Frame, silent: BoolArray) -> GateResult:
        state = self._standing.state
        since_s = state["since_s"]
        usable = frame.good
        fault = frame.moment
        size = len(usable)
        since, before, after = np.zeros(size, dtype=np.int64), np.full(size, np.nan), np.full(size, np.nan)
        if since_s.any():
            stands = since_s > 0
            usable &= ~stands[:, MUTED].any(axis=1)
            told = stands.any(axis=1)
            first = stands.argmax(axis=1)
            fault = np.where(told & ((fault == 0) | (first < fault)), first, fault).astype(np.uint8)
            rows = np.flatnonzero(told & (fault == first))
            since[rows] = since_s[rows, first[rows]].astype(np.int64) * NS_PER_SECOND
            before[rows], after[rows] = state["before"][rows, first[rows]], state["after"][rows, first[rows]]
        fault[silent & (fault == 0)] = Fault.DROPOUT
        since[(fault > 0) & (since == 0)] = frame.now_ns
        conversion = np.where(fault == Fault.UNIT, state["conversion"], 0).astype(np.uint8)
        return GateResult(usable=usable, fault=fault, since_ns=since, before=before, after=after, conversion=conversion)

    def findings(self) -> list[GateFinding]:
        """Return the faults that stand: one a series, and one for a whole device or edge node where most share it."""
        state = self._standing.state
        if not state["since_s"].any():
            return []
        first = np.where(state["since_s"].any(axis=1), (state["since_s"] > 0).argmax(axis=1), 0)
        found = [
            GateFinding(
                fault=fault,
                key=self._traits.keys[row],
                since_ns=int(state["since_s"][row, fault]) * NS_PER_SECOND,
                time_ns=self._now_ns,
                before=float(state["before"][row, fault]),
                after=float(state["after"][row, fault]),
                conversion=int(state["conversion"][row]) if fault is Fault.UNIT else 0,
            )
            for fault in FAULTS
            for row in np.flatnonzero(first == fault).tolist()
        ]
        return gathered(found, self._traits, self._heard())

    def _heard(self) -> BoolArray:
        return np.asarray(self._dropout.state["seen"] > 0)

    def grow(self, traits: Traits) -> None:
        """Watch more series: ``traits`` begins with those that are watched already.

        Raises:
            ValueError: it does not.
        """
        size = len(self)
        if traits.keys[:size] != self._traits.keys:
            message = "the series that are watched must come first"
            raise ValueError(message)
        pairs = {(int(a), int(b)): at for at, (a, b) in enumerate(self._traits.neighbours.pairs)}
        self._traits = traits
        self._standing.state.grow(len(traits))
        for kernel in self._kernels.values():
            kernel.grow(len(traits))
        for kernel in (self._plausible, self._counter, self._spike, self._stuck, self._noise):
            kernel.adopt(traits)
        self._drift.adopt(traits)
        self._conversion.adopt(traits)
        self._swap = self._swap.carried(traits, pairs)

    def snapshot(self) -> dict[str, AnyArray]:
        """Return the state as arrays by name, to be kept with the keys of the series."""
        found = self._standing.state.snapshot("standing") | self._swap.snapshot("swap")
        for name, kernel in self._kernels.items():
            found |= kernel.snapshot(name)
        moments = np.array([VERSION, self._tick_s, self._now_ns // NS_PER_SECOND, self._drift.quarter], dtype=np.int64)
        return found | {"gate.moments": moments}

    @classmethod
    def resume(cls, traits: Traits, arrays: Mapping[str, AnyArray]) -> Gate:
        """Return the gate of a snapshot; ``traits`` are those of the same series in the same order.

        Raises:
            ValueError: the snapshot is of another version, or of other series.
        """
        gate = cls(traits)
        moments = arrays.get("gate.moments")
        if moments is None or moments.shape != (4,) or int(moments[0]) != VERSION:
            message = "the snapshot is not of this version"
            raise ValueError(message)
        gate._standing.state.resume("standing", arrays)
        gate._swap.resume("swap", arrays)
        for name, kernel in gate._kernels.items():
            kernel.resume(name, arrays)
        numbers = [int(number) for number in moments.tolist()]
        gate._tick_s, gate._now_ns, gate._drift.quarter = float(numbers[1]), numbers[2] * NS_PER_SECOND, numbers[3]
        if any(len(array) != len(traits) for name, array in arrays.items() if name.startswith("standing.")):
            message = "the snapshot has another number of series"
            raise ValueError(message)
        return gate
