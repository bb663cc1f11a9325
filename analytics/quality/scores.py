"""The six scores of one series and day, each from what is known of it and nothing else.

GB/T 36344-2018 names the dimensions; what each means for a series of readings is defined here and in the
documentation. A dimension that nothing was found out about has no ratio.
"""

from __future__ import annotations

import msgspec
import numpy as np

from analytics.quality import traits
from analytics.quality.dimension import Dimension, Score, share, unknown
from analytics.quality.pace import NONE, Pace
from analytics.quality.steps import SeriesSteps
from analytics.quality.twins import Agreement
from greendc.profiles import Point
from greendc.quantities import Kind, quantities
from greendc.units import NS_PER_SECOND

MISFITS = frozenset({"out_of_range", "not_a_number", "unknown_state"})
"""Reasons of readings that do not fit the dictionary; others say that there was nothing to read."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one series on one day.

    ``reasons`` counts readings without a value by reason, None where nobody looked. ``stuck`` is the first and the
    last step of a stretch without change, ``peers_compared`` whether standing still could be told at all. ``silent_ns``
    is how long the newest value was older than ``allowed_ns`` and ``age_ns`` how old it is at the end; ``balance`` is
    the error of the power tree that this meter is suspected of, as a share of what it counted.
    """

    steps: SeriesSteps
    quantity: str
    listed: bool
    pace: Pace
    point: Point | None = None
    begun: int = 0
    reasons: dict[str, int] | None = None
    stuck: tuple[int, int] | None = None
    falls: tuple[traits.Fall, ...] = ()
    twin: Agreement | None = None
    silent_ns: int = 0
    age_ns: int | None = None
    allowed_ns: int = 0
    watched_ns: int = 0
    balance: float | None = None
    balanced: bool = False
    catalogued: bool | None = None


def all_scores(evidence: Evidence) -> tuple[Score, ...]:
    """Return the scores in the order of the dimensions."""
    return (
        conformity(evidence),
        completeness(evidence),
        accuracy(evidence),
        consistency(evidence),
        timeliness(evidence),
        accessibility(evidence),
    )


def conformity(evidence: Evidence) -> Score:
    """Return the share of readings whose name, unit, type and range fit the dictionary and the site file."""
    kind, received = Dimension.CONFORMITY, evidence.steps.received
    quantity = quantities().get(evidence.quantity)
    if received == 0:
        return unknown(kind, "no_readings")
    if quantity is None or not evidence.listed:
        reason = "unknown_quantity" if quantity is None else "unlisted_device"
        return Score(dimension=kind, ratio=0.0, reason=reason, basis={"received": received})
    if evidence.reasons is None:
        return unknown(kind, "reasons_not_read", received=received)
    misfits = sum(count for reason, count in evidence.reasons.items() if reason in MISFITS)
    outside = traits.beyond(evidence.steps, quantity.low, quantity.high)
    misfits += int(evidence.steps.known[outside].sum())
    if quantity.kind is Kind.STATE:
        ends = evidence.steps.low, evidence.steps.high
        odd = [~np.isin(end, list(quantity.states.values())) & ~np.isnan(end) for end in ends]
        misfits += int(evidence.steps.known[odd[0] | odd[1]].sum())
    return share(kind, received - misfits, received, "misfits", received=received, misfits=misfits)


def completeness(evidence: Evidence) -> Score:
    """Return the share of expected readings that came with a value; each step counts alike and at most once."""
    pace, begun = evidence.pace, evidence.begun
    known, expected = evidence.steps.known[begun:], evidence.pace.expected[begun:]
    if not len(known):
        return unknown(Dimension.COMPLETENESS, "no_time_yet")
    basis: dict[str, float | str] = {"known": int(known.sum()), "pace": pace.source}
    if pace.source == NONE:
        return Score(dimension=Dimension.COMPLETENESS, ratio=0.0, reason="no_readings", basis=basis)
    basis |= {"expected": round(float(expected.sum())), "interval_s": pace.interval_s or 0.0}
    # A poll slips over the edge of a step now and then without being lost: the neighbour has one more.
    more = np.concatenate(([0.0], np.maximum(0.0, known - expected), [0.0]))
    slipped = np.minimum(1.0, np.maximum(more[:-2], more[2:]))
    met = np.minimum(1.0, (known + slipped) / expected)
    return share(Dimension.COMPLETENESS, float(met.mean()), 1.0, "missing", **basis)


def accuracy(evidence: Evidence) -> Score:
    """Return the share of steps whose values are plausible and move, lowered by what the power balance refutes."""
    steps, kind = evidence.steps, Dimension.ACCURACY
    quantity = quantities().get(evidence.quantity)
    at = steps.filled
    if quantity is None or not len(at):
        return unknown(kind, "unknown_quantity" if quantity is None else "no_values")
    if quantity.kind is Kind.STATE:
        return unknown(kind, "nothing_to_compare")
    wrong = traits.beyond(steps, *traits.bounds(quantity, evidence.point))
    reason, checks = "out_of_range", ["range"]
    basis: dict[str, float | str] = {"steps": len(at), "out_of_range_steps": int(wrong.sum())}
    if traits.measured(quantity):
        checks.append("stuck")
        if evidence.stuck is not None:
            first, last = evidence.stuck
            wrong[first : last + 1] |= steps.known[first : last + 1] > 0
            reason = "stuck"
            basis["stuck_steps"] = last - first + 1
    good = 1.0 - float(wrong.sum()) / len(at)
    if evidence.balanced:
        checks.append("balance")
        error = min(1.0, evidence.balance or 0.0)
        reason = "balance" if error > 0 else reason
        basis["balance_error"] = round(error, 6)
        good -= error
    basis["checks"] = ", ".join(checks)
    return share(kind, good, 1.0, reason, **basis)


def consistency(evidence: Evidence) -> Score:
    """Return in how far a register only rises and agrees with the rate beside it: the worse of both shares."""
    kind, steps = Dimension.CONSISTENCY, evidence.steps
    quantity = quantities().get(evidence.quantity)
    if quantity is None or not len(steps.filled):
        return unknown(kind, "unknown_quantity" if quantity is None else "no_values")
    found: list[Score] = []
    if traits.is_register(quantity):
        falls, of = len(evidence.falls), len(steps.filled)
        found.append(share(kind, of - falls, of, "falls", check="rises", falls=falls, steps=of))
    twin = evidence.twin
    if twin is not None:
        basis: dict[str, float | str] = {"check": "register_and_rate", "hours": twin.hours, "agreeing": twin.agreeing}
        found.append(share(kind, twin.agreeing, twin.hours, "disagree", **basis, ratio=round(twin.ratio, 6)))
    return min(found, key=lambda score: score.ratio or 0.0) if found else unknown(kind, "no_second_source")


def timeliness(evidence: Evidence) -> Score:
    """Return the share of time in which the newest value was no older than three intervals.

    How late readings arrive is not part of it: stores keep no time of arrival.
    """
    if evidence.watched_ns <= 0:
        return unknown(Dimension.TIMELINESS, "no_time_yet")
    if evidence.pace.source == NONE:
        return unknown(Dimension.TIMELINESS, "no_pace")
    basis: dict[str, float | str] = {
        "allowed_age_s": evidence.allowed_ns / NS_PER_SECOND,
        "stale_s": evidence.silent_ns / NS_PER_SECOND,
    }
    if evidence.age_ns is not None:
        basis["last_age_s"] = evidence.age_ns / NS_PER_SECOND
    fresh = evidence.watched_ns - evidence.silent_ns
    return share(Dimension.TIMELINESS, fresh, evidence.watched_ns, "stale", **basis, arrival="not_kept")


def accessibility(evidence: Evidence) -> Score:
    """Return whether a catalogue entry with a distribution offers the series; unknown without a catalogue."""
    if evidence.catalogued is None:
        return unknown(Dimension.ACCESSIBILITY, "no_catalogue")
    return share(Dimension.ACCESSIBILITY, float(evidence.catalogued), 1.0, "not_catalogued")
