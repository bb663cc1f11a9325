"""Phases that carry uneven loads: one of them is near its breaker while others are idle.

Losses of a feeder are ``R (Ia^2 + Ib^2 + Ic^2 + In^2)``, with ``In^2 = sum I^2 - sum Ii Ij`` for currents of one power
factor; even phases lose the least and leave the neutral without current. The energy is small. What counts is the
reserve: breakers carry 80 % of their rating for long, and so must the phases of one feed when the other is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.advice.advisor import Advisor
from analytics.advice.columns import DAY_NS, columns, on_frame
from analytics.advice.electrical_limits import electrical_limits
from analytics.advice.guards import percent
from analytics.advice.proposal import Proposal, assumed, recommended
from analytics.advice.recommendation import Check, Plan, Refusal
from analytics.counters import Floats
from analytics.site_model.priors import as_parameter
from greendc.model import SeriesKey
from greendc.profiles import profile, profile_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.recommendation import Status
    from analytics.advice.situation import Situation

KEY = "phase_balance"
CURRENT, PHASES, HIGH = "current_a", 3, 0.95
SIDES = {"pdu": "phase/l", "ups": "output/l"}
WEEK_NS = 7 * DAY_NS
UNEVEN, LOADED = 1.5, 0.5
"""The greatest phase this far above the mean, and above this share of the breaker: worth evening out by itself."""
PHASE_V = 230.0
BLAME = 0.3
"""A feeder whose phases make up less of what is uneven in its rack is left as it is."""


class Feeder(msgspec.Struct, frozen=True, kw_only=True):
    """A device with three phases: its series, the high end of each current [A], the same with the other feed lost."""

    name: str
    keys: tuple[SeriesKey, ...]
    amperes: Floats
    alone: Floats
    rated_a: float | None

    @property
    def worst(self) -> int:
        """Return the number of the phase that carries most."""
        return int(np.argmax(self.amperes))

    @property
    def to_blame(self) -> bool:
        """Tell whether its own phases make up a good part of what is uneven among all feeds of its rack."""
        own = float(self.amperes.max() - self.amperes.mean())
        return own >= BLAME * float(self.alone.max() - self.alone.mean())

    def strained(self, most: float) -> bool:
        """Tell whether a phase is too near its breaker, or far above the others and well loaded."""
        if self.rated_a is None:
            return False
        high = float(self.amperes.max())
        lone = float(self.alone.max())
        uneven = high > UNEVEN * float(self.amperes.mean()) and high > LOADED * self.rated_a
        return max(high, lone) > most * self.rated_a or uneven


def advise(situation: Situation) -> Sequence[Answer]:
    """Return for each feeder with a strained phase how it is evened out."""
    feeders = _feeders(situation)
    if not feeders:
        return [Refusal(advisor=KEY, reason="missing", missing=("phase_currents",))]
    if all(one.rated_a is None for one in feeders):
        return [Refusal(advisor=KEY, reason="missing", missing=("breakers",))]
    limits = electrical_limits().phase
    # Only what uneven phases bring about can be mended by evening them out.
    found = [
        _advice(situation, one)
        for one in feeders
        if one.strained(limits.most_load)
        and one.to_blame
        and float(one.amperes.max()) > (1.0 + limits.even) * float(one.amperes.mean())
    ]
    return found or [Refusal(advisor=KEY, reason="in_order")]


def _feeders(situation: Situation) -> list[Feeder]:
    profiles = set(profile_names())
    kinds = {d.name: profile(d.profile).kind for d in situation.site.devices if d.profile in profiles}
    by_device: dict[str, list[SeriesKey]] = {}
    for key in situation.series:
        side = SIDES.get(kinds.get(key.device, ""))
        if side and key.quantity == CURRENT and key.part.startswith(side):
            by_device.setdefault(key.device, []).append(key)
    whole = {name: tuple(sorted(keys)) for name, keys in by_device.items() if len(keys) == PHASES}
    read = columns(situation, [key for keys in whole.values() for key in keys], span_ns=WEEK_NS)
    course = {name: read.of(keys) for name, keys in whole.items()}
    racks = {device.name: device.rack for device in situation.site.devices}
    found = []
    for device in situation.site.devices:
        own = course.get(device.name)
        if own is None or not np.isfinite(own).all(axis=0).any():
            continue
        beside = [course[name] for name in whole if racks[name] and racks[name] == device.rack]
        total = np.sum(beside, axis=0) if beside else own
        known = np.isfinite(total).all(axis=0)
        found.append(
            Feeder(
                name=device.name,
                keys=whole[device.name],
                amperes=_high(own),
                alone=_high(total) if known.any() else _high(own),
                rated_a=device.rated_a or _rated_a(situation, device.name),
            )
        )
    return found


def _rated_a(situation: Situation, name: str) -> float | None:
    """Return what a phase of a UPS is rated for; None of anything else."""
    rated = next((law.rated_w for law in situation.model.ups if law.name == name), None)
    return None if rated is None else rated / PHASES / PHASE_V


def _high(values: Floats) -> Floats:
    known = np.isfinite(values).all(axis=0)
    return np.asarray(np.quantile(values[:, known], HIGH, axis=1), dtype=np.float64)


def _advice(situation: Situation, feeder: Feeder) -> Answer:
    frame, prior = situation.frame, electrical_limits().feeder
    read = on_frame(situation, feeder.keys)
    currents = np.stack([read[key] for key in feeder.keys])
    share = as_parameter("feeder_loss", prior, "not_metered").draw(situation.draws)
    rated_a = feeder.rated_a or float(feeder.amperes.max())
    ohms = share * PHASE_V / rated_a
    square, mean = (currents**2).sum(axis=0), currents.mean(axis=0)
    neutral = square - (currents * np.roll(currents, 1, axis=0)).sum(axis=0)
    saved_w = ohms * (square + np.maximum(neutral, 0.0) - PHASES * mean**2)[None, :]
    even = float(feeder.amperes.mean())
    proposal = Proposal(
        advisor=KEY,
        place=feeder.name,
        actuator=feeder.name,
        change_from=float(feeder.amperes.max()),
        change_to=even,
        unit="A",
        guards=_rails(feeder),
        coefficients=(assumed("feeder_loss at full load", prior),),
        plan=Plan(option="A", method="baseline", target="it", drivers=("outdoor_c",), days=7),
        risk="medium",
        effort="medium",
        pays_in="reserve",
        facts={
            "phase": feeder.keys[feeder.worst].part.rpartition("/")[2].upper(),
            "rated": f"{rated_a:.0f}",
            "alone": f"{float(feeder.alone.max()):.1f}",
        },
    )
    return recommended(situation, proposal, saved_w, frame, yearly=False)


def _rails(feeder: Feeder) -> tuple[Check, ...]:
    """Return whether even phases keep clear of the breaker, also with the other feed lost."""
    limits, found = electrical_limits().phase, []
    for key, amperes in (("phase_even", feeder.amperes), ("phase_alone", feeder.alone)):
        then = float(amperes.mean()) * (1.0 + limits.even)
        rated = feeder.rated_a or 0.0
        params = {"then": f"{then:.1f}", "most": percent(limits.most_load), "rated": f"{rated:.0f}"}
        holds: Status = "passed" if then <= limits.most_load * rated else "failed"
        found.append(Check(key=key, status=holds if feeder.rated_a else "not_evaluable", params=params))
    return tuple(found)


ADVISOR = Advisor(key=KEY, needs=("phase_currents", "breakers"), advise=advise)
