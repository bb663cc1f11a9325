"""Analytics on schedule: figures, alarms, advice and reports of one site, by APScheduler."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from contextlib import closing
from typing import TYPE_CHECKING

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from analytics.notify import Office
from analytics.service.jobs import SLOW, AccountOf, Jobs, no_account
from analytics.service.pace import DEMONSTRATION, REAL, Pace, pace_of
from greendc.clock import SystemClock
from greendc.errors import StoreError
from greendc.status import AnalyseStatus, write_status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from greendc.clock import Clock
    from greendc.contracts import History, Ledger, Store
    from greendc.site import Site

__all__ = ["pace_of", "run_analyse"]

log = logging.getLogger("greendc.analyse")

MISFIRE_GRACE_S = 30
STATUS_S = 1.0


class _Board:
    """What the jobs did last, for the status file; jobs and the main thread write to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._done_ns: dict[str, int] = {}
        self._errors: dict[str, str] = {}
        self.bug: BaseException | None = None

    def done(self, name: str, now_ns: int) -> None:
        """Note a job that ended well; say it when it had failed before."""
        with self._lock:
            self._done_ns[name] = now_ns
            if self._errors.pop(name, None) is not None:
                log.info("%s works again", name)

    def failed(self, name: str, why: str) -> None:
        """Note a job that failed; say it once."""
        with self._lock:
            if name not in self._errors:
                log.warning("%s failed: %s", name, why)
            self._errors[name] = why

    def status(self, now_ns: int) -> AnalyseStatus:
        """Return the status as it stands."""
        with self._lock:
            return AnalyseStatus(time_ns=now_ns, last_done_ns=dict(self._done_ns), errors=dict(self._errors))


def run_analyse(
    site: Site,
    open_history: Callable[[], Store],
    ledger: Ledger,
    data_dir: Path,
    *,
    stop: threading.Event,
    clock: Clock | None = None,
    pace: Pace | None = None,
    account: AccountOf = no_account,
) -> None:
    """Compute on schedule until ``stop`` is set; ``DATA/status/analyse.json`` says how it goes.

    A store that is away, or a full disk, fails a job, which is said once; its next run tries again. Anything else
    that a job raises is a bug: it ends the schedule and is raised here. The jobs run one at a time, but for the slow
    ones, which have threads of their own; one that is late runs once, not many times. Notifications have threads of
    their own. ``account`` gives reports the loss account of a period, which collectors keep.
    """
    time = clock or SystemClock()
    board = _Board()
    jobs = Jobs(site, ledger, data_dir, time, pace or (DEMONSTRATION if site.info.simulated else REAL), account)
    scheduler = BackgroundScheduler(
        executors={name: ThreadPoolExecutor(1) for name in ("default", *sorted(set(SLOW.values())))},
        job_defaults={"coalesce": True, "max_instances": 1},
        timezone=dt.UTC,
    )

    def noticed(event: JobExecutionEvent) -> None:
        if event.code == EVENT_JOB_MISSED:
            board.failed(event.job_id, "missed")
            return
        board.bug = event.exception
        stop.set()

    scheduler.add_listener(noticed, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
    for name, (seconds, job) in jobs.plan().items():
        scheduler.add_job(
            _run,
            "interval",
            args=(name, job, open_history, board, time),
            id=name,
            executor=SLOW.get(name, "default"),
            # Who shares a thread with what takes minutes is not too late for a day's work.
            misfire_grace_time=None if name in SLOW else MISFIRE_GRACE_S,
            seconds=seconds,
            next_run_time=dt.datetime.now(dt.UTC),
        )
    office = Office(site, ledger, data_dir, time)
    scheduler.start()
    try:
        with office:
            while not stop.wait(STATUS_S):
                office.raise_bug()
                write_status(data_dir, "analyse", board.status(time.now_ns()))
    finally:
        scheduler.shutdown(wait=True)
        jobs.close()
        write_status(data_dir, "analyse", board.status(time.now_ns()))
    if board.bug is not None:
        raise board.bug


def _run(
    name: str, job: Callable[[History], None], open_history: Callable[[], Store], board: _Board, clock: Clock
) -> None:
    """Run a job with a store of its own, so that one that was away is opened anew."""
    try:
        with closing(open_history()) as history:
            job(history)
    except (StoreError, OSError) as error:
        board.failed(name, str(error))
    else:
        board.done(name, clock.now_ns())
