"""Sizes and coefficients that cannot be are refused by name, with what they may be."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from greendc.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping


def refuse_outside(part: object, bounds: Mapping[str, tuple[float, float]]) -> None:
    """Check a part's parameters against their bounds, both ends allowed.

    Raises:
        ConfigError: naming every parameter that is not a number within its bounds, and the bounds.
    """
    problems = []
    for name, (low, high) in bounds.items():
        value = float(getattr(part, name))
        if not (math.isfinite(value) and low <= value <= high):
            params = {
                "part": type(part).__name__,
                "name": name,
                "value": f"{value:g}",
                "low": f"{low:g}",
                "high": f"{high:g}",
            }
            problems.append(Problem(key="simulate.part_bounds", params=params, path=f"{params['part']}.{name}"))
    if problems:
        raise ConfigError(problems)
