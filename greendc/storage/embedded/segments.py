"""A series' window as a list of segments, of which only those are opened that the answer needs."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from greendc.contracts import CounterSpan
from greendc.storage.embedded.rows import Rows, in_order, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.storage.embedded.chunks import Chunk, Opener


class Segment(NamedTuple):
    """Distinct readings: those of a whole chunk that stays closed, or ``opened`` ones."""

    first_ns: int
    rows: int
    known: int
    chunk: Chunk | None = None
    opened: Rows | None = None


def segments_of(opener: Opener, series: int, hot: Rows, start_ns: int, end_ns: int) -> list[Segment]:
    """Return the segments of [start_ns, end_ns) in the order of time; ``hot`` are the series' rows not sealed yet."""
    found: list[Segment] = []
    chunks = opener.find(series, start_ns, end_ns)
    lone = np.ones(len(hot), np.bool_)
    for chunk in chunks:
        begin, stop = hot.time_ns.searchsorted([chunk.first_ns, chunk.last_ns + 1]).tolist()
        if begin == stop and start_ns <= chunk.first_ns and chunk.last_ns < end_ns:
            found.append(Segment(chunk.first_ns, chunk.rows, chunk.known, chunk=chunk))
            continue
        lone[begin:stop] = False
        sealed = opener.open(series, chunk).between(start_ns, end_ns)
        found += _opened(in_order(joined([sealed, hot.taken(slice(begin, stop))])))
    if lone.any():
        rest = hot.taken(lone)
        between = rest.time_ns.searchsorted([chunk.first_ns for chunk in chunks])
        cuts = [0, *between.tolist(), len(rest)]
        for begin, stop in pairwise(cuts):
            found += _opened(rest.taken(slice(begin, stop)))
    return sorted(found, key=lambda segment: segment.first_ns)


def _opened(rows: Rows) -> list[Segment]:
    if not len(rows):
        return []
    return [Segment(int(rows.time_ns[0]), len(rows), int(np.count_nonzero(~np.isnan(rows.value))), opened=rows)]


def counter_span(opener: Opener, series: int, segments: Sequence[Segment]) -> CounterSpan | None:
    """Return the first and last known value of the segments."""
    known = [segment for segment in segments if segment.known]
    if not known:
        return None
    first, last = _known(opener, series, known[0]), _known(opener, series, known[-1])
    return CounterSpan(
        first_ns=int(first.time_ns[0]),
        first=float(first.value[0]),
        last_ns=int(last.time_ns[-1]),
        last=float(last.value[-1]),
        samples=sum(segment.known for segment in known),
    )


def known_stretches(
    opener: Opener, series: int, segments: Sequence[Segment], longest_ns: int
) -> tuple[list[int], list[int]]:
    """Return the firsts and lasts of stretches of known readings that are no further apart than ``longest_ns``."""
    firsts: list[int] = []
    lasts: list[int] = []
    for segment in segments:
        chunk = segment.chunk
        if not segment.known:
            continue
        if chunk is not None and chunk.known == chunk.rows and chunk.widest_ns <= longest_ns:
            firsts.append(chunk.first_ns)
            lasts.append(chunk.last_ns)
        else:
            times = _known(opener, series, segment).time_ns.tolist()
            firsts += times
            lasts += times
    return firsts, lasts


def _known(opener: Opener, series: int, segment: Segment) -> Rows:
    if segment.chunk is not None:
        rows = opener.open(series, segment.chunk)
    elif segment.opened is not None:
        rows = segment.opened
    else:
        raise ValueError("a segment is a chunk or its rows")
    return rows.taken(~np.isnan(rows.value))
