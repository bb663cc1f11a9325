"""``greendc simulate``: a simulated site over its real protocols, or its past alone, in accelerated time."""

from __future__ import annotations

import contextlib
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greendc.cli.options import BrokerOption, DataOption, StoreOption, settings_from, store_of, usable_folder
from greendc.cli.output import Output
from greendc.cli.running import run_async, start_service
from greendc.clock import SystemClock, iso
from greendc.errors import ConfigError, StoreAway, WriterBusy
from greendc.status import IngestStatus, read_status
from greendc.storage import check_address
from greendc.texts import t
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greendc.batch_spool import BatchSpool
    from greendc.errors import Problem
    from greendc.model import Batch
    from greendc.settings import Settings
    from simulators.runs.backfill import Keep, Made
    from simulators.runs.plan import Plan

SAY_EACH_S = 2.0
FRESH_S = 15.0
"""An ingest that has said nothing for so long is taken for gone."""
WAIT_S = 0.5


def simulate(
    preset: Annotated[str, typer.Argument(help=t("cli.option.preset"))] = "room",
    data: DataOption = None,
    store: StoreOption = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help=t("cli.option.seed"))] = 1,
    variant: Annotated[int, typer.Option("--variant", min=0, help=t("cli.option.variant"))] = 0,
    scenario: Annotated[str, typer.Option("--scenario", help=t("cli.option.scenario"))] = "",
    weather: Annotated[str, typer.Option("--weather", help=t("cli.option.weather"))] = "",
    speed: Annotated[float | None, typer.Option("--speed", help=t("cli.option.speed"))] = None,
    backfill: Annotated[str, typer.Option("--backfill", help=t("cli.option.backfill"))] = "",
    truth: Annotated[Path | None, typer.Option("--truth", help=t("cli.option.truth"))] = None,
    truth_step: Annotated[float, typer.Option("--truth-step", help=t("cli.option.truth_step"))] = 60.0,
    broker: BrokerOption = None,
) -> None:
    """Serve a simulated site over its real protocols; with a backfill and no speed only write its past."""
    out = Output(as_json=False)

    def action() -> None:
        settings = settings_from(None, data, store, broker)
        start_service(settings.get("log_level"))

        from greendc.broker import parse_broker
        from simulators.runs.live import run_live
        from simulators.runs.plan import Plan, backfill_seconds, checked_speed
        from simulators.runs.site_state import only_simulation

        plan = Plan(
            preset=preset,
            data_dir=str(settings.data_dir),
            seed=seed,
            variant=variant,
            scenario=scenario,
            weather=str(Path(weather).resolve()) if weather else "",
            past_s=backfill_seconds(backfill),
            truth=str(truth or ""),
            truth_step_s=truth_step,
            broker=settings.get("broker"),
        ).checked()
        only_past = bool(backfill) and speed is None
        pace = checked_speed(1.0 if speed is None else speed)
        if only_past:
            check_address(settings.get("store"))
        if only_past:
            for warning in plan.warnings(time.time()):
                _warn(warning)
        with only_simulation(usable_folder(settings.data_dir)):
            if only_past:
                _make_past(plan, settings, out)
            else:
                run_async(run_live(plan, pace, _warn, parse_broker(settings)))

    out.guard(action)


def _warn(problem: Problem) -> None:
    sys.stderr.write(f"{problem.sentence()}\n")


def _make_past(plan: Plan, settings: Settings, out: Output) -> None:
    """Write the past and say how much it was."""
    from simulators.runs.backfill import Backfill
    from simulators.scenarios.event_truth import events_path

    began_s, line = time.monotonic(), _ProgressLine()
    site_name = plan.written().site
    with _keeper(settings, site_name) as (keep, rows):
        made = Backfill(plan, keep, line.show, rows=rows).run()
    line.end()
    took_s = time.monotonic() - began_s
    out.say(
        t(
            "simulate.done",
            readings=f"{made.readings:,}",
            since=_minute(made.from_s),
            until=_minute(made.until_s),
            seconds=f"{took_s:.1f}",
            folder=str(settings.data_dir),
        )
    )
    if plan.truth:
        out.say(t("simulate.truth_at", file=plan.truth))
        if plan.scenario:
            out.say(t("simulate.events_at", file=str(events_path(Path(plan.truth)))))


@contextlib.contextmanager
def _keeper(settings: Settings, site_name: str) -> Iterator[tuple[Keep, int]]:
    """Give what keeps batches, and how large it likes them: the store itself, or the queue of the ingest that runs.

    Raises:
        ConfigError: another process writes into this data directory, and it is no ingest.
    """
    from greendc.storage.writer_lock import writer_lock
    from simulators.runs.backfill import STORE_ROWS
    from simulators.runs.readings import BATCH_ROWS

    folder = settings.data_dir
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(writer_lock(folder))
        except WriterBusy as error:
            if not _ingest_runs(folder):
                raise ConfigError.single("simulate.writer_busy", hint="simulate.writer_hint", file=folder) from error
            spool = stack.enter_context(contextlib.closing(_spool(folder, site_name)))
            yield partial(_into_spool, spool, folder), BATCH_ROWS
            _wait_until_stored(spool, folder)
            return
        sink = stack.enter_context(contextlib.closing(store_of(settings, read_only=False)))

        def keep(batch: Batch, _mark: str) -> None:
            sink.write_batch(batch)

        yield keep, STORE_ROWS


def _spool(folder: Path, site_name: str) -> BatchSpool:
    from greendc.batch_spool import BatchSpool
    from simulators.runs.behind import NODE, spool_file

    return BatchSpool(spool_file(folder), site=site_name, node=NODE)


def _into_spool(spool: BatchSpool, folder: Path, batch: Batch, mark: str) -> None:
    while True:
        try:
            spool.write_batch(batch, mark=mark)
        except StoreAway as error:
            if not _ingest_runs(folder):
                raise
            time.sleep(error.retry_after_s or WAIT_S)
        else:
            return


def _wait_until_stored(spool: BatchSpool, folder: Path) -> None:
    while spool.depth():
        if not _ingest_runs(folder):
            raise StoreAway(t("simulate.ingest_gone", readings=f"{spool.depth():,}"))
        time.sleep(WAIT_S)


def _ingest_runs(folder: Path) -> bool:
    status = read_status(folder, "ingest", IngestStatus)
    return status is not None and SystemClock().now_ns() - status.time_ns < FRESH_S * NS_PER_SECOND


class _ProgressLine:
    """Says on stderr how far the past has come: a line written over on a terminal, else one now and then."""

    def __init__(self) -> None:
        self._began_s = self._said_s = time.monotonic()
        self._over = sys.stderr.isatty()

    def show(self, made: Made) -> None:
        """Take what has been made by now."""
        now_s = time.monotonic()
        if now_s - self._said_s < (SAY_EACH_S / 10 if self._over else SAY_EACH_S):
            return
        self._said_s = now_s
        rate = made.readings / (now_s - self._began_s)
        text = t("simulate.progress", share=f"{made.ratio:.0%}", readings=f"{made.readings:,}", rate=f"{rate:,.0f}")
        sys.stderr.write(f"\r{text}\x1b[K" if self._over else f"{text}\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line."""
        if self._over:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _minute(time_s: float) -> str:
    return iso(round(time_s * NS_PER_SECOND))[:16] + "Z"
