"""What the data-quality gate finds, how soon, what it finds where nothing is wrong, and how fast it is.

    python -m benchmarks.anomaly.gate [--periods 5 60 300] [--seeds 1 2 3] [--days 9] [--quiet-days 30] [--quick]

The first table is of our own injections into readings that look like real ones. The second is the simulated room with
the scenario ``sensor-faults``. The third is the room without a fault for a month, with noise and two per cent loss.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.gate import Fault, Gate, traits_of
from benchmarks.anomaly.gate_room import Room
from benchmarks.anomaly.gate_streams import DAY_S, KINDS, SERIES, START_S, Streams
from greendc.model import SeriesKey
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analytics.gate import GateFinding

HOUR_S = 3600.0
ASK_S = 300.0
"""How often the gate is asked what stands."""
SPEED_SERIES, SPEED_STEPS = 10_000, 600


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """Injected faults of one run: by kind the delay [s], None where it was not found; false findings."""

    period_s: float
    delays_s: tuple[float | None, ...]
    false: tuple[str, ...]
    device_weeks: float


def trial(period_s: float, days: float, seed: int) -> Trial:
    """Send readings with injected faults through a gate."""
    streams = Streams(period_s, days, seed)
    gate = Gate(traits_of(streams.keys))
    first: dict[tuple[int, Fault], float] = {}
    false: dict[str, None] = {}
    every = max(1, round(ASK_S / period_s))
    for row, now_s in enumerate(streams.times_s.tolist()):
        stamps = streams.stamps(row)
        stamps_ns = None if stamps is None else stamps * NS_PER_SECOND
        gate.step(round(now_s * NS_PER_SECOND), streams.rows[row], stamps_ns)
        for found in gate.findings() if row % every == 0 else ():
            device = streams.device_of(found.key)
            if device < len(KINDS) and now_s >= streams.onset_s[device]:
                first.setdefault((device, found.fault), now_s)
            else:
                false[f"{found.fault.key} {found.subject}"] = None
    delays = tuple(
        min(
            (at - streams.onset_s[n] for (device, fault), at in first.items() if device == n and fault in kind.wanted),
            default=None,
        )
        for n, kind in enumerate(KINDS)
    )
    devices = len(streams.keys) // len(SERIES)
    weeks = devices * days / 7.0
    return Trial(period_s=period_s, delays_s=delays, false=tuple(false), device_weeks=weeks)


def show_trials(trials: Sequence[Trial]) -> None:
    """Print kinds by period: found of tried, and the median delay."""
    periods = sorted({one.period_s for one in trials})
    print(f"{'injected fault':<42}" + "".join(f"{f'{period:g} s: found, delay':>26}" for period in periods))
    for n, kind in enumerate(KINDS):
        line = f"{kind.name + ' (' + SERIES[kind.series][1] + ')':<42}"
        for period in periods:
            delays = [one.delays_s[n] for one in trials if one.period_s == period]
            known = [delay for delay in delays if delay is not None]
            line += f"{f'{len(known)}/{len(delays)}':>12}{_span(float(np.median(known))) if known else '-':>14}"
        print(line)
    print(f"{'false findings per device-week':<42}", end="")
    for period in periods:
        some = [one for one in trials if one.period_s == period]
        rate = sum(len(one.false) for one in some) / sum(one.device_weeks for one in some)
        print(f"{rate:>26.4f}", end="")
    print()
    for what, count in Counter(name for one in trials for name in one.false).most_common(20):
        print(f"  false: {what} ({count})")


def _span(seconds: float) -> str:
    if seconds < 2 * HOUR_S:
        return f"{seconds / 60.0:.0f} min"
    return f"{seconds / HOUR_S:.1f} h" if seconds < 2 * DAY_S else f"{seconds / DAY_S:.1f} d"


def watched(room: Room, *, loss: float, seed: int) -> dict[tuple[Fault, str], tuple[float, GateFinding]]:
    """Send the readings of a simulated room through a gate; return findings and when they were first told [s]."""
    gate = Gate(traits_of(room.keys, room.site))
    first: dict[tuple[Fault, str], tuple[float, GateFinding]] = {}
    for now_s, values in room.steps(loss, seed):
        gate.step(round(now_s * NS_PER_SECOND), values)
        if now_s % ASK_S == 0:
            for found in gate.findings():
                first.setdefault((found.fault, found.subject), (now_s, found))
    return first


def show_scenario(seeds: Iterable[int]) -> None:
    """Print the events of ``sensor-faults``, each with what was told of its device from its onset on."""
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            room = Room(folder, seed, 8.0, "sensor-faults")
        told = watched(room, loss=0.0, seed=seed)
        print(f"\nsimulated room, sensor-faults, seed {seed}")
        claimed: set[tuple[Fault, str]] = set()
        for event in room.events:
            mine = {key: at for key, (at, one) in told.items() if event.concerns(one.key) and at >= event.onset_s}
            claimed |= mine.keys()
            names = ", ".join(f"{key[0].key} after {_span(at - event.onset_s)}" for key, at in mine.items())
            print(f"  {event.kind:<18}{event.target:<46}{names or ('-' if event.visible else '- (does not show)')}")
        false = [f"{fault.key} {subject}" for fault, subject in told if (fault, subject) not in claimed]
        print(f"  false: {len(false)} in {room.devices * 8.0 / 7.0:.0f} device-weeks {false}")


def show_quiet(days: float, seeds: Iterable[int]) -> None:
    """Print what was found in a healthy room."""
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            room = Room(folder, seed, days, "")
        begun_s = time.process_time()
        told = watched(room, loss=0.02, seed=seed)
        spent_s = time.process_time() - begun_s
        names = [f"{fault.key} {subject}" for fault, subject in told]
        print(
            f"healthy room, {days:g} days, seed {seed}: {len(names)} findings in {room.devices * days / 7.0:.0f} "
            f"device-weeks, {len(room.keys)} series, {spent_s:.0f} s {names}"
        )


def show_speed() -> None:
    """Print how many readings a core judges in a second, and how much state a series has."""
    keys = [SeriesKey("bench", f"d{n // len(SERIES)}", *SERIES[n % len(SERIES)]) for n in range(SPEED_SERIES)]
    gate = Gate(traits_of(keys))
    rng = np.random.default_rng(1)
    base = np.array([22.0, 21.0, 20.0, 0.5, 900.0, 4.0, 230.0, 1e9, 1e-3])
    noise = np.array([0.1, 0.1, 0.1, 0.005, 5.0, 0.03, 0.4, 0.0, 1e-5])
    column = np.arange(SPEED_SERIES) % len(SERIES)
    rises = np.where(column == len(SERIES) - 2, 4500.0, 0.0)
    rows = [base[column] + noise[column] * rng.standard_normal(SPEED_SERIES) + n * rises for n in range(SPEED_STEPS)]
    begun_s = time.process_time()
    for n, row in enumerate(rows):
        gate.step((START_S + 5 * n) * NS_PER_SECOND, row)
    spent_s = time.process_time() - begun_s
    rate = SPEED_SERIES * SPEED_STEPS / spent_s
    share = spent_s / SPEED_STEPS / 5.0
    print(
        f"\n{SPEED_SERIES:,} series each 5 s: {rate / 1e6:.1f} million readings/s on one core, "
        f"{100 * share:.2f} % of a core, {gate.nbytes / SPEED_SERIES:.0f} B a series"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--periods", type=float, nargs="*", default=[5.0, 60.0, 300.0])
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2, 3])
    parser.add_argument("--days", type=float, default=9.0)
    parser.add_argument("--quiet-days", type=float, default=30.0)
    parser.add_argument("--quick", action="store_true", help="one seed, 300 s, three quiet days")
    given = parser.parse_args()
    if given.quick:
        given.periods, given.seeds, given.quiet_days = [300.0], given.seeds[:1], 3.0
    trials = [trial(period_s, given.days, seed) for period_s in given.periods for seed in given.seeds]
    if trials:
        show_trials(trials)
    show_scenario(given.seeds)
    print()
    show_quiet(given.quiet_days, given.seeds)
    show_speed()


if __name__ == "__main__":
    main()
