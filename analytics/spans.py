"""Stretches of time: sorted lists of half-open spans [start_ns, end_ns) that do not touch each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Span: TypeAlias = tuple[int, int]


def total_ns(spans: Iterable[Span]) -> int:
    """Return how long the spans are together [ns]."""
    return sum(end - start for start, end in spans)


def intersection(left: Sequence[Span], right: Sequence[Span]) -> list[Span]:
    """Return what lies in both."""
    found: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < end:
            found.append((start, end))
        if left[i][1] <= right[j][1]:
            i += 1
        else:
            j += 1
    return found
