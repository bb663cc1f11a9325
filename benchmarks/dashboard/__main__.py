"""How many viewers one process of the dashboard carries: refresh times, and whether its memory grows.

`python -m benchmarks.dashboard --viewers 60 --minutes 30`; a site with history is made, or `--data` names one.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import psutil

from benchmarks.dashboard.viewers import Tally, watch
from dashboard.serve import command
from greendc.storage import open_store
from greendc.units import NS_PER_SECOND
from tests.dashboard import seeding
from tests.servers import ServerProcess, free_port, tcp_answers

if TYPE_CHECKING:
    from collections.abc import Iterator

REFRESH_LIMIT_S = 0.150
SLOPE_LIMIT = 1.0
"""The most that memory may grow [MB a minute]."""
SAMPLE_S = 1.0
BYTES_PER_MB = 1_000_000
JOIN_S = 0.1
"""Viewers come one after another, this much apart [s]."""


class Sample(NamedTuple):
    """What the process takes: when [s], memory [MB], processor time so far [s]."""

    at: float
    mb: float
    cpu_s: float


def main() -> int:
    """Measure, print a table, and return 0 when both limits are kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboard", description=__doc__)
    parser.add_argument("--viewers", type=int, default=60, help="how many look at the overview at once")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long")
    parser.add_argument("--settle", type=float, default=20.0, help="seconds that are not counted")
    parser.add_argument("--days", type=float, default=1.0, help="days of history of the site that is made")
    parser.add_argument("--data", type=Path, help="a data directory with a site.toml instead")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = options.data or Path(folder)
        if options.data is None:
            seed(data, options.days)
        with living(data, write=options.data is None):
            tally, memory = measure(data, options.viewers, options.minutes * 60, options.settle)
    return report(options.viewers, tally, memory, options.settle)


def seed(data: Path, days: float) -> None:
    """Make a small site with history, alarms, advice and figures."""
    path, now_ns = seeding.write_site(data), time.time_ns()
    seeding.fill(data, now_ns, hours=24 * days)
    seeding.raise_alarms(data, now_ns)
    seeding.propose_advice(data, now_ns)
    seeding.compute(path, data, now_ns)


@contextlib.contextmanager
def living(data: Path, *, write: bool) -> Iterator[None]:
    """Write a reading of every point each second while the block runs, so that every refresh has something new."""
    ended = threading.Event()
    begin_ns = time.time_ns() - 3600 * NS_PER_SECOND

    def run() -> None:
        store = open_store("embedded", data)
        while not ended.wait(1.0):
            store.write(seeding.instant(time.time_ns(), begin_ns))
        store.close()

    writer = threading.Thread(target=run, name="writer")
    if write:
        writer.start()
    try:
        yield
    finally:
        ended.set()
        if write:
            writer.join()


def measure(data: Path, viewers: int, seconds: float, settle: float) -> tuple[Tally, list[Sample]]:
    """Return what the viewers saw, and the memory of the process [s, MB] as time went on."""
    port = free_port()
    argv, environ = command(data / "site.toml", data, "embedded", "127.0.0.1", port)
    tally = Tally(first_s=[], refresh_s=[])
    with ServerProcess(argv, ready=lambda: tcp_answers(port), env=environ, timeout_s=60) as server:
        memory = asyncio.run(_all(port, server.pid, tally, (viewers, seconds, settle)))
    return tally, memory


async def _all(port: int, pid: int, tally: Tally, plan: tuple[int, float, float]) -> list[Sample]:
    viewers, seconds, settle = plan
    begin = time.monotonic()
    until, counted = begin + seconds, begin + settle
    memory: list[Sample] = []

    async def sample() -> None:
        server = psutil.Process(pid)
        while time.monotonic() < until:
            spent = server.cpu_times()
            memory.append(
                Sample(time.monotonic() - begin, server.memory_info().rss / BYTES_PER_MB, spent.user + spent.system)
            )
            await asyncio.sleep(SAMPLE_S)

    async def join(number: int) -> None:
        await asyncio.sleep(number * JOIN_S)
        await watch(port, "lang=zh", tally, until, counted)

    await asyncio.gather(sample(), *(join(number) for number in range(viewers)))
    return memory


def report(viewers: int, tally: Tally, memory: list[Sample], settle: float) -> int:
    """Print the table and return 0 when both limits are kept."""
    if not tally.refresh_s:
        print("no refresh was seen", file=sys.stderr)
        return 1
    late = [sample for sample in memory if sample.at >= settle] or memory
    times, sizes = [sample.at for sample in late], [sample.mb for sample in late]
    slope = statistics.linear_regression(times, sizes).slope * 60 if len(late) > 1 else 0.0
    cpu_s = late[-1].cpu_s - late[0].cpu_s
    p95 = quantile(tally.refresh_s, 0.95)
    rows = [
        ("viewers", f"{viewers}", f"{tally.refused} refused, {tally.lost} lost, {tally.failed_runs} runs failed"),
        (
            "first page",
            f"{quantile(tally.first_s, 0.5) * 1000:.0f} ms",
            f"p95 {quantile(tally.first_s, 0.95) * 1000:.0f} ms",
        ),
        ("refresh p50", f"{quantile(tally.refresh_s, 0.5) * 1000:.0f} ms", f"{len(tally.refresh_s)} refreshes"),
        ("refresh p95", f"{p95 * 1000:.0f} ms", f"limit {REFRESH_LIMIT_S * 1000:.0f} ms"),
        ("refresh longest", f"{max(tally.refresh_s) * 1000:.0f} ms", ""),
        ("processor", f"{cpu_s / len(tally.refresh_s) * 1000:.1f} ms", "a refresh, of one core"),
        ("memory", f"{late[-1].mb:.0f} MB", f"{slope:+.2f} MB/min, limit {SLOPE_LIMIT:.0f}"),
        ("received", f"{tally.received_bytes / BYTES_PER_MB:.1f} MB", ""),
    ]
    for name, value, note in rows:
        print(f"{name:<16} {value:>10}   {note}")
    sound = not (tally.refused or tally.lost or tally.failed_runs)
    return 0 if sound and p95 <= REFRESH_LIMIT_S and slope <= SLOPE_LIMIT else 1


def quantile(values: list[float], share: float) -> float:
    """Return the value that a share of the values does not pass."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


if __name__ == "__main__":
    sys.exit(main())
