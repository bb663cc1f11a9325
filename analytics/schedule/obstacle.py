"""Why there is no schedule, and what to do about it."""

from __future__ import annotations

import msgspec

from greendc.texts import t


class Obstacle(msgspec.Struct, frozen=True, kw_only=True):
    """One reason with its cure; a code of `schedule.obstacle.*`."""

    code: str
    params: dict[str, str] = {}

    def text(self, lang: str | None = None) -> str:
        """Return reason and cure for a person."""
        return t(f"schedule.obstacle.{self.code}", lang, **self.params)


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """There is no schedule."""

    obstacles: tuple[Obstacle, ...]


def number(value: float) -> str:
    """Return a number as it stands in a sentence."""
    return f"{value:.4g}"
