"""How fast the plant steps, and what one process of simulated agents can answer: `python -m benchmarks.simulators`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from simulators.front_ends import ber
from simulators.front_ends.ports import Ports
from simulators.front_ends.snmp_agent import SnmpAgent
from simulators.front_ends.snmp_device import instances, parsed
from simulators.front_ends.snmp_objects import GET, GET_BULK
from simulators.runs.history import History
from simulators.sites.presets import preset
from simulators.sites.simulated_site import SimulatedSite
from simulators.sites.site_text import COMMUNITY

if TYPE_CHECKING:
    from collections.abc import Callable

START_S = 1_780_000_200.0
STEPS = 3000
REQUESTS = 2000
POWER = parsed("1.3.6.1.4.1.318.1.1.26.4.3.1.5.1")
OUTLETS = parsed("1.3.6.1.4.1.318.1.1.26.9.4.3.1")
REPETITIONS = 30


def main() -> None:
    """Print a table of rates."""
    site = SimulatedSite(preset("room", Ports(), "mqtt://127.0.0.1:1883"), seed=1, start_s=START_S)
    spec = next(spec for spec in site.preset.devices if spec.profile == "apc-rpdu2")
    agent = SnmpAgent(COMMUNITY, instances(site.devices[spec.name], spec.plate))
    get, bulk = _request(GET, 0, POWER), _request(GET_BULK, REPETITIONS, OUTLETS)
    rates = {
        "room, steps of 1 s a second": _rate(lambda: site.room.step(1.0), STEPS),
        "SNMP agent, GET requests a second": _rate(lambda: agent.respond(get), REQUESTS),
        "SNMP agent, GETBULK varbinds a second": REPETITIONS * _rate(lambda: agent.respond(bulk), REQUESTS),
        "backfill, readings a second": _backfill(),
    }
    for what, rate in rates.items():
        print(f"{what:<40}{rate:>12,.0f}")


def _request(kind: int, second: int, name: ber.Oid) -> bytes:
    binding = ber.pack(ber.SEQUENCE, ber.object_id(name) + ber.pack(ber.NULL, b""))
    body = ber.integer(1) + ber.integer(0) + ber.integer(second) + ber.pack(ber.SEQUENCE, binding)
    return ber.pack(ber.SEQUENCE, ber.integer(1) + ber.octets(COMMUNITY.encode()) + ber.pack(kind, body))


def _rate(action: Callable[[], object], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        action()
    return times / (time.perf_counter() - start)


def _backfill() -> float:
    """Return readings made per second of history, stepping included and writing not."""
    site = SimulatedSite(preset("room", Ports(), "mqtt://127.0.0.1:1883"), seed=1, start_s=START_S - 21_600.0)
    start = time.perf_counter()
    history = History(site)
    history.run(START_S)
    rows = sum(len(batch) for batch in history.batches())
    return rows / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
