"""Time cut into pieces of a day at most: onward with plants that live on, or backwards with plants of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.runs import registers
from simulators.runs.site_state import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simulators.plant.record import Record
    from simulators.scenarios.timeline import Timeline
    from simulators.sites.play import Play
    from simulators.sites.simulated_site import SimulatedSite

    Records = dict[str, Record]

DAY_S = 86_400.0
MANY_DEVICES = 300
"""A larger site is cut into pieces of six hours, which bounds the memory that a piece takes."""
WARM_UP_S = 2 * 3600.0
WARM_UP_STEP_S = 60.0


def length_s(devices: int) -> float:
    """Return how long a piece is [s] for a site of so many devices."""
    return DAY_S if devices <= MANY_DEVICES else DAY_S / 4


def onward(
    site: SimulatedSite, until_s: float, step_s: float, cuts: Sequence[float] = (), play: Play | None = None
) -> Iterator[Records]:
    """Run a site on to ``until_s`` [s since 1970] and yield what it did, piece by piece.

    Pieces end with the UTC day, or a quarter of it, and at ``cuts`` [s since 1970]. The twins of a ``play`` run along.
    """
    piece_s = length_s(len(site.devices))
    while site.time_s < until_s - 0.5 * step_s:
        now_s = site.time_s
        ends = [until_s, ((now_s + 0.5 * step_s) // piece_s + 1) * piece_s, *cuts]
        end_s = min(end for end in ends if end > now_s + 0.5 * step_s)
        if play is not None:
            play.truth.prepare(end_s)
        records = site.run(round((end_s - now_s) / step_s), step_s)
        if play is not None:
            play.note(records)
        yield records


def backwards(
    site: SimulatedSite, reached: Moment, wanted_s: float, step_s: float, timeline: Timeline | None = None
) -> Iterator[tuple[Records, Moment]]:
    """Yield what a site did before ``reached``, newest piece first, each with the moment at its beginning.

    Every piece has plants of its own, warmed up; weather and work are functions of time, and registers are set so that
    they count on from piece to piece.
    """
    piece_s = length_s(len(site.devices))
    while reached.time_s > wanted_s + 0.5 * step_s:
        end_s = reached.time_s
        begin_s = max(wanted_s, (end_s - 0.5 * step_s) // piece_s * piece_s)
        plants = site.fresh_plants(begin_s - WARM_UP_S)
        for name, plant in plants.items():
            if timeline is not None:
                plant.disturbances.extend(timeline.disturbances(name))
            plant.run(round(WARM_UP_S / WARM_UP_STEP_S), WARM_UP_STEP_S)
        begin = registers.of_plants(plants)
        steps = round((end_s - begin_s) / step_s)
        records = {name: plant.run(steps, step_s) for name, plant in plants.items()}
        moved, before = registers.ending_at(records, begin, reached.registers)
        reached = Moment(time_s=begin_s, registers=before)
        yield moved, reached
