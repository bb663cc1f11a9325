"""How long the nightly training of learned models takes, and how long they take to judge a step.

    python -m benchmarks.anomaly.models [--days 28] [--models 200] [--backend dask --scheduler HOST:PORT] [--jobs 1]

A simulated room is written to an embedded store. Its models are fitted again and again until there are as many as
wanted; the store is read once, as for one room.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from analytics.models.model_set import ModelSet
from analytics.models.training import DASK, LOCAL, STEP_S, train
from greendc.settings import Secret
from greendc.site import read_site
from greendc.storage import EMBEDDED, open_store
from greendc.units import NS_PER_SECOND
from simulators.runs import pieces
from simulators.runs.plan import Plan
from simulators.runs.readings import Readings

if TYPE_CHECKING:
    from greendc.contracts import Store
    from greendc.site import Site

START_S = 1_782_864_000.0
DAY_S = 86_400.0
STEPS = 12
SEED = 4


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of wall clock time, and of one processor where it is said."""

    models: int
    train_s: float
    train_cpu_s: float
    wanted: int
    wanted_s: float
    first_s: float
    step_s: float


def write_room(store: Store, folder: Path, days: float) -> Site:
    """Write days of a simulated room to a store, and an hour and a half more to judge; return its site."""
    plan = Plan(preset="room", data_dir=str(folder), seed=SEED)
    simulated = plan.built(START_S)
    plan.write(simulated.preset)
    readings = Readings(simulated, START_S)
    for records in pieces.onward(simulated, START_S + days * DAY_S + 5400.0, 60.0):
        for batch in readings.batches(records):
            store.write_batch(batch)
    store.compact()
    return read_site(folder / "site.toml")


def measure(store: Store, site: Site, days: int, wanted: int, backend: str, jobs: int) -> Measured:
    """Train on ``days`` and judge an hour step by step."""
    now_s = START_S + days * DAY_S
    begun, cpu = time.perf_counter(), time.process_time()
    models = train(store, site, round(now_s * NS_PER_SECOND), days=days, backend=backend, jobs=jobs)
    train_s, train_cpu_s = time.perf_counter() - begun, time.process_time() - cpu
    judged = ModelSet(site, models.models)
    took = []
    for step in range(STEPS + 1):
        begun = time.perf_counter()
        judged.judge(store, site, round((now_s + step * STEP_S + 60.0) * NS_PER_SECOND))
        took.append(time.perf_counter() - begun)
    return Measured(
        models=len(models),
        train_s=train_s,
        train_cpu_s=train_cpu_s,
        wanted=wanted,
        wanted_s=train_s * wanted / max(len(models), 1),
        first_s=took[0],
        step_s=sorted(took[1:])[STEPS // 2],
    )


def show(found: Measured) -> None:
    """Print what was measured."""
    print(f"trained {found.models} models in {found.train_s:.1f} s ({found.train_cpu_s:.1f} s of processor time here)")
    print(f"for {found.wanted} models {found.wanted_s:.0f} s")
    print(f"judged the last day in {found.first_s:.2f} s, then each step of {STEP_S:.0f} s in {found.step_s:.3f} s")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.anomaly.models", description=__doc__)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--models", type=int, default=200)
    parser.add_argument("--backend", choices=(LOCAL, DASK), default=LOCAL)
    parser.add_argument("--scheduler", metavar="HOST:PORT", help="of a Dask cluster; without it one is started here")
    parser.add_argument("--jobs", type=int, default=1, help="processes on this machine")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        store = stack.enter_context(closing(open_store(EMBEDDED, folder, token=Secret(""))))
        site = write_room(store, folder, options.days)
        if options.backend == DASK:
            _connect(stack, options.scheduler, options.jobs)
        show(measure(store, site, options.days, options.models, options.backend, options.jobs))


def _connect(stack: ExitStack, scheduler: str | None, jobs: int) -> None:
    """Connect to a Dask cluster, or start one here."""
    from distributed import Client, LocalCluster  # noqa: PLC0415 (an extra that only this needs)

    where = scheduler or stack.enter_context(
        LocalCluster(  # type: ignore[no-untyped-call]  # it is half typed
            n_workers=max(jobs, 1), threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        )
    )
    stack.enter_context(Client(where))  # type: ignore[no-untyped-call]  # as above


if __name__ == "__main__":
    main()
