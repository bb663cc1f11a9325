"""A month in which nothing is wrong: noise, loss, a weather front, bursts of load and one maintenance window.

    python -m benchmarks.anomaly.quiet [--days 30] [--seeds 101 202 303] [--each 1] [--out FILE]

All series are watched from the first reading on, and every alarm is judged. None but advice may be raised, and of that
no more than one a day after correlation. The seeds are used for nothing else.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.alarms import Act
from analytics.topology import Topology
from benchmarks.anomaly.simulated_room import DAY_S, HOUR_S, LOOPS, START_S, Chain, Loss, begun, played, scratch
from greendc.model import Principal
from greendc.units import NS_PER_SECOND
from simulators.plant.sizes import room
from simulators.plant.weather import Climate, Weather
from simulators.plant.weather_year import HOURS, WeatherYear, hour_of_year

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.anomaly.simulated_room import Raised

SEEDS = (101, 202, 303)
DAYS = 30.0
LOST = 0.02
FRONT_DAY, FRONT_H, FRONT_K, FRONT_DEW_K, FRONT_LASTS_H = 17.0, 6.0, -8.0, -6.0, 60.0
WORK_DAY, WORK_H, WORK_UNIT = 22.0, 4.0, "crah-3"
BURSTS = """[[events]]
kind = "workload"
at = "{first}"
every = "5d"
each = "3h"
severity = 1.25

[[events]]
kind = "workload"
at = "{second}"
every = "7d"
each = "40 min"
severity = 1.35
"""
WORK = """
[[events]]
kind = "unit_off"
target = "{unit}"
at = "{at}"
duration = "{hours}h"
"""
_OPERATOR = Principal(name="bench", role="operator")


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """What a quiet month raised: alarms that are no advice, advice, and what was kept back or filed."""

    seed: int
    days: float
    hard: tuple[str, ...]
    advice: tuple[str, ...]
    filed: int
    series: int
    readings_per_s: float

    @property
    def advice_a_day(self) -> float:
        """Return how much advice a day brings to a person."""
        return len(self.advice) / self.days


def year_with_front(seed: int, first_s: float, climate: Climate) -> WeatherYear:
    """Return the climate's year with a cold front that begins at ``first_s`` [s since 1970]."""
    offset_s = climate.local_offset_s
    start_hour = hour_of_year(np.array([START_S + offset_s]))[0]
    hours = np.arange(HOURS, dtype=np.float64)
    times_s = START_S + (hours - start_hour) * HOUR_S
    air = Weather(seed, climate).block(times_s)
    since_h = (times_s - first_s) / HOUR_S
    come = np.clip(since_h / FRONT_H, 0.0, 1.0)
    gone = np.clip((since_h - FRONT_H) / FRONT_LASTS_H, 0.0, 1.0)
    depth = np.where(since_h < 0, 0.0, come * (1.0 - gone))
    dry = air.dry_bulb_c + FRONT_K * depth
    dew = np.minimum(air.dew_point_c + FRONT_DEW_K * depth, dry - 0.3)
    return WeatherYear(dry_bulb_c=dry, dew_point_c=dew, irradiance_w_m2=air.irradiance_w_m2, wind_m_s=air.wind_m_s)


def month(seed: int, folder: Path, *, days: float = DAYS, each_s: float = HOUR_S) -> Month:
    """Live through a quiet month and return what it raised."""
    year = year_with_front(seed, START_S + min(FRONT_DAY, 0.5 * days) * DAY_S, room().climate)
    chain = begun(folder, seed, year=year, loss=Loss(share=LOST, seed=seed), minutely=LOOPS)
    events = BURSTS.format(first="2d 4h" if days > 3 else "9h", second="4d 9h" if days > 5 else "14h")  # noqa: PLR2004 (a short month has its bursts early)
    has_work = days > WORK_DAY + 1
    if has_work:
        at = f"{WORK_DAY:.0f}d 2h"
        events += WORK.format(unit=WORK_UNIT, at=at, hours=f"{WORK_H:.0f}")
    play = played(chain, events, days * DAY_S, seed)
    begin_s = time.process_time()
    if has_work:
        chain.watch(WORK_DAY * DAY_S, each_s, play)
        _out_of_service(chain)
        chain.watch((days - WORK_DAY) * DAY_S, each_s, play)
    else:
        chain.watch(days * DAY_S, each_s, play)
    raised = chain.raised()
    spent_s = time.process_time() - begin_s
    readings = chain.store.count(chain.site.name)
    chain.close()
    return Month(
        seed=seed,
        days=days,
        hard=tuple(_told(one) for one in raised if not one.alarm.advisory and one.alarm.announced),
        advice=tuple(_told(one) for one in raised if one.alarm.advisory and one.alarm.announced),
        filed=sum(not one.alarm.announced for one in raised),
        series=len(chain.store.series(chain.site.name)),
        readings_per_s=readings / spent_s,
    )


def _out_of_service(chain: Chain) -> None:
    now_ns = chain.now_ns
    until_ns = now_ns + round((WORK_H + 4) * HOUR_S * NS_PER_SECOND)
    act = Act(chain.ledger, _OPERATOR, now_ns, "filters are changed")
    act.maintenance(Topology(chain.site), WORK_UNIT, now_ns, until_ns)


def _told(raised: Raised) -> str:
    alarm = raised.alarm
    why = alarm.explanation.sentence("en") if alarm.explanation is not None else ""
    kept = f" [{alarm.suppressed or alarm.cause}]" if not alarm.announced else ""
    return f"day {(raised.time_s - START_S) / DAY_S:5.1f} {alarm.id} {alarm.kind} {alarm.value}{kept} {why}"


def show(found: Month, out: Path | None) -> None:
    """Print a month."""
    lines = [
        (
            f"seed {found.seed}, {found.days:g} days, {found.series} series, {found.readings_per_s:,.0f} readings/s: "
            f"{len(found.hard)} alarms that are no advice (may be 0), {found.advice_a_day:.2f} pieces of advice a day "
            f"(may be 1), {found.filed} kept back or filed under others"
        ),
        *(f"  alarm  {text}" for text in found.hard),
        *(f"  advice {text}" for text in found.advice),
    ]
    kinds = Counter(text.split()[2].split("/")[0] for text in (*found.hard, *found.advice))
    lines.append(f"  {dict(kinds)}")
    print("\n".join(lines), flush=True)
    if out is not None:
        with out.open("a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")


def run(seeds: Sequence[int], *, days: float, each_s: float, out: Path | None) -> None:
    """Print the months of some seeds."""
    for seed in seeds:
        with scratch() as folder:
            show(month(seed, Path(folder), days=days, each_s=each_s), out)


def main() -> None:
    """Print the months."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=float, default=DAYS)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--each", type=float, default=1.0, help="hours between two looks at the alarms")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.out is not None:
        options.out.write_text("", encoding="utf-8")
    run(options.seeds, days=options.days, each_s=options.each * HOUR_S, out=options.out)


if __name__ == "__main__":
    main()
