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


def complement(spans: Sequence[Span], start_ns: int, end_ns: int) -> list[Span]:
    """Return what of the window the spans leave free."""
    found: list[Span] = []
    at_ns = start_ns
    for start, end in spans:
        if start > at_ns:
            found.append((at_ns, min(start, end_ns)))
        at_ns = max(at_ns, end)
    if at_ns < end_ns:
        found.append((at_ns, end_ns))
    return [(a, b) for a, b in found if a < b]
