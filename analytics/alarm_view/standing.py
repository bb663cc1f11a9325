"""The alarms as a person works on them: causes with what is filed under them, and apart what is kept back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.alarms import transition as tr
from analytics.alarms.alarm import PRIORITIES
from analytics.alarms.behaviour import behaviour
from analytics.alarms.book import book_of
from analytics.alarms.episode import Episode, State
from analytics.alarms.fold import STORM, Window
from analytics.topology import Topology
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from analytics.alarms.fold import Fold
    from greendc.contracts import Ledger
    from greendc.site import Site

ACKNOWLEDGE, SHELVE, UNSHELVE = "acknowledge", "shelve", "unshelve"
MAINTENANCE, MAINTENANCE_OVER, VERDICT, NOTE = "maintenance", "maintenance_over", "verdict", "note"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm and what is filed under it. ``acts`` are what may be done with it now.

    ``state`` is ``unacknowledged``, ``acknowledged``, ``over`` (cleared, not acknowledged yet) or ``normal``.
    ``window`` is the maintenance window that keeps it back. ``longest_shelf_s`` and ``target_s`` are what its priority
    allows and asks for [s].
    """

    episode: Episode
    state: str
    children: tuple[Line, ...] = ()
    acts: tuple[str, ...] = ()
    window: Window | None = None
    longest_shelf_s: float = 0.0
    target_s: float = 0.0


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that stands. ``last`` is the alarm that was over last, None when there was none yet."""

    alarms: tuple[Line, ...]
    advisory: tuple[Line, ...]
    shelved: tuple[Line, ...]
    out_of_service: tuple[Line, ...]
    designed: tuple[Line, ...]
    windows: tuple[Window, ...]
    last: Episode | None
    unacknowledged: int

    def every(self) -> list[Line]:
        """Return every alarm with those below it, in the order of the page."""
        groups = (self.alarms, self.advisory, self.shelved, self.out_of_service, self.designed)
        return [each for group in groups for line in group for each in (line, *line.children)]


def standing_of(ledger: Ledger, site: Site, now_ns: int) -> Standing:
    """Return the alarms as they stand.

    Raises:
        StoreAway: the ledger cannot be read.
    """
    fold = book_of(ledger).fold()
    topology = Topology(site) if fold.windows else None
    covers = {node: topology.covered(node) for node in fold.windows} if topology else {}
    below: dict[str, list[Episode]] = {}
    for episode in fold.standing.values():
        if episode.alarm.cause in fold.standing and episode.active:
            below.setdefault(episode.alarm.cause, []).append(episode)
    roots = [e for e in fold.standing.values() if not (e.active and e.alarm.cause in fold.standing)]
    idle = [e for e in fold.past.values() if e.shelved_until_ns]
    lines = [_line(e, below, fold, covers) for e in _in_order([*roots, *idle])]
    by = {name: tuple(line for line in lines if _group(line) == name) for name in _GROUPS}
    over = [episode for episode in fold.past.values() if episode.announced_ns]
    return Standing(
        alarms=by["alarms"],
        advisory=by["advisory"],
        shelved=by[tr.SHELF],
        out_of_service=by[tr.WINDOW],
        designed=by[tr.DESIGN],
        windows=tuple(sorted((w for w in fold.windows.values() if w.until_ns > now_ns), key=lambda w: w.start_ns)),
        last=max(over, key=lambda episode: episode.cleared_ns, default=None),
        unacknowledged=sum(line.state in {"unacknowledged", "over"} for line in by["alarms"]),
    )


_GROUPS = ("alarms", "advisory", tr.SHELF, tr.WINDOW, tr.DESIGN)
_STATES = {
    State.ACTIVE_UNACKED: "unacknowledged",
    State.ACTIVE_ACKED: "acknowledged",
    State.CLEARED_UNACKED: "over",
    State.NORMAL: "normal",
}
_WORKED = ("unacknowledged", "over", "acknowledged", "normal")
"""The order of work: what nobody has seen comes first."""


def _group(line: Line) -> str:
    alarm = line.episode.alarm
    if line.episode.shelved_until_ns:
        return tr.SHELF
    if alarm.suppressed in _GROUPS:
        return alarm.suppressed
    return "advisory" if alarm.advisory else "alarms"


def _in_order(episodes: Iterable[Episode]) -> list[Episode]:
    return sorted(
        episodes,
        key=lambda e: (
            _WORKED.index(_STATES[e.state]),
            PRIORITIES.index(e.alarm.priority),
            e.alarm.since_ns,
            e.id,
        ),
    )


def _line(
    episode: Episode, below: Mapping[str, list[Episode]], fold: Fold, covers: Mapping[str, frozenset[str]]
) -> Line:
    alarm = episode.alarm
    patience = behaviour().priorities[alarm.priority]
    holding = [fold.windows[node] for node, nodes in covers.items() if alarm.node in nodes]
    return Line(
        episode=episode,
        state=_STATES[episode.state],
        children=tuple(_line(child, {}, fold, covers) for child in _in_order(below.get(episode.id, ()))),
        acts=_acts(episode, fold),
        window=holding[0] if holding and alarm.suppressed == tr.WINDOW else None,
        longest_shelf_s=patience.shelf_s,
        target_s=patience.target_s,
    )


def _acts(episode: Episode, fold: Fold) -> tuple[str, ...]:
    """Return what `Act` would allow for an alarm now; it checks again when it is asked."""
    found = []
    if episode.state in {State.ACTIVE_UNACKED, State.CLEARED_UNACKED}:
        found.append(ACKNOWLEDGE)
    if episode.shelved_until_ns:
        found.append(UNSHELVE)
    elif episode.alarm.rule != STORM:
        found.append(SHELVE)
    if episode.alarm.rule != STORM:
        found.append(MAINTENANCE_OVER if episode.alarm.node in fold.windows else MAINTENANCE)
    return (*found, VERDICT, NOTE)


def overdue(line: Line, now_ns: int) -> bool:
    """Tell whether nobody has acknowledged an alarm within the time its priority asks for."""
    waits = line.state == "unacknowledged" and line.episode.announced and not line.episode.alarm.advisory
    return waits and now_ns - line.episode.announced_ns > line.target_s * NS_PER_SECOND
