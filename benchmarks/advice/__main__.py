"""Judge the advice against simulated plants whose truth is known: make bench-advice ARGS="--parts containment".

The parts: verification (intervals of verified savings over twins), containment (ranges of advice over rooms of other
structure, with each cooling unit off once), planted (each inefficiency brings its advice, a well-run room none),
journey (the advice is followed until there is none), year (how long a run over a year takes).
"""

from __future__ import annotations

import argparse

from threadpoolctl import threadpool_limits

from benchmarks.advice import containment, journey, planted, verification, year
from benchmarks.advice.lived_plant import SEASONS, Case

PARTS = ("verification", "containment", "planted", "journey", "year")


def main() -> None:
    """Run the chosen parts and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=PARTS)
    parser.add_argument("--rooms", type=int, default=50, help="how many structures")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--scenarios", type=int, default=100, help="of verification")
    parser.add_argument("--seasons", nargs="*", choices=sorted(SEASONS), default=sorted(SEASONS))
    parser.add_argument("--days", type=float, default=14.0)
    parser.add_argument("--no-one-off", action="store_true", help="leave out the runs with a unit off")
    asked = parser.parse_args()
    with threadpool_limits(1):
        _run(asked)


def _run(asked: argparse.Namespace) -> None:
    rooms = range(asked.first, asked.first + asked.rooms)
    if "planted" in asked.parts:
        print(planted.table([planted.judge(one, days=asked.days) for one in planted.INEFFICIENCIES]), flush=True)
    if "journey" in asked.parts:
        print(journey.follow(Case(days=asked.days))[0].text(), flush=True)
    if "year" in asked.parts:
        print(year.measure(), flush=True)
    if "containment" in asked.parts:
        found = []
        for number in rooms:
            season = asked.seasons[number % len(asked.seasons)]
            case = Case(number=number, start_s=SEASONS[season], days=asked.days, seed=3 + number)
            found += containment.outcomes(case, one_off=not asked.no_one_off)
        print(containment.table(found), flush=True)
    if "verification" in asked.parts:
        judged = verification.scenarios(asked.first, asked.scenarios)
        print(verification.table(judged, asked.scenarios), flush=True)


if __name__ == "__main__":
    main()
