"""How many SNMP requests a second each engine makes against net-snmp's snmpd on this machine.

Run: ``python -m benchmarks.snmp_engines [SECONDS]``. One request in flight, then one to each of sixteen engines.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from collectors.snmp.choice import ENGINES, make_engine
from collectors.snmp.engine import walk
from tests.snmpd import V2C, V3, snmpd

if TYPE_CHECKING:
    from collectors.snmp.engine import SnmpEngine
    from greendc.device import Credential

SYSTEM = [f"1.3.6.1.2.1.1.{i}.0" for i in (1, 2, 3, 5, 6)]
TABLE = "1.3.6.1.2.1.2.2.1"
AT_ONCE = (1, 16)


async def gets(engine: SnmpEngine, until_s: float) -> int:
    """Return how many GETs of five objects were answered until then."""
    done = 0
    while time.monotonic() < until_s:
        await engine.get(SYSTEM)
        done += 1
    return done


async def rows(engine: SnmpEngine, until_s: float) -> int:
    """Return how many objects walks brought until then."""
    done = 0
    while time.monotonic() < until_s:
        done += len((await walk(engine, TABLE)).rows)
    return done


async def measure(name: str, port: int, credential: Credential, seconds: float) -> None:
    """Print one line of the table."""
    figures = []
    for at_once in AT_ONCE:
        engines = [make_engine(name, "127.0.0.1", port, credential, timeout_s=2.0) for _ in range(at_once)]
        for engine in engines:
            await engine.get(SYSTEM)
        for work in (gets, rows):
            started, cpu = time.monotonic(), time.process_time()
            done = sum(await asyncio.gather(*(work(engine, started + seconds) for engine in engines)))
            spent = time.process_time() - cpu
            figures += [f"{done / (time.monotonic() - started):9.0f}", f"{1e6 * spent / max(1, done):7.0f}"]
        for engine in engines:
            await engine.close()
    print(f"{name:8}{credential.kind:10}", *figures)


def main() -> None:
    """Start an agent and print the table."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("engine  version      GET/s  us CPU    rows/s  us CPU  (one at a time) ... (sixteen at once)")
    with tempfile.TemporaryDirectory() as folder:
        server, port = snmpd(Path(folder))
        with server:
            for name in ENGINES:
                for credential in (V2C, V3):
                    asyncio.run(measure(name, port, credential, seconds))


if __name__ == "__main__":
    main()
