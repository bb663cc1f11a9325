"""How long-running commands run: one log form, an orderly stop on a signal, and an end with the supervisor."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
from typing import TYPE_CHECKING

from greendc.errors import ConfigError
from greendc.supervisor import end_with_parent

if TYPE_CHECKING:
    from collections.abc import Coroutine

SUPERVISED = "GREENDC_SUPERVISED"
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def start_service(level: str) -> None:
    """Set up logging to stderr; under a supervisor, end when it ends.

    Raises:
        ConfigError: the log level is none of debug, info, warning, error.
    """
    if level not in LEVELS:
        raise ConfigError.single("cli.log_level", name=level)
    logging.basicConfig(level=LEVELS[level], format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("pymodbus", "pysnmp"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # A job that is due while it still runs is left out once, which the library warns of each time.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    if os.environ.get(SUPERVISED):
        end_with_parent()


def run_async(work: Coroutine[object, object, None]) -> None:
    """Run until the work ends or the process is asked to stop; then cancel it and wait for its clean-up."""
    asyncio.run(_until_stopped(work))


async def _until_stopped(work: Coroutine[object, object, None]) -> None:
    task = asyncio.create_task(work, name="service")
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def stop_event() -> threading.Event:
    """Return an event that is set when the process is asked to stop."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
