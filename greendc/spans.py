"""Sets of spool numbers as sorted inclusive ranges; what is returned has no overlaps and no two neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Span = tuple[int, int]


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the union, sorted, neighbours joined."""
    union: list[Span] = []
    for first, last in sorted(spans):
        if union and first <= union[-1][1] + 1:
            union[-1] = (union[-1][0], max(last, union[-1][1]))
        else:
            union.append((first, last))
    return union


def of_numbers(numbers: Iterable[int]) -> list[Span]:
    """Return single numbers as ranges."""
    return merged((number, number) for number in numbers)


def without(spans: Iterable[Span], taken: Sequence[Span]) -> list[Span]:
    """Return what is in ``spans`` and not in ``taken``; both merged."""
    left: list[Span] = []
    position = 0
    for first, last in spans:
        start = first
        while position < len(taken) and taken[position][1] < start:
            position += 1
        at = position
        while at < len(taken) and taken[at][0] <= last:
            if taken[at][0] > start:
                left.append((start, taken[at][0] - 1))
            start = max(start, taken[at][1] + 1)
            at += 1
        if start <= last:
            left.append((start, last))
    return left


def upto(spans: Iterable[Span], head: int) -> list[Span]:
    """Return the part that is not above ``head``."""
    return [(first, min(last, head)) for first, last in spans if first <= head]


def size(spans: Iterable[Span]) -> int:
    """Return how many numbers the ranges hold."""
    return sum(last - first + 1 for first, last in spans)
