"""The six dimensions of GB/T 36344-2018 and a score in one of them."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from greendc.texts import t


class Dimension(StrEnum):
    """What is asked of data."""

    CONFORMITY = "conformity"
    COMPLETENESS = "completeness"
    ACCURACY = "accuracy"
    CONSISTENCY = "consistency"
    TIMELINESS = "timeliness"
    ACCESSIBILITY = "accessibility"

    def title(self, lang: str | None = None) -> str:
        """Return the dimension's name."""
        return t(f"quality.dimension.{self}", lang)

    def definition(self, lang: str | None = None) -> str:
        """Return what it is a share of."""
        return t(f"quality.definition.{self}", lang)


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """How well a series does in one dimension, 0..1, or None where nothing tells.

    ``reason`` is a code of `quality.reason.*`: why there is no ratio, or what lowered it. ``basis`` is what the ratio
    was made from: counts, seconds [s] and the names of checks.
    """

    dimension: Dimension
    ratio: float | None
    reason: str = ""
    basis: dict[str, float | str] = {}

    def why(self, lang: str | None = None) -> str:
        """Return the reason for a person, empty when there is none."""
        return t(f"quality.reason.{self.reason}", lang) if self.reason else ""


def unknown(dimension: Dimension, reason: str, **basis: float | str) -> Score:
    """Return that nothing is known, and why."""
    return Score(dimension=dimension, ratio=None, reason=reason, basis=basis)


def share(dimension: Dimension, good: float, of: float, reason: str, **basis: float | str) -> Score:
    """Return a share ``good`` of ``of`` (> 0), kept within 0..1; the reason counts only below 1."""
    ratio = min(1.0, max(0.0, good / of))
    return Score(dimension=dimension, ratio=ratio, reason=reason if ratio < 1.0 else "", basis=basis)
