"""Makes a plan of what a family found at a place, or says which of its points are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from analytics.models.plan import Column, Driver, Plan
from analytics.models.verdict import NotModelled

if TYPE_CHECKING:
    from collections.abc import Sequence

Found: TypeAlias = "Plan | NotModelled"


class Wanted(NamedTuple):
    """A driver as a family wants it: its column where there is one, and the quantity that is missing where not."""

    name: str
    column: Column | None
    quantity: str
    sign: int = 0
    powers: tuple[int, ...] = ()
    trailing_s: tuple[float, ...] = ()
    optional: bool = False
    guard: bool = False


HOUR = Wanted("hour", None, "", optional=True)


def place(
    family: str,
    node: str,
    target: Column,
    wanted: Sequence[Wanted],
    running: Column | None = None,
) -> Found:
    """Return the plan of a model, or what is missing for it."""
    missing = tuple(want.quantity for want in wanted if want.column is None and not want.optional)
    if missing:
        return NotModelled(rule=family, node=node, missing=missing)
    drivers = tuple(
        Driver(
            name=want.name,
            column=want.column,
            sign=want.sign,
            powers=want.powers,
            trailing_s=want.trailing_s,
            guard=want.guard,
        )
        for want in wanted
        if want.column is not None or want is HOUR
    )
    return Plan(family=family, node=node, series=target.plus[0], target=target, drivers=drivers, running=running)


def difference(plus: Column | None, minus: Column | None) -> Column | None:
    """Return what one column is above another, or None where either is missing."""
    if plus is None or minus is None or plus.minus or minus.minus:
        return None
    if plus.mean != minus.mean and len(plus.plus) > 1:
        return None
    return Column(plus=plus.plus, minus=minus.plus, mean=minus.mean or plus.mean)
