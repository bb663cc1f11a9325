"""Whether the range of an advice's saving holds what the plant truly saves, over rooms that differ in structure.

Each room is watched for some weeks; each advice on set-points, fans and economisers is carried out in a twin of the
room over the same weeks. No guard rail may break: the twin runs once more with each cooling unit off.
"""

from __future__ import annotations

from contextlib import closing

import msgspec

from analytics.advice import Recommendation, advise
from benchmarks.advice.lived_plant import SEASONS, Case, Lived
from benchmarks.advice.moves import move_of

JUDGED = frozenset(
    ("supply_air", "fan_speed", "chilled_water", "condenser_water", "water_economiser", "chiller_staging", "ups_mode")
)
TINY_SHARE = 0.0005
"""A difference below this share of the room's energy is none: advice is not given for less."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """An advice beside its truth, both over the evidence [kWh]; temperatures with one unit off [degC]."""

    case: Case
    advisor: str
    change: str
    p10: float
    p50: float
    p90: float
    truth_kwh: float
    site_kwh: float
    one_off_said_c: float | None
    one_off_c: float | None
    limit_c: float

    @property
    def contained(self) -> bool:
        """Tell whether P10 to P90 holds the truth."""
        tiny = TINY_SHARE * self.site_kwh
        return self.p10 - tiny <= self.truth_kwh <= self.p90 + tiny

    @property
    def broken(self) -> bool:
        """Tell whether an acceptable advice lets a rack become too warm with one unit off."""
        return self.one_off_c is not None and self.one_off_said_c is not None and self.one_off_c > self.limit_c


def outcomes(case: Case, *, one_off: bool = True) -> list[Outcome]:
    """Return each judged advice of a room beside its truth."""
    with closing(Lived(case)) as lived:
        return _judged(case, lived, one_off=one_off)


def _judged(case: Case, lived: Lived, *, one_off: bool) -> list[Outcome]:
    situation = lived.situation()
    found = []
    for answer in advise(situation):
        if not isinstance(answer, Recommendation) or answer.advisor not in JUDGED:
            continue
        move = move_of(answer)
        # In the simulated plant nobody can set the speed of fans that stand at one.
        if move is None or answer.evidence_kwh is None or (answer.advisor == "fan_speed" and lived.fixed_fans):
            continue
        said = answer.one_off
        found.append(
            Outcome(
                case=case,
                advisor=answer.id.partition("/")[0],
                change=_moved(answer),
                p10=answer.evidence_kwh.p10,
                p50=answer.evidence_kwh.p50,
                p90=answer.evidence_kwh.p90,
                truth_kwh=lived.saved_kwh(move),
                site_kwh=lived.energy_kwh,
                one_off_said_c=None if said is None else said.then_c,
                one_off_c=lived.hottest_with_one_off(move) if one_off and answer.acceptable else None,
                limit_c=situation.limits.allowable_high_c,
            )
        )
    return found


def _moved(advice: Recommendation) -> str:
    if advice.change_from is None or advice.change_to is None:
        return ""
    return f"{advice.change_from:.1f} -> {advice.change_to:.1f}"


def table(found: list[Outcome]) -> str:
    """Return the outcomes as text, and how many hold by kind."""
    names = {start: name for name, start in SEASONS.items()}
    head = f"{'room':>4} {'season':7} {'advice':16} {'change':15} {'P10':>7} {'P50':>7} {'P90':>7} {'truth':>7} kWh"
    lines = [f"{head}  {'off: said':>9} {'true':>6} degC"]
    for one in found:
        marks = ("" if one.contained else "  OUTSIDE") + ("  GUARD BROKEN" if one.broken else "")
        figures = " ".join(f"{value:7.0f}" for value in (one.p10, one.p50, one.p90, one.truth_kwh))
        off = " ".join(f"{'-' if c is None else format(c, '.1f'):>6}" for c in (one.one_off_said_c, one.one_off_c))
        season = names.get(one.case.start_s, "")
        lines.append(f"{one.case.number:>4} {season:7} {one.advisor:16} {one.change:15} {figures}      {off} {marks}")
    for advisor in sorted({one.advisor for one in found}):
        own = [one for one in found if one.advisor == advisor]
        lines.append(f"{advisor:16} P10-P90 holds the truth in {sum(one.contained for one in own)} of {len(own)}")
    held, broken = sum(one.contained for one in found), sum(one.broken for one in found)
    rooms = len({one.case.number for one in found})
    share = held / len(found) if found else 0.0
    lines.append(
        f"together {held} of {len(found)} ({100 * share:.0f} %) in {rooms} rooms; guard rails broken: {broken}"
    )
    return "\n".join(lines)
