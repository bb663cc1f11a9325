"""Building reports behind the pages: one at a time for all viewers, so that no page waits for it."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import streamlit as st

from analytics.reports import STEPS, Request, account_lines, build
from analytics.reports.gathering import written_beside
from greendc.errors import ConfigError, GreendcError
from greendc.model import Principal
from greendc.settings import Settings
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.data import Watch
    from greendc.contracts import History, Ledger
    from greendc.site import Site

log = logging.getLogger("greendc.dashboard")


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A report that is asked for, and by whom."""

    request: Request
    by: Principal


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """The newest order: the step it is in (one of `STEPS`, empty before the first), its folder, or why it failed.

    One that is done with neither met a fault of the program, which the log tells about.
    """

    order: Order
    began_ns: int
    step: str = ""
    folder: str = ""
    error: GreendcError | OSError | None = None
    done: bool = False

    @property
    def share(self) -> float:
        """Return how many of its steps are behind it, 0..1."""
        if self.done:
            return 1.0
        return STEPS.index(self.step) / len(STEPS) if self.step else 0.0

    @property
    def broken(self) -> bool:
        """Tell whether a fault of the program ended it."""
        return self.done and not self.folder and self.error is None


class Desk:
    """Takes one order at a time; every method may be called from any thread."""

    def __init__(self, watch: Watch, data_dir: Path) -> None:
        """Start with nothing to do; reports go below ``data_dir``."""
        self._watch = watch
        self._data_dir = data_dir
        self._lock = threading.Lock()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="report")
        self._job: Job | None = None
        self._coming: Future[None] | None = None

    def job(self) -> Job | None:
        """Return the order that is being worked on, else the last one, None before the first."""
        with self._lock:
            return self._job

    def start(self, order: Order) -> bool:
        """Begin with an order; tell whether it was taken, which it is not while another is being worked on."""
        with self._lock:
            if self._coming is not None and not self._coming.done():
                return False
            self._job = Job(order=order, began_ns=self._watch.now_ns())
            self._coming = self._worker.submit(self._work, order)
            self._coming.add_done_callback(_log_fault)
            return True

    def _work(self, order: Order) -> None:
        try:
            # What stands in the way of all reports is found before an hour of work, not after it.
            (self._data_dir / "reports").mkdir(parents=True, exist_ok=True)
            folder = self._watch.work(self._builder(order))
        except (GreendcError, OSError) as error:
            log.warning("a report was not built: %s", error)
            self._now(error=error)
        else:
            self._now(folder=folder.name)
        finally:
            self._now(done=True)

    def _builder(self, order: Order) -> Callable[[History, Ledger, Site, int], Path]:
        data_dir, site_file = self._data_dir, Path(Settings().get("site"))

        def make(history: History, ledger: Ledger, site: Site, now_ns: int) -> Path:
            commitments, declared = written_beside(site_file)
            return build(
                order.request,
                site,
                history,
                ledger,
                data_dir=data_dir,
                commitments=commitments,
                declared=declared,
                account=account_lines(site.name, data_dir, order.request.start_ns, order.request.end_ns),
                by=order.by,
                asked_ns=now_ns,
                told=lambda step: self._now(step=step),
            )

        return make

    def _now(self, **fields: str | bool | GreendcError | OSError) -> None:
        with self._lock:
            if self._job is not None:
                self._job = msgspec.structs.replace(self._job, **fields)

    def close(self) -> None:
        """End the worker; what it has begun is ended first."""
        self._worker.shutdown(wait=True, cancel_futures=True)


def _log_fault(ended: Future[None]) -> None:
    """Log what ended an order and is no state of the site: nobody else asks for it."""
    fault = None if ended.cancelled() else ended.exception()
    if fault is not None:
        log.error("a report was not built: a fault of the program", exc_info=fault)


@st.cache_resource(show_spinner=False, on_release=Desk.close)
def shared_desk(data_dir: Path, _watch: Watch) -> Desk:
    """Return the one desk of a data directory in this process."""
    return Desk(_watch, data_dir)


def why(error: GreendcError | OSError, lang: str) -> str:
    """Return why an order failed, for a person."""
    if isinstance(error, ConfigError):
        return " ".join(t(problem.key, lang, **problem.params) for problem in error.problems)
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error)
