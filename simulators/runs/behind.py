"""A process of its own, as quiet as it can be, that fills in the past behind a live run: newest piece first.

It is started by the live run, reads what it shall do from its standard input, and ends when the live run is gone.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from typing import TYPE_CHECKING

import msgspec

from greendc.batch_spool import SUFFIX, BatchSpool
from greendc.errors import StoreAway, StoreError
from simulators.runs import pieces
from simulators.runs.backfill import mark_of
from simulators.runs.plan import Plan
from simulators.runs.readings import Readings
from simulators.runs.site_state import Moment, StateFiles
from simulators.runs.truth_file import TruthFile

if TYPE_CHECKING:
    from pathlib import Path

    from greendc.model import Batch

NODE = "backfill"
PAST_TRUTH = "truth-past.csv"
NICE = 15
WAIT_S = 0.5

log = logging.getLogger("greendc.simulators")


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be filled in: the past of ``first`` back to ``wanted_s`` [s since 1970], for a ``parent`` process."""

    plan: Plan
    first: Moment
    wanted_s: float
    parent: int


class Gone(Exception):
    """The live run has ended."""


def spool_file(data_dir: Path) -> Path:
    """Return where the past waits for the store."""
    return data_dir / "spool" / f"backfill{SUFFIX}"


def settled_ratio(data_dir: Path) -> float:
    """Return the share of what has ever been queued of the past that the store has taken, 0..1."""
    file = spool_file(data_dir)
    if not file.exists():
        return 1.0
    try:
        spool = BatchSpool.existing(file)
    except StoreError as error:
        log.debug("how much of the past waits is not known now: %s", error)
        return 0.0
    try:
        return spool.settled_ratio()
    finally:
        spool.close()


class Behind:
    """Fills in the past."""

    def __init__(self, errand: Errand, site_name: str) -> None:
        """Open the spool of an errand."""
        self._errand = errand
        self._plan = errand.plan
        self._spool = BatchSpool(spool_file(self._plan.folder), site=site_name, node=NODE)

    def run(self) -> None:
        """Work until the past is as long as it is wanted.

        Raises:
            Gone: the live run has ended.
        """
        errand, plan = self._errand, self._plan
        files = StateFiles(plan.folder, plan.identity)
        before = files.past(errand.first.time_s)
        reached = before.reached if before is not None else errand.first
        site = plan.built(errand.first.time_s)
        play = plan.played(site, errand.first.time_s)
        timeline, troubles = (play.timeline, play.troubles) if play is not None else (None, None)
        readings = Readings(site, errand.first.time_s, troubles)
        truth = TruthFile(plan.folder / PAST_TRUTH, plan.truth_step_s) if plan.truth else None
        for records, moment in pieces.backwards(site, reached, errand.wanted_s, plan.step_s, timeline):
            if play is not None:
                play.note(records)
            if truth is not None:
                truth.note_apart(records[site.main], plan.step_s)
            for part, batch in enumerate(readings.batches(records)):
                self._keep(batch, mark_of(errand.first.time_s, records, part))
            files.keep_past(errand.first.time_s, errand.wanted_s, moment)
        self._spool.close()

    def _keep(self, batch: Batch, mark: str) -> None:
        while True:
            if os.getppid() != self._errand.parent:
                raise Gone
            try:
                self._spool.write_batch(batch, mark=mark)
            except StoreAway as error:
                log.debug("the past waits: %s", error)
                time.sleep(error.retry_after_s or WAIT_S)
            else:
                return


def main() -> None:
    """Do the errand that stands in the standard input."""
    os.nice(NICE)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    errand = msgspec.json.decode(sys.stdin.buffer.read(), type=Errand)
    site_name = errand.plan.built(errand.first.time_s).preset.site
    try:
        Behind(errand, site_name).run()
    except Gone:
        log.info("the live run is gone; the past will be filled in when it is back")


if __name__ == "__main__":
    main()
