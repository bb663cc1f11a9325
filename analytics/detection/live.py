"""The live pipeline of a site: what came in since the last tick, in steps, gated and judged; its state survives."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from analytics.detection.cases import Case
from analytics.detection.detector import StateMismatch
from analytics.detection.intake import STEP_NS, read_block
from analytics.detection.snapshot import SnapshotRefused, load, save
from analytics.detection.watch import Watch
from greendc.clock import NS_PER_HOUR
from greendc.model import SeriesKey
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analytics.detection.change import ChangePoint
    from analytics.detection.finding import Finding
    from greendc.contracts import History
    from greendc.site import Site

log = logging.getLogger("greendc.detection")

FILE = "detection/live.snapshot"
GRACE_NS = 90 * NS_PER_SECOND
"""A step is closed so long after its end, so that what is on its way is in it."""
LEARN_NS = 14 * 24 * NS_PER_HOUR
"""A new pipeline learns from so much of the past; a longer gap is skipped."""
BLOCK_STEPS = 72
MOST_ROWS = 1_000_000
"""A read has about so many readings at most, which bounds the memory that catching up takes."""
SAMPLE = 200
"""So many series tell how far the past reaches."""
STEPS_A_TICK = 288
"""A tick does no more, so that other jobs have their turn while the past is learned."""
LOOK_NS = 120 * NS_PER_SECOND
"""How often a young pipeline looks for a longer past, and how much longer it must be."""
LONGER_NS = 12 * NS_PER_HOUR
SAVE_NS = 300 * NS_PER_SECOND


class _Note(msgspec.Struct, frozen=True, kw_only=True):
    """What stands beside the arrays in a snapshot."""

    site: str
    first_ns: int
    next_ns: int
    keys: list[SeriesKey]
    cases: list[Case]


class Live:
    """Judges the readings of a site in the order of their time, each step once."""

    def __init__(self, site: Site, data_dir: Path | None = None) -> None:
        """Go on from the snapshot in ``data_dir``, or begin anew."""
        self._site = site
        self._path = data_dir / FILE if data_dir is not None else None
        self._watch = Watch(site)
        self._first_ns = self._next_ns = 0
        self._saved_ns = self._looked_ns = 0
        self._block_steps = 1
        self._resume()

    @property
    def next_ns(self) -> int:
        """Return the start of the step that is judged next, 0 before the first."""
        return self._next_ns

    def tick(self, history: History, now_ns: int) -> list[Finding] | None:
        """Take what came in; return what holds now, or None as long as the past is still being caught up with.

        Raises:
            StoreAway, StoreRefused: the store cannot be read; the next tick takes the same steps.
        """
        until_ns = (now_ns - GRACE_NS) // STEP_NS * STEP_NS
        keys = history.series(self._site.name)
        if not keys or (not self._next_ns and not self._begin(history, keys, until_ns)):
            return None
        if until_ns - self._next_ns > LEARN_NS:
            log.warning("detection was away for long; it goes on with the last days")
            self._next_ns = until_ns - LEARN_NS
        self._begin_earlier(history, keys, until_ns, now_ns)
        known = set(self._watch.keys)
        fresh = [key for key in keys if key not in known]
        if fresh:
            self._watch.grow(fresh)
        last_ns = min(until_ns, self._next_ns + STEPS_A_TICK * STEP_NS)
        while self._next_ns < last_ns:
            steps = min(self._block_steps, (last_ns - self._next_ns) // STEP_NS)
            block = read_block(history, self._watch.keys, self._next_ns, steps)
            self._block_steps = min(BLOCK_STEPS, max(1, MOST_ROWS * steps // max(1, block.rows)))
            for at in range(steps):
                self._watch.step(block, at)
            self._next_ns += steps * STEP_NS
        self._save(now_ns)
        return self._watch.findings() if self._next_ns >= until_ns else None

    def changes(self) -> list[ChangePoint]:
        """Return the changes of level that were confirmed since the last call."""
        found, self._watch.changes = self._watch.changes, []
        return found

    def close(self) -> None:
        """Keep the state."""
        self._write()

    def _begin(self, history: History, keys: Sequence[SeriesKey], until_ns: int) -> bool:
        """Set where to begin: at the first hour of the last days with readings."""
        first_ns = _earliest(history, keys, until_ns - LEARN_NS, until_ns)
        if first_ns is None:
            return False
        self._first_ns = self._next_ns = max(first_ns, until_ns - LEARN_NS) // STEP_NS * STEP_NS
        return True

    def _begin_earlier(self, history: History, keys: Sequence[SeriesKey], until_ns: int, now_ns: int) -> None:
        """Learn anew from the beginning when a past has come that is much longer: an import, or a simulated one."""
        if self._next_ns - self._first_ns >= LEARN_NS or now_ns - self._looked_ns < LOOK_NS:
            return
        self._looked_ns = now_ns
        first_ns = _earliest(history, keys, until_ns - LEARN_NS, self._first_ns)
        if first_ns is None or self._first_ns - first_ns < max(LONGER_NS, self._next_ns - self._first_ns):
            return
        log.info("a longer past has come: detection learns it from its beginning")
        self._watch = Watch(self._site)
        self._first_ns = self._next_ns = max(first_ns, until_ns - LEARN_NS) // STEP_NS * STEP_NS

    def _save(self, now_ns: int) -> None:
        if now_ns - self._saved_ns >= SAVE_NS:
            self._write()
            self._saved_ns = now_ns

    def _write(self) -> None:
        if self._path is None or not self._next_ns:
            return
        note = _Note(
            site=self._site.name,
            first_ns=self._first_ns,
            next_ns=self._next_ns,
            keys=self._watch.keys,
            cases=self._watch.cases.open,
        )
        save(self._path, self._watch.snapshot(), msgspec.json.encode(note).decode())

    def _resume(self) -> None:
        if self._path is None or not self._path.exists():
            return
        try:
            arrays, text = load(self._path)
            note = msgspec.json.decode(text, type=_Note)
            if note.site != self._site.name:
                raise SnapshotRefused(f"it is of site {note.site}")
            self._watch = Watch.resume(self._site, note.keys, note.cases, arrays)
        except (SnapshotRefused, StateMismatch, msgspec.DecodeError, KeyError, ValueError) as error:
            log.warning("detection begins anew, its state is refused: %s", error)
            self._watch = Watch(self._site)
            return
        self._first_ns, self._next_ns = note.first_ns, note.next_ns


def _earliest(history: History, keys: Sequence[SeriesKey], start_ns: int, end_ns: int) -> int | None:
    """Return the first hour [ns] with readings of some of the series."""
    if end_ns <= start_ns:
        return None
    table = history.aggregated(keys[:SAMPLE], start_ns, end_ns, NS_PER_HOUR)
    return int(table.column("time_ns").to_numpy().min()) if table.num_rows else None
