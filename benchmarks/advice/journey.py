"""Follows the advice until there is none: each round is carried out in the plant; the next looks at the result.

What is left at the end is a plant that is run well; there the advisors must be silent.
"""

from __future__ import annotations

from contextlib import closing

import msgspec

from analytics.advice import Recommendation, advise
from analytics.advice.together import conflicts
from benchmarks.advice.lived_plant import Case, Lived, Move, energy_kwh
from benchmarks.advice.moves import move_of

MOST_ROUNDS = 8


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """A round: what was advised, what all of it was said to save together, and what it truly saved [kWh]."""

    advised: tuple[str, ...]
    followed: tuple[str, ...]
    said_kwh: float
    truth_kwh: float
    site_kwh: float


class Journey(msgspec.Struct, frozen=True, kw_only=True):
    """The rounds of a room, and what its first weeks took and would have taken in the end [kWh]."""

    case: Case
    rounds: tuple[Round, ...]
    before_kwh: float
    after_kwh: float

    def text(self) -> str:
        """Return the rounds as lines."""
        lines = [f"room {self.case.number}, {self.case.days:g} days"]
        for number, one in enumerate(self.rounds, 1):
            lines.append(
                f"  {number}: {', '.join(one.followed) or 'nothing'}: said {one.said_kwh:.0f} kWh, "
                f"truth {one.truth_kwh:.0f} of {one.site_kwh:.0f}; also advised: "
                f"{', '.join(sorted(set(one.advised) - set(one.followed))) or 'nothing'}"
            )
        share = 100 * (1 - self.after_kwh / self.before_kwh)
        lines.append(f"  in all {self.before_kwh - self.after_kwh:.0f} kWh, {share:.1f} % of the site")
        return "\n".join(lines)


def follow(case: Case, moves: tuple[Move, ...] = ()) -> tuple[Journey, tuple[Move, ...]]:
    """Return the journey of a room and the moves that lead to its end."""
    rounds: list[Round] = []
    while True:
        with closing(Lived(case, moves)) as lived:
            found, own = _round(lived)
        rounds.append(found)
        if not own or len(rounds) == MOST_ROUNDS:
            before, after = rounds[0].site_kwh, rounds[-1].site_kwh
            return Journey(case=case, rounds=tuple(rounds), before_kwh=before, after_kwh=after), moves
        moves = (*moves, *own)


def _round(lived: Lived) -> tuple[Round, tuple[Move, ...]]:
    """Return what is advised and what of it is followed: all that is acceptable, or one of what conflicts."""
    answers = [answer for answer in advise(lived.situation()) if isinstance(answer, Recommendation)]
    taken: set[str] = set()
    doable: list[tuple[Recommendation, Move]] = []
    for answer in answers:
        move = move_of(answer)
        if answer.acceptable and move is not None and not taken & set(conflicts(answer)):
            doable.append((answer, move))
            taken.add(answer.id)
    own = tuple(move for _, move in doable)
    found = Round(
        advised=tuple(answer.id for answer in answers),
        followed=tuple(answer.id for answer, _ in doable),
        said_kwh=sum(answer.evidence_kwh.p50 for answer, _ in doable if answer.evidence_kwh is not None),
        truth_kwh=lived.energy_kwh - energy_kwh(lived.twin(*own)) if own else 0.0,
        site_kwh=lived.energy_kwh,
    )
    return found, own
