"""The energy of series by local day, in hourly knots: what a year of rolling figures is put together from.

A piece holds no factor and no role, so that neither a new factor nor a new role makes it stale.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.curve import EMPTY, EnergyCurve
from analytics.energy import midnight_ns, power_curve, register_curve
from analytics.kpis.kind import Period
from analytics.points import NOTHING, counter_points, gauge_points
from analytics.spans import total_ns
from greendc.clock import NS_PER_HOUR
from greendc.model import SeriesKey
from greendc.site import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analytics.counters import Times
    from analytics.energy import MeterCurve
    from analytics.spans import Span
    from greendc.contracts import History
    from greendc.site import Meter, Site

AROUND_NS = 48 * NS_PER_HOUR
"""Readings this long before and after are read too: the pace of a meter is known, and gaps at midnight are bridged."""
DAY = dt.timedelta(days=1)
PIECE_FORMAT = "2"
"""Days kept by a program that cut them otherwise are made anew."""


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A series' energy within one day: knots [ns] and what is known up to each, as bytes of int64 and float64.

    Bridged gaps that reach beyond the day are told in full: so a gap that ends at midnight is not one that runs on.
    """

    time_ns: bytes
    energy_j: bytes
    covered_ns: bytes
    quantum_j: float
    reset_ns: tuple[int, ...] = ()
    bridged: tuple[tuple[int, int], ...] = ()

    @property
    def whole(self) -> bool:
        """Tell whether the energy of the whole day is known."""
        times, covered = np.frombuffer(self.time_ns, np.int64), np.frombuffer(self.covered_ns, np.int64)
        return bool(covered[-1] == times[-1] - times[0])


class DayPieces(msgspec.Struct, frozen=True, kw_only=True):
    """One day of all metered series by their label: registers, and powers where the register needs help."""

    start_ns: int
    end_ns: int
    registers: dict[str, Piece]
    powers: dict[str, Piece]

    def ragged(self) -> frozenset[str]:
        """Return the registers of which not all of the day is known."""
        return frozenset(label for label, piece in self.registers.items() if not piece.whole)


class _Roster(Period):
    """A period that reads nothing and remembers what it was to read."""

    def __init__(self, history: History, site: Site) -> None:
        """Take the site."""
        super().__init__(history, site, 0, 1)
        self.found: list[Meter] = []

    def read(self, meters: list[Meter]) -> list[MeterCurve]:
        """Remember the meters."""
        self.found += meters
        return []


def metered(history: History, site: Site) -> list[Meter]:
    """Return every meter of every role as figures read it, but for its factor: once for each register."""
    roster = _Roster(history, site)
    for role in Role:
        roster.curves(role)
    chosen: dict[tuple[str, str, str, str], Meter] = {}
    for meter in roster.found:
        series = meter.device, meter.part, meter.energy, meter.power
        finest = min(meter.accuracy_ratio, chosen[series].accuracy_ratio if series in chosen else 1.0)
        chosen[series] = msgspec.structs.replace(meter, factor=1.0, accuracy_ratio=finest)
    return list(chosen.values())


def series_of(site: Site, meter: Meter) -> tuple[SeriesKey, SeriesKey]:
    """Return the register and the power of a meter; their quantity is empty where it has none."""
    return (
        SeriesKey(site.name, meter.device, meter.part, meter.energy),
        SeriesKey(site.name, meter.device, meter.part, meter.power),
    )


def read_days(
    history: History, site: Site, meters: Sequence[Meter], first: dt.date, after: dt.date, until_ns: int | None = None
) -> dict[dt.date, DayPieces]:
    """Return the local days [first, after) of meters (as of `metered`) in few queries, none of it beyond ``until_ns``.

    Raises:
        StoreAway, StoreRefused: the store cannot be read.
    """
    start_ns, end_ns = midnight_ns(first, site), midnight_ns(after, site)
    end_ns = end_ns if until_ns is None else min(end_ns, until_ns)
    window = start_ns - AROUND_NS, end_ns + (AROUND_NS if until_ns is None else 0)
    keys = {meter: series_of(site, meter) for meter in meters}
    registers = counter_points(history, _named(key for key, _ in keys.values()), *window)
    curves = {meter: register_curve(site, meter, registers.get(keys[meter][0], NOTHING)) for meter in meters}
    poor = [meter for meter in meters if _poor(curves[meter], meter, start_ns, end_ns)]
    powers = gauge_points(history, _named(keys[meter][1] for meter in poor), *window)
    others = {meter: power_curve(meter, powers.get(keys[meter][1], NOTHING)) for meter in poor}
    found = {}
    day = first
    while day < after:
        span = midnight_ns(day, site), min(midnight_ns(day + DAY, site), end_ns)
        if span[0] < span[1]:
            found[day] = _pieces(keys, curves, others, span)
        day += DAY
    return found


def _named(keys: Iterable[SeriesKey]) -> list[SeriesKey]:
    return sorted({key for key in keys if key.quantity})


def _poor(curve: EnergyCurve, meter: Meter, start_ns: int, end_ns: int) -> bool:
    """Tell whether power may be needed beside a register for any day in the window."""
    if total_ns(curve.spans(start_ns, end_ns)) < end_ns - start_ns:
        return True
    marks = np.append(np.arange(start_ns, end_ns, 24 * NS_PER_HOUR), end_ns)
    moved = np.abs(np.diff(curve.energies(marks)))
    return bool((curve.quantum_j > meter.accuracy_ratio * moved).any())


def _pieces(
    keys: dict[Meter, tuple[SeriesKey, SeriesKey]],
    curves: dict[Meter, EnergyCurve],
    others: dict[Meter, EnergyCurve],
    span: Span,
) -> DayPieces:
    return DayPieces(
        start_ns=span[0],
        end_ns=span[1],
        registers={keys[meter][0].label(): piece_of(curve, *span) for meter, curve in curves.items() if meter.energy},
        powers={keys[meter][1].label(): piece_of(curve, *span) for meter, curve in others.items() if meter.power},
    )


def piece_of(curve: EnergyCurve, start_ns: int, end_ns: int) -> Piece:
    """Return a curve within [start_ns, end_ns): a knot each hour and wherever it begins or ceases to be known."""
    edges = [edge for known in curve.spans(start_ns, end_ns) for edge in known]
    hours = np.arange(start_ns, end_ns, NS_PER_HOUR, dtype=np.int64)
    knots = np.unique(np.concatenate((hours, np.array([*edges, end_ns], dtype=np.int64))))
    energy, covered = curve.energies(knots), _covered(curve, knots)
    return Piece(
        time_ns=knots.tobytes(),
        energy_j=(energy - energy[0]).tobytes(),
        covered_ns=covered.tobytes(),
        quantum_j=curve.quantum_j,
        reset_ns=tuple(at for at in curve.reset_ns if start_ns <= at < end_ns),
        bridged=tuple(gap for gap in curve.bridged if gap[0] < end_ns and gap[1] > start_ns),
    )


def _covered(curve: EnergyCurve, knots: Times) -> Times:
    """Return the time known up to each knot, exactly: between two knots all is known or nothing."""
    half = np.diff(curve.covered(knots)) > np.diff(knots) / 2
    return np.concatenate(([0], np.cumsum(np.where(half, np.diff(knots), 0)))).astype(np.int64)


def joined(pieces: Sequence[Piece]) -> EnergyCurve:
    """Return the curve of pieces in the order of time; where a day is missing nothing is known."""
    if not pieces:
        return EMPTY
    times = [np.frombuffer(piece.time_ns, np.int64) for piece in pieces]
    energies = [np.frombuffer(piece.energy_j, np.float64) for piece in pieces]
    covered = [np.frombuffer(piece.covered_ns, np.int64) for piece in pieces]
    ends = np.concatenate(([0.0], np.cumsum([one[-1] for one in energies])))
    known = np.concatenate(([0], np.cumsum([one[-1] for one in covered]))).astype(np.int64)
    # The first knot of a day is the last of the day before, unless days are missing between them.
    skips = [0] + [int(one[0] == before[-1]) for before, one in pairwise(times)]
    return EnergyCurve(
        time_ns=np.concatenate([one[skip:] for one, skip in zip(times, skips, strict=True)]),
        energy_j=np.concatenate([(one + at)[skip:] for one, at, skip in zip(energies, ends, skips, strict=False)]),
        covered_ns=np.concatenate([(one + at)[skip:] for one, at, skip in zip(covered, known, skips, strict=False)]),
        breaks=sum(len(piece.reset_ns) for piece in pieces),
        bridged=_whole_gaps(pieces, times),
        quantum_j=min((piece.quantum_j for piece in pieces if piece.quantum_j > 0), default=0.0),
        reset_ns=tuple(at for piece in pieces for at in piece.reset_ns),
    )


def _whole_gaps(pieces: Sequence[Piece], times: Sequence[Times]) -> tuple[Span, ...]:
    """Return each gap once: what two days say of one gap may differ, so each is believed about itself alone."""
    found: list[Span] = []
    runs_to = -1
    for piece, knots in zip(pieces, times, strict=True):
        start_ns, end_ns = int(knots[0]), int(knots[-1])
        for begin, end in piece.bridged:
            if begin < start_ns == runs_to:
                found[-1] = found[-1][0], min(end, end_ns)
            else:
                found.append((max(begin, start_ns), min(end, end_ns)))
            runs_to = end_ns if end > end_ns else -1
    return tuple(found)
