"""How fast a simulated site is: its plant, its past, and its devices as real clients find them.

Run: ``python -m benchmarks.simulators [SECONDS]``.
"""

from __future__ import annotations

import sys
import time

from benchmarks.simulated_devices import AGENTS, UNITS, rates
from simulators.front_ends.ports import Ports
from simulators.runs.readings import Readings
from simulators.sites.presets import preset
from simulators.sites.simulated_site import SimulatedSite

START_S = 1_780_000_200.0
STEPS = 3000
DAYS = 2
DAY_S = 86_400.0
MINUTE_S = 60.0


def main() -> None:
    """Print a table of rates."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    for what, rate in (*_plant(), *_past()):
        print(f"{what:<44}{rate:>12,.0f}")
    print(f"{AGENTS} SNMP agents and {UNITS} Modbus units in one process:    a second  a second of its own CPU time")
    for measured in rates(seconds):
        print(f"{measured.what:<44}{measured.per_s:>12,.0f}{measured.per_cpu_s:>12,.0f}")


def _site(start_s: float) -> SimulatedSite:
    return SimulatedSite(preset("room", Ports(), "mqtt://127.0.0.1:1883"), seed=1, start_s=start_s)


def _plant() -> list[tuple[str, float]]:
    """Return the steps a second of the room: live, one at a time, and in one run."""
    room = _site(START_S).room
    start_s = time.perf_counter()
    for _ in range(STEPS // 10):
        room.step(1.0)
    stepped = STEPS / 10 / (time.perf_counter() - start_s)
    start_s = time.perf_counter()
    room.run(STEPS, 1.0)
    return [
        ("room, single steps a second", stepped),
        ("room, steps a second in one run", STEPS / (time.perf_counter() - start_s)),
    ]


def _past() -> list[tuple[str, float]]:
    """Return readings made a second of history: by the devices alone, and with all plants; writing is not in it."""
    site = _site(START_S - DAYS * DAY_S)
    start_s = time.perf_counter()
    records = site.run(round(DAYS * DAY_S / MINUTE_S), MINUTE_S)
    simulated_s = time.perf_counter() - start_s
    start_s = time.perf_counter()
    rows = sum(len(batch) for batch in Readings(site, START_S).batches(records))
    read_s = time.perf_counter() - start_s
    return [
        ("devices, readings of the past a second", rows / read_s),
        ("plants and devices, readings a second", rows / (read_s + simulated_s)),
    ]


if __name__ == "__main__":
    main()
