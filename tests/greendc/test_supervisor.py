"""The supervisor keeps real processes running and stops them all."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import pytest

from greendc.supervisor import FIRST_PAUSE_S, LONGEST_PAUSE_S, Child, Supervisor, next_pause_s, tail

if TYPE_CHECKING:
    from pathlib import Path

FOREVER = "import time; time.sleep(60)"


def child(name: str, code: str) -> Child:
    """Return a child that runs a line of Python."""
    return Child(name=name, argv=[sys.executable, "-c", code], environ={"MARK": name})


def tend_until(supervisor: Supervisor, condition: str, limit_s: float = 10.0) -> bool:
    """Tend the children until one has the name, or lost it; tell whether that happened in time."""
    limit = time.monotonic() + limit_s
    while time.monotonic() < limit:
        supervisor.tend()
        if condition in supervisor.pids():
            return True
        time.sleep(0.05)
    return False


def test_a_killed_child_is_started_again(tmp_path: Path) -> None:
    """After kill -9 a child runs again under a new process number."""
    with Supervisor(tmp_path) as supervisor:
        supervisor.start(child("a", FOREVER))
        first = supervisor.pids()["a"]
        os.kill(first, 9)
        while "a" in supervisor.pids():
            supervisor.tend()
            time.sleep(0.02)
        assert tend_until(supervisor, "a")
        assert supervisor.pids()["a"] != first


def test_a_configuration_error_is_not_retried(tmp_path: Path) -> None:
    """A child that ends with exit code 2 waits for a person; its last words are in its log."""
    with Supervisor(tmp_path) as supervisor:
        supervisor.start(child("a", "import os, sys; print(os.environ['MARK'], 'is broken', flush=True); sys.exit(2)"))
        limit = time.monotonic() + 10
        while not supervisor.failed() and time.monotonic() < limit:
            supervisor.tend()
            time.sleep(0.02)
        assert supervisor.failed() == ["a"]
        assert supervisor.pids() == {}
    assert tail(tmp_path / "a.log", 1) == ["a is broken"]


def test_all_children_are_stopped(tmp_path: Path) -> None:
    """After stop none of the processes is left, not even one that ignores the request."""
    with Supervisor(tmp_path, patience_s=1) as supervisor:
        supervisor.start(child("polite", FOREVER))
        supervisor.start(child("deaf", f"import signal; signal.signal(15, signal.SIG_IGN); {FOREVER}"))
        time.sleep(0.5)
        pids = list(supervisor.pids().values())
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_log_does_not_grow_for_ever(tmp_path: Path) -> None:
    """A log beyond its limit becomes the older part, and the child goes on writing into an empty one."""
    chatter = "import time\nfor i in range(100): print('x' * 100, flush=True)\ntime.sleep(60)"
    with Supervisor(tmp_path, log_limit_by=2_000) as supervisor:
        supervisor.start(child("a", chatter))
        limit = time.monotonic() + 10
        while not (tmp_path / "a.log.1").exists() and time.monotonic() < limit:
            supervisor.tend()
            time.sleep(0.02)
    assert (tmp_path / "a.log.1").stat().st_size > 2_000
    assert (tmp_path / "a.log").stat().st_size < 10_100


def test_pauses_grow_and_are_forgotten() -> None:
    """The pause before a restart doubles to a limit, and a child that lived long starts afresh."""
    pauses = [FIRST_PAUSE_S]
    for _ in range(10):
        pauses.append(next_pause_s(pauses[-1], lived_s=1))
    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses[-1] == LONGEST_PAUSE_S
    assert next_pause_s(LONGEST_PAUSE_S, lived_s=3600) == FIRST_PAUSE_S


def test_the_tail_of_no_file_is_empty(tmp_path: Path) -> None:
    """A process that has logged nothing has no last words."""
    assert tail(tmp_path / "none.log", 3) == []
