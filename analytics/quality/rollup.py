"""Scores of many series together: the mean and the worst of each dimension, and how many of them are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.quality.dimension import Dimension, Score
from greendc.model import SeriesKey

if TYPE_CHECKING:
    from collections.abc import Sequence


class SeriesQuality(msgspec.Struct, frozen=True, kw_only=True):
    """One series on one day: its scores in the order of the dimensions."""

    key: SeriesKey
    scores: tuple[Score, ...]

    def score(self, dimension: Dimension) -> Score:
        """Return the score in one dimension."""
        return next(score for score in self.scores if score.dimension is dimension)


class Rollup(msgspec.Struct, frozen=True, kw_only=True):
    """One dimension of several series: ``mean`` and ``worst`` of the ``known`` ones, None where none is known.

    ``worst_at`` is the label of the worst series; ``reasons`` counts the reasons of those that are unknown.
    """

    dimension: Dimension
    mean: float | None
    worst: float | None
    worst_at: str = ""
    known: int = 0
    unknown: int = 0
    reasons: dict[str, int] = {}


def rolled_up(series: Sequence[SeriesQuality]) -> tuple[Rollup, ...]:
    """Return every dimension of several series; each series counts alike."""
    return tuple(_one(dimension, series) for dimension in Dimension)


def _one(dimension: Dimension, series: Sequence[SeriesQuality]) -> Rollup:
    ratios: list[float] = []
    reasons: dict[str, int] = {}
    worst: tuple[float, SeriesQuality] | None = None
    for one in series:
        score = one.score(dimension)
        if score.ratio is None:
            reasons[score.reason] = reasons.get(score.reason, 0) + 1
            continue
        ratios.append(score.ratio)
        if worst is None or score.ratio < worst[0]:
            worst = (score.ratio, one)
    return Rollup(
        dimension=dimension,
        mean=sum(ratios) / len(ratios) if ratios else None,
        worst=None if worst is None else worst[0],
        worst_at="" if worst is None else worst[1].key.label(),
        known=len(ratios),
        unknown=sum(reasons.values()),
        reasons=reasons,
    )
