"""The chain's part of the schedule: a digest of each day that has settled, and a look back at one old day an hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.reports.chain import FILE, Growth, KeptFile
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from analytics.service.pace import Pace
    from greendc.clock import Clock
    from greendc.contracts import History, Ledger
    from greendc.site import Site


class ChainJobs:
    """The job of one site about its chain. The file beside the ledger is opened when it is first needed."""

    def __init__(self, site: Site, ledger: Ledger, data_dir: Path, clock: Clock, pace: Pace) -> None:
        """Take what the jobs share."""
        self._site = site
        self._ledger = ledger
        self._path = data_dir / FILE
        self._clock = clock
        self._pace = pace
        self._file: KeptFile | None = None
        self._growth: Growth | None = None
        self._scrubbed = -1

    def plan(self) -> dict[str, tuple[float, Callable[[History], None]]]:
        """Return the job by name with its interval [s]."""
        return {"chain": (self._pace.chain_s, self.chain)}

    def chain(self, history: History) -> None:
        """Make the links that are due; when there are none, read an old day again once in a while."""
        if self._growth is None:
            self._file = KeptFile(self._path)
            kept_ns = round(self._pace.raw_kept_s * NS_PER_SECOND)
            self._growth = Growth(self._site, self._ledger, self._file, raw_kept_ns=kept_ns)
        now_ns = self._clock.now_ns()
        # The time alone says whose turn it is, so that a restart does not begin with the first day again.
        turn = now_ns // round(self._pace.scrub_s * NS_PER_SECOND)
        if self._growth.extend(history, now_ns) and turn != self._scrubbed:
            self._scrubbed = turn
            self._growth.scrub(history, turn, now_ns)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
