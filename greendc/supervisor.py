"""Starts the processes of one machine, restarts one that dies, and stops them all.

It knows its children by their command lines only. A child that ends is started again after a pause that doubles up to
a minute; one that ends with the exit code of a configuration error is not, because only a person can mend it.
"""

from __future__ import annotations

import ctypes
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Self

import msgspec

from greendc.errors import EXIT_CONFIG

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

log = logging.getLogger("greendc.supervisor")

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
STEADY_AFTER_S = 60.0
LOG_LIMIT_BY = 10_000_000
STOP_PATIENCE_S = 8.0
PR_SET_PDEATHSIG = 1


class Child(msgspec.Struct, frozen=True, kw_only=True):
    """A process to keep running: its name, its command line and what it needs in its environment."""

    name: str
    argv: list[str]
    environ: dict[str, str] = {}


class _Running:
    """A child that has been started, and how often."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.process: subprocess.Popen[bytes] | None = None
        self.started_s = 0.0
        self.due_s = 0.0
        self.pause_s = FIRST_PAUSE_S
        self.given_up = False


class Supervisor:
    """Keeps children running; drive it by calling `tend` about once a second. Use it as a context manager."""

    def __init__(self, log_dir: Path, *, patience_s: float = STOP_PATIENCE_S, log_limit_by: int = LOG_LIMIT_BY) -> None:
        """Log to ``log_dir/<name>.log``; kill children that take longer than ``patience_s`` to stop."""
        self._log_dir = log_dir
        self._patience_s = patience_s
        self._log_limit_by = log_limit_by
        self._running: list[_Running] = []

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all children."""
        self.stop()

    def start(self, child: Child) -> None:
        """Start a child and keep it running from now on."""
        running = _Running(child)
        self._running.append(running)
        self._spawn(running)

    def _spawn(self, running: _Running) -> None:
        self._log_dir.mkdir(parents=True, exist_ok=True)
        with (self._log_dir / f"{running.child.name}.log").open("ab") as output:
            running.process = subprocess.Popen(
                running.child.argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **running.child.environ},
                start_new_session=True,
            )
        running.started_s = time.monotonic()

    def tend(self) -> list[str]:
        """Restart children that ended and are due; return the names of those that have just ended."""
        now_s = time.monotonic()
        ended = []
        self._trim_logs()
        for running in self._running:
            if running.process is not None and running.process.poll() is not None:
                ended.append(running.child.name)
                self._mourn(running, now_s)
            if running.process is None and not running.given_up and now_s >= running.due_s:
                self._spawn(running)
        return ended

    def _trim_logs(self) -> None:
        """Keep one older part of each log; the children append, so that a file can be emptied under them."""
        for running in self._running:
            log_file = self._log_dir / f"{running.child.name}.log"
            if log_file.exists() and log_file.stat().st_size > self._log_limit_by:
                shutil.copyfile(log_file, log_file.with_suffix(".log.1"))
                os.truncate(log_file, 0)

    def _mourn(self, running: _Running, now_s: float) -> None:
        code = running.process.returncode if running.process else 0
        running.process = None
        running.given_up = code == EXIT_CONFIG
        running.pause_s = next_pause_s(running.pause_s, lived_s=now_s - running.started_s)
        running.due_s = now_s + running.pause_s
        then = "not restarted" if running.given_up else f"restart in {running.pause_s:.0f} s"
        log.warning("%s ended with code %s; %s", running.child.name, code, then)

    def failed(self) -> list[str]:
        """Return the names of children that ended for a reason only a person can mend."""
        return [running.child.name for running in self._running if running.given_up]

    def pids(self) -> dict[str, int]:
        """Return the process number of each child that runs."""
        return {r.child.name: r.process.pid for r in self._running if r.process is not None}

    def stop(self) -> None:
        """Ask all children to end, the last started first, and kill those that do not within the time limit."""
        processes = [running.process for running in reversed(self._running) if running.process is not None]
        for process in processes:
            if process.poll() is None:
                process.terminate()
        limit_s = time.monotonic() + self._patience_s
        for process in processes:
            try:
                process.wait(max(0.1, limit_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("process %d did not end when asked; killed", process.pid)
                process.kill()
                process.wait()
        self._running.clear()


def next_pause_s(pause_s: float, *, lived_s: float) -> float:
    """Return how long to wait before the next start of a child that lived for ``lived_s``."""
    return FIRST_PAUSE_S if lived_s >= STEADY_AFTER_S else min(pause_s * 2, LONGEST_PAUSE_S)


def greendc_argv(*arguments: str) -> list[str]:
    """Return the command line that runs a greendc command with this interpreter."""
    return [sys.executable, "-m", "greendc", *arguments]


def end_with_parent() -> None:
    """Ask the kernel to end this process when its parent dies, however it dies (Linux, prctl(2))."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def tail(path: Path, lines: int) -> Sequence[str]:
    """Return the last lines of a log file, none when it does not exist."""
    try:
        return path.read_text("utf-8", "replace").splitlines()[-lines:]
    except OSError:
        return []
