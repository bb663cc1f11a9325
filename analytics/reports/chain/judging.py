"""What became of a day since its last link: whether readings came to it, or others changed or went."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from analytics.reports.chain.digest import Cell, name_of
from analytics.reports.chain.link import Change, LinkKind
from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from analytics.reports.chain.digest import DayDigest, SeriesMarks
    from analytics.reports.chain.link import Link
    from analytics.reports.chain.touched import Touch

NAMED = 200
"""So many changes a link lists at most: alterations first, then meters."""
_NONE = Cell(0, b"")


def is_same(link: Link, found: DayDigest) -> bool:
    """Tell whether a day is as its link says."""
    return (link.digest, link.count) == (found.digest, found.count)


def changes_of(
    before: Sequence[SeriesMarks], after: Sequence[SeriesMarks], touch: Touch | None, salt: bytes, link: Link
) -> list[Change]:
    """Return what differs between the digests of a day, in the order of the series' names.

    A stretch of a series is altered when it differs and nothing came to it, or when it has not more readings
    than before. Stretches are hours of what meters read, and whole days of everything else.
    """
    old = {one.name: one for one in before}
    new = {one.name: one for one in after}
    found: list[Change] = []
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name), new.get(name)
        if (was and was.day) == (now and now.day):
            continue
        masked = name_of(salt, name)
        hours = (was or now) and _hours_of(was, now)
        if not hours:
            cells = was.day if was else _NONE, now.day if now else _NONE
            came = touch is not None and touch.has(name)
            found.append(_change(masked, (link.start_ns, link.end_ns), cells, came=came, metered=False))
        else:
            parts = (
                _change(
                    masked,
                    (hour * NS_PER_HOUR, (hour + 1) * NS_PER_HOUR),
                    cells,
                    came=touch is not None and touch.has(name, hour),
                    metered=True,
                )
                for hour, cells in sorted(hours.items())
            )
            found += _runs(parts)
    return found


def kind_of(changes: Iterable[Change]) -> LinkKind:
    """Return what a link with these changes is."""
    return LinkKind.ALTERATION if any(change.altered for change in changes) else LinkKind.ADDITION


def kind_as_a_whole(link: Link, found: DayDigest, touch: Touch | None) -> LinkKind:
    """Return what a day's change is where finer digests are not kept: judged by its number of readings alone."""
    grown = touch is not None and found.count > link.count
    return LinkKind.ADDITION if grown else LinkKind.ALTERATION


def named(changes: Sequence[Change]) -> tuple[tuple[Change, ...], int]:
    """Return the changes that a link lists, and how many it does not."""
    first = sorted(changes, key=lambda one: (not one.altered, not one.metered))[:NAMED]
    return tuple(first), len(changes) - len(first)


def _hours_of(was: SeriesMarks | None, now: SeriesMarks | None) -> dict[int, tuple[Cell, Cell]]:
    """Return the hours that differ, with what they were and are; none where hours are not known on both sides."""
    old, new = (None if one is None else one.hours for one in (was, now))
    if (was is not None and old is None) or (now is not None and new is None):
        return {}
    old, new = old or {}, new or {}
    both = {hour: (old.get(hour, _NONE), new.get(hour, _NONE)) for hour in old.keys() | new.keys()}
    return {hour: cells for hour, cells in both.items() if cells[0] != cells[1]}


def _change(series: str, span: tuple[int, int], cells: tuple[Cell, Cell], *, came: bool, metered: bool) -> Change:
    before, after = (cell.count for cell in cells)
    return Change(
        series=series,
        metered=metered,
        start_ns=span[0],
        end_ns=span[1],
        before=before,
        after=after,
        altered=not came or after <= before,
    )


def _runs(changes: Iterable[Change]) -> Iterator[Change]:
    """Yield hours of one series that follow each other and changed alike as one."""
    numbered = enumerate(changes)
    for _, run in groupby(numbered, key=lambda one: (one[1].altered, one[1].start_ns // NS_PER_HOUR - one[0])):
        parts = [change for _, change in run]
        yield Change(
            series=parts[0].series,
            metered=True,
            start_ns=parts[0].start_ns,
            end_ns=parts[-1].end_ns,
            before=sum(part.before for part in parts),
            after=sum(part.after for part in parts),
            altered=parts[0].altered,
        )
